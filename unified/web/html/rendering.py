"""Templates to answers: every value is shown as text, every page carries the same strict headers."""

from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie
from markupsafe import Markup, escape

from unified.web.html.assets import address_of
from unified.web.html.formatting import exact, relative
from unified.web.html.messages import WORDS

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
"""Characters of a name that are shown; a longer one ends in an ellipsis."""
_ISOLATED = "\u2068{}\u2069"


def t(key: str, **values: object) -> Markup:
    """Words for a page's body. Each value is text of somebody else: escaped, and unable to turn the words around it."""
    shown = {name: _isolated(value) for name, value in values.items()}
    return Markup(WORDS[key]).format(**shown)  # noqa: S704 - the words are ours, `format` escapes the values


def t_plain(key: str, **values: object) -> str:
    """Words for a title or an attribute, where no element can stand; the template escapes them."""
    return WORDS[key].format(**{name: _set_apart(shortened(str(value))) for name, value in values.items()})


def _set_apart(text: str) -> str:
    return text if text.isascii() else _ISOLATED.format(text)


def _isolated(value: object) -> Markup:
    if isinstance(value, Markup):
        return value
    return Markup("<bdi>{}</bdi>").format(shortened(str(value)))


def shortened(text: str) -> str:
    """A name that fits a page, without control characters."""
    printable = "".join(one if one.isprintable() else " " for one in text[: LONGEST + 1])
    return printable if len(printable) <= LONGEST else printable[: LONGEST - 1] + "…"


def moment(when: datetime, now: datetime) -> Markup:
    """A relative time, with the exact one for a pointer and for programs."""
    template = Markup('<time datetime="{}" title="{}">{}</time>')
    return template.format(when.isoformat(timespec="seconds"), exact(when), relative(when, now))


def listed(things: tuple[str, ...]) -> str:
    """Several things in a sentence: "a, b and c"."""
    head, last = things[:-1], things[-1]
    return WORDS["scope_between"].join(head) + WORDS["scope_last"] + last if head else last


def capitalized(text: str) -> str:
    """A text that begins a sentence; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def initial(title: str) -> str:
    """The letter that stands for a product beside its name."""
    return next((one.upper() for one in title if one.isalnum()), "·")


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("unified.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {
        "say": t,
        "plain": t_plain,
        "asset": address_of,
        "moment": moment,
        "listed": listed,
        "initial": initial,
        "capitalized": capitalized,
        "shortened": shortened,
        "escape": escape,
    }
    return found


def page(
    template: str, *, status: int = 200, cookies: tuple[Cookie, ...] = (), headers: dict[str, str] | None = None, **values: Any
) -> Response[str]:
    """A page from its template and the values that it names; a name that is missing is a fault."""
    return Response(
        content=_templates().get_template(f"{template}.html").render(**values),
        status_code=status,
        media_type="text/html",
        headers={**HEADERS, **(headers or {})},
        cookies=list(cookies),
    )


def redirect(address: str, *, cookies: tuple[Cookie, ...] = ()) -> Response[str]:
    """Send the browser to a page of this service, with GET."""
    return Response(
        content="",
        status_code=303,
        media_type="text/plain",
        headers={**HEADERS, "Location": address},
        cookies=list(cookies),
    )
