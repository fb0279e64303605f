"""Pages that go on by themselves: to a product's consent page, and back to the tenant's application."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Response
from litestar.datastructures import Cookie

from unified.api.context import Context
from unified.web.html.rendering import page


def onward(product: str, url: str) -> Response[Any]:
    """A page that goes on to the provider by itself.

    A form that is answered by a redirect may only lead where `form-action` allows, all the way through the provider's own
    redirects (CSP 3, 4.2.5 and 6.4.1.1); a page that refreshes at once may lead anywhere.
    """
    words = {"title": "connect.onward.title", "text": "connect.onward.text", "button": "connect.onward.button"}
    return page("onward", url=url, words=words, values={"product": product})


def back_to(context: Context, provider: str, return_url: str, cookies: tuple[Cookie, ...]) -> Response[Any]:
    """A page that goes back to the tenant's application."""
    product = context.services.catalog.provider(provider).title
    words = {"title": "connect.done.title", "text": "connect.done.back", "button": "connect.done.button"}
    values = {"product": product, "place": urlsplit(return_url).netloc}
    return page("onward", url=return_url, words=words, values=values, cookies=cookies)
