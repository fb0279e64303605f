"""Rendering of templates. Every value is shown as text, and every page carries the same strict headers."""

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from litestar import Response
from litestar.datastructures import Cookie
from markupsafe import Markup, escape

from unified.web.html.assets import asset_url
from unified.web.html.formatting import exact, relative
from unified.web.html.messages import MESSAGES

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
    "Cache-Control": "no-store",
}
LONGEST = 120
"""Maximum number of characters shown of a name; a longer one ends in an ellipsis."""
_ISOLATED = "\u2068{}\u2069"


def t(key: str, **values: object) -> Markup:
    """Return a message for the body of a page; values are untrusted, so they are escaped and their direction is isolated."""
    isolated = {name: _isolated(value) for name, value in values.items()}
    return Markup(MESSAGES[key]).format(**isolated)  # noqa: S704 - a text of this project; `format` escapes the values


def t_plain(key: str, **values: object) -> str:
    """Return a message as plain text, for a title or an attribute; the template escapes it."""
    return MESSAGES[key].format(**{name: _set_apart(shortened(str(value))) for name, value in values.items()})


def _set_apart(text: str) -> str:
    return text if text.isascii() else _ISOLATED.format(text)


def _isolated(value: object) -> Markup:
    if isinstance(value, Markup):
        return value
    return Markup("<bdi>{}</bdi>").format(shortened(str(value)))


def shortened(text: str) -> str:
    """Cut a name to `LONGEST` characters and replace control characters with spaces."""
    printable = "".join(char if char.isprintable() else " " for char in text[: LONGEST + 1])
    return printable if len(printable) <= LONGEST else printable[: LONGEST - 1] + "…"


def moment(when: datetime, now: datetime) -> Markup:
    """Return a `<time>` element with the relative time as text and the exact time as attributes."""
    template = Markup('<time datetime="{}" title="{}">{}</time>')
    return template.format(when.isoformat(timespec="seconds"), exact(when), relative(when, now))


def listed(things: tuple[str, ...]) -> str:
    """Join items into an enumeration: "a, b and c"."""
    head, last = things[:-1], things[-1]
    return MESSAGES["scope_between"].join(head) + MESSAGES["scope_last"] + last if head else last


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
        "t": t,
        "t_plain": t_plain,
        "asset": asset_url,
        "moment": moment,
        "listed": listed,
        "initial": initial,
        "capitalized": capitalized,
        "shortened": shortened,
        "escape": escape,
    }
    return environment


def render_page(
    template: str, *, status: int = 200, cookies: tuple[Cookie, ...] = (), headers: dict[str, str] | None = None, **values: Any
) -> Response[str]:
    """Render a template into a response.

    Raises:
        jinja2.UndefinedError: the template uses a name that `values` does not have.
    """
    return Response(
        content=_templates().get_template(f"{template}.html").render(**values),
        status_code=status,
        media_type="text/html",
        headers={**HEADERS, **(headers or {})},
        cookies=list(cookies),
    )


def redirect(address: str, *, cookies: tuple[Cookie, ...] = ()) -> Response[str]:
    """Redirect the browser with 303, so that it opens the address with GET."""
    return Response(
        content="",
        status_code=303,
        media_type="text/plain",
        headers={**HEADERS, "Location": address},
        cookies=list(cookies),
    )
