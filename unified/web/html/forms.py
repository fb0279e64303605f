"""Forms, accepted only from a page that this service sent to the same browser.

Two checks apply. The browser reports where a form comes from (`Sec-Fetch-Site`, or `Origin` where that is missing). And every
form carries a token derived from a cookie that other sites can neither read nor set (a signed double submit).
"""

from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from unified.api.context import Context, DecodedRequest, context_of
from unified.errors import FormRefused, MalformedRequest, UnsupportedMediaType
from unified.service.public_urls import public_base_url
from unified.vault.tokens import constant_time_equal, derived, new_token

SIGN_IN_COOKIE = "__Host-unified-sign-in"
CONNECT_COOKIE = "__Host-unified-connect"
TOKEN = "csrf"  # noqa: S105 - a field's name
MAX_FIELDS = 100


def cookie(name: str, value: str, *, same_site: Literal["strict", "lax"] = "strict", seconds: int | None = None) -> Cookie:
    """Return a cookie that scripts cannot read and that is sent only over https; 0 seconds deletes it."""
    return Cookie(key=name, value=value, max_age=seconds, path="/", secure=True, httponly=True, samesite=same_site)


def read_cookie_secret(context: Context, name: str) -> str | None:
    """Return the secret in the named cookie, or None when the cookie is missing or empty."""
    return context.request.cookies.get(name) or None


def new_form_secret() -> str:
    """Return a random secret for a browser that has none yet."""
    return new_token("uf_")


def form_token(secret: str) -> str:
    """Derive the token of a page's forms from the secret in the browser's cookie."""
    return derived(secret, "form")


Form = dict[str, str]
FormDependency = NamedDependency[SkipValidation[Form]]
"""`form` of a handler: the fields of a form that this browser got from here; checked with the session's cookie, unless the
page names another one with `reads_form`."""


def reads_form(name: str, *, most: int = MAX_FIELDS) -> dict[str, Provide]:
    """Return the dependency `form` of a handler; its token is derived from the secret in the cookie of this name."""

    async def provide_form(request: DecodedRequest) -> Form:
        context = context_of(request)
        return await read_form(context, read_cookie_secret(context, name), most=most)

    return {"form": Provide(provide_form)}


async def read_form(context: Context, secret: str | None, *, most: int = MAX_FIELDS) -> dict[str, str]:
    """Return the fields of a form of at most `most` fields.

    Raises:
        FormRefused: the token does not match the secret, or another site sent the form.
        UnsupportedMediaType: the body is not a form.
        MalformedRequest: the form cannot be read, repeats a field or has too many fields.
    """
    _refuse_elsewhere(context)
    fields = await _fields(context, most)
    token = fields.pop(TOKEN, "")
    if secret is None or not constant_time_equal(token, form_token(secret)):
        raise FormRefused("the form does not belong to this browser; reload the page and submit it again")
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
