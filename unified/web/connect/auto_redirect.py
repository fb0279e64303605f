"""Pages that redirect by themselves: to a product's consent page, and back to the tenant's application."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Response
from litestar.datastructures import Cookie

from unified.api.context import Context
from unified.web.html.rendering import render_page


def redirect_to_provider(product: str, url: str) -> Response[Any]:
    """Render a page that redirects to the provider by itself.

    A redirect in response to a form must satisfy `form-action`, including the provider's own redirects (CSP 3, 4.2.5 and
    6.4.1.1); a page that refreshes at once may lead anywhere.
    """
    messages = {"title": "connect.onward.title", "text": "connect.onward.text", "button": "connect.onward.button"}
    return render_page("auto_redirect", url=url, messages=messages, values={"product": product})


def redirect_to_application(context: Context, provider: str, return_url: str, cookies: tuple[Cookie, ...]) -> Response[Any]:
    """Render a page that redirects back to the tenant's application."""
    product = context.services.catalog.provider(provider).title
    messages = {"title": "connect.done.title", "text": "connect.done.back", "button": "connect.done.button"}
    values = {"product": product, "place": urlsplit(return_url).netloc}
    return render_page("auto_redirect", url=return_url, messages=messages, values=values, cookies=cookies)
