"""Where a browser goes next: by itself to a consent page and back to the tenant's application, or to the final page."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from litestar import Response
from litestar.datastructures import Cookie

from unified.api.requests.context import Context
from unified.service.languages import Language
from unified.web.html.rendering import render_page, t


def redirect_to_provider(product: str, url: str, language: Language) -> Response[Any]:
    """Render a page that redirects to the provider by itself.

    A redirect in response to a form must satisfy `form-action`, including the provider's own redirects (CSP 3, 4.2.5 and
    6.4.1.1); a page that refreshes at once may lead anywhere.
    """
    messages = {"title": "connect.onward.title", "text": "connect.onward.text", "button": "connect.onward.button"}
    return render_page("auto_redirect", language=language, url=url, messages=messages, values={"product": product})


def redirect_to_application(
    context: Context, provider: str, return_url: str, cookies: tuple[Cookie, ...], language: Language
) -> Response[Any]:
    """Render a page that redirects back to the tenant's application."""
    product = context.services.catalog.provider(provider).title
    messages = {"title": "connect.done.title", "text": "connect.done.back", "button": "connect.done.button"}
    values = {"product": product, "place": urlsplit(return_url).netloc}
    return render_page("auto_redirect", language=language, url=return_url, messages=messages, values=values, cookies=cookies)


def redirect_after_failure(product: str, reason: str, return_url: str, status: int, language: Language) -> Response[Any]:
    """Render a page that says why nothing was connected, and redirects back to the tenant's application with the reason."""
    return render_page(
        "auto_redirect",
        status=status,
        language=language,
        url=return_url,
        messages={"title": "connect.back.title", "text": "connect.back.text", "button": "connect.done.button"},
        why=t(f"outcome.{reason}", language=language, product=product),
        values={"product": product, "place": urlsplit(return_url).netloc},
    )


def done_address(query: dict[str, str], language: Language | None, *, is_left_here: bool) -> str:
    """Return the address of the final page, which says so if the browser cannot go back to the application."""
    query |= ({"left": "1"} if is_left_here else {}) | ({} if language is None else {"language": language})
    return f"/connect/done?{urlencode(query)}"
