"""Rendering of templates. Every value is shown as text, and every page carries the same strict headers."""

from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.datastructures import Cookie
from markupsafe import Markup, escape

from unified.service.languages import DEFAULT, Language, known_language, preferred
from unified.text.printable_text import without_unprintable
from unified.web.html.assets import asset_url
from unified.web.html.formatting import exact, relative
from unified.web.html.messages import messages_in

if TYPE_CHECKING:
    from jinja2 import Environment

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), publickey-credentials-get=(), usb=()"
    ),
    "Cache-Control": "no-store",
}
_IN_ADDRESSES = "%/?#[]@!$&'()*+,;=:"
"""Characters of an address that mean something there (RFC 3986, 2.2), and the sign of an escape."""
LONGEST = 120
"""Maximum number of characters shown of a name; a longer one ends in an ellipsis."""
_ISOLATED = "\u2068{}\u2069"


def language_of(request: Request[Any, Any, Any], named: str | None) -> Language:
    """Return the language of a page for an end user: that of the link, if it names one, or else the browser's."""
    return known_language(named) or preferred(request.headers.get("accept-language", ""))


def t(key: str, *, language: Language = DEFAULT, **values: object) -> Markup:
    """Return a message for the body of a page; values are untrusted, so they are escaped and their direction is isolated."""
    isolated = {name: _isolated(value) for name, value in values.items()}
    return Markup(messages_in(language)[key]).format(**isolated)  # noqa: S704 - a text of this project; `format` escapes the values


def t_plain(key: str, *, language: Language = DEFAULT, **values: object) -> str:
    """Return a message as plain text, for a title or an attribute; the template escapes it."""
    return messages_in(language)[key].format(**{name: _set_apart(shortened(str(value))) for name, value in values.items()})


def _set_apart(text: str) -> str:
    return text if text.isascii() else _ISOLATED.format(text)


def _isolated(value: object) -> Markup:
    if isinstance(value, Markup):
        return value
    return Markup("<bdi>{}</bdi>").format(shortened(str(value)))


def shortened(text: str) -> str:
    """Cut a name to `LONGEST` characters and replace control characters with spaces."""
    printable = without_unprintable(text[: LONGEST + 1])
    return printable if len(printable) <= LONGEST else printable[: LONGEST - 1] + "…"


def moment(when: datetime, now: datetime, *, language: Language = DEFAULT) -> Markup:
    """Return a `<time>` element with the relative time as text and the exact time as attributes."""
    template = Markup('<time datetime="{}" title="{}">{}</time>')
    return template.format(when.isoformat(timespec="seconds"), exact(when), relative(when, now, language))


def listed(things: tuple[str, ...], *, language: Language = DEFAULT) -> str:
    """Join items into an enumeration: "a, b and c"."""
    messages, head, last = messages_in(language), things[:-1], things[-1]
    return messages["scope_between"].join(head) + messages["scope_last"] + last if head else last


@cache
def _spoken(language: Language) -> dict[str, Any]:
    """Return what templates say things with, in a language."""
    bound = {one.__name__: partial(one, language=language) for one in (t, t_plain, moment, listed)}
    return {**bound, "language": language}


def capitalized(text: str) -> str:
    """Return the text with its first letter in upper case and the rest unchanged."""
    return text[:1].upper() + text[1:]


def initial(title: str) -> str:
    """Return the letter shown as a product's logo."""
    return next((char.upper() for char in title if char.isalnum()), "·")


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - loaded with the first page

    environment = Environment(
        loader=PackageLoader("unified.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        **_spoken(DEFAULT),
        "asset": asset_url,
        "initial": initial,
        "capitalized": capitalized,
        "shortened": shortened,
        "escape": escape,
    }
    return environment


def render_page(
    template: str,
    *,
    status: int = 200,
    cookies: tuple[Cookie, ...] = (),
    headers: dict[str, str] | None = None,
    language: Language = DEFAULT,
    frame_ancestors: tuple[str, ...] = (),
    **values: Any,
) -> Response[str]:
    """Render a template into a response.

    Args:
        template: its name, without `.html`.
        status: of the response.
        cookies: to set.
        headers: besides those of every page.
        language: of the texts.
        frame_ancestors: origins of the pages that may show this one in a frame.
        values: what the template names.

    Raises:
        jinja2.UndefinedError: the template uses a name that `values` does not have.
    """
    return Response(
        content=_templates().get_template(f"{template}.html").render(**_spoken(language), **values),
        status_code=status,
        media_type="text/html",
        headers={**(framed_headers(frame_ancestors) if frame_ancestors else HEADERS), **(headers or {})},
        cookies=list(cookies),
    )


def framed_headers(ancestors: tuple[str, ...]) -> dict[str, str]:
    """Return the headers of a page that only these origins may frame; `X-Frame-Options` cannot name them."""
    policy = HEADERS["Content-Security-Policy"].replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(ancestors)}")
    others = {name: value for name, value in HEADERS.items() if name != "X-Frame-Options"}
    return {**others, "Content-Security-Policy": policy}


def redirect(address: str, *, cookies: tuple[Cookie, ...] = ()) -> Response[str]:
    """Redirect the browser with 303, so that it opens the address with GET; other characters than ASCII are percent-encoded."""
    return Response(
        content="",
        status_code=303,
        media_type="text/plain",
        headers={**HEADERS, "Location": quote(address, safe=_IN_ADDRESSES)},
        cookies=list(cookies),
    )
