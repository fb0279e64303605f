"""Forms: taken only from a page that this browser got from here.

Two walls. The browser says where a form comes from (`Sec-Fetch-Site`, and `Origin` where that is missing); and every form
carries a token that follows from a cookie which other sites can neither read nor set (a signed double submit).
"""

from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from litestar.datastructures import Cookie

from unified.api.context import Context
from unified.errors import FormRefused, MalformedRequest, UnsupportedMediaType
from unified.service.public_urls import public_base_url
from unified.vault.tokens import constant_time_equal, derived, new_token

SIGN_IN_COOKIE = "__Host-unified-sign-in"
CONNECT_COOKIE = "__Host-unified-connect"
TOKEN = "csrf"  # noqa: S105 - a field's name
MAX_FIELDS = 100


def cookie(name: str, value: str, *, same_site: Literal["strict", "lax"] = "strict", seconds: int | None = None) -> Cookie:
    """A cookie that scripts cannot read and that only a safe connection carries; 0 seconds removes it."""
    return Cookie(key=name, value=value, max_age=seconds, path="/", secure=True, httponly=True, samesite=same_site)


def kept_secret(context: Context, name: str) -> str | None:
    """The secret that this browser has in a cookie of ours, or None; an emptied cookie is none."""
    return context.request.cookies.get(name) or None


def new_form_secret() -> str:
    """A secret for a browser that has none yet."""
    return new_token("uf_")


def form_token(secret: str) -> str:
    """The token of the forms of a page, from the secret in the browser's cookie."""
    return derived(secret, "form")


async def read_form(context: Context, secret: str | None, *, most: int = MAX_FIELDS) -> dict[str, str]:
    """The fields of a form whose token follows from the secret.

    Raises FormRefused when it does not or the form came from elsewhere, MalformedRequest when it cannot be read.
    """
    _refuse_elsewhere(context)
    fields = await _fields(context, most)
    given = fields.pop(TOKEN, "")
    if secret is None or not constant_time_equal(given, form_token(secret)):
        raise FormRefused("the form does not belong to this browser: load the page again and repeat")
    return fields


def _refuse_elsewhere(context: Context) -> None:
    headers = context.request.headers
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        raise FormRefused("the form was sent from another site")
    # A page without referrers sends `Origin: null`, which proves nothing either way.
    if site is None and origin not in {None, "null", _origin(public_base_url(context.services.settings) or "")}:
        raise FormRefused("the form was sent from another site")


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


async def _fields(context: Context, most: int) -> dict[str, str]:
    kind = context.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise UnsupportedMediaType("body: expected a form")
    try:
        text = (await context.raw()).decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=most)
    except ValueError:
        raise MalformedRequest(f"body: expected a form of at most {most} fields in UTF-8") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise MalformedRequest("body: expected each field once")
    return fields
