"""Forms, accepted only from a page that this service sent to the same browser.

Two checks apply. The browser reports where a form comes from (`Sec-Fetch-Site`, or `Origin` where that is missing). And every
form carries a token derived from a cookie that other sites can neither read nor set (a signed double submit).
"""

import re
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from unified.api.requests.context import Context, DecodedRequest, context_of
from unified.errors.access import FormRefused
from unified.errors.requests import MalformedRequest, UnsupportedMediaType
from unified.service.public_urls import public_base_url
from unified.vault.tokens import constant_time_equal, derived, new_token

SIGN_IN_COOKIE = "__Host-unified-sign-in"
CONNECT_COOKIE = "__Host-unified-connect"
TOKEN = "csrf"  # noqa: S105 - a field's name
MAX_FIELDS = 100
MAX_PARTS = 5
MIN_PIECES = 3
"""The bytes before, between and after the boundaries of a body with one part."""
FILE = "file"
"""The part of a form that is a file."""
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=?-]{1,70}")
"""RFC 2046, 5.1.1."""
_NAMED = re.compile(r'(?i)content-disposition:[ \t]*form-data;[ \t]*name="([^"]*)"(?:;[ \t]*filename="[^"]*")?[ \t]*')
"""As browsers write it (HTML, 4.10.21.8). A parser of mail takes minutes for some headers of a hostile form."""


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


UploadDependency = NamedDependency[SkipValidation[bytes]]
"""`upload` of a handler with `reads_upload`: the content of the one file of its form."""


def reads_upload(name: str) -> dict[str, Provide]:
    """Return the dependencies `form` and `upload` of a handler that reads a form with one file; else as `reads_form`."""

    async def provide_form(request: DecodedRequest) -> Form:
        context = context_of(request)
        _refuse_elsewhere(context)
        fields = {part: content.decode("utf-8", "replace") for part, content in (await _parts(context)).items() if part != FILE}
        return _checked(fields, read_cookie_secret(context, name))

    async def provide_upload(request: DecodedRequest) -> bytes:
        return (await _parts(context_of(request))).get(FILE, b"")

    return {"form": Provide(provide_form), "upload": Provide(provide_upload)}


async def read_form(context: Context, secret: str | None, *, most: int = MAX_FIELDS) -> dict[str, str]:
    """Return the fields of a form of at most `most` fields.

    Raises:
        FormRefused: the token does not match the secret, or another site sent the form.
        UnsupportedMediaType: the body is not a form.
        MalformedRequest: the form cannot be read, repeats a field or has too many fields.
    """
    _refuse_elsewhere(context)
    return _checked(await _fields(context, most), secret)


def _checked(fields: dict[str, str], secret: str | None) -> dict[str, str]:
    """Return the fields of a form without its token. Raises FormRefused if the token does not match the secret."""
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


async def _parts(context: Context) -> dict[str, bytes]:
    """Return the parts of a form with a file by their names (RFC 7578).

    Raises:
        UnsupportedMediaType: the body is not such a form.
        MalformedRequest: it cannot be read, repeats a part, or has too many of them.
    """
    kind = context.request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "multipart/form-data":
        raise UnsupportedMediaType("body: expected a form with a file")
    return read_parts(kind, await context.raw())


def read_parts(kind: str, body: bytes) -> dict[str, bytes]:
    """Return the parts of a body by their names; `kind` is its media type, which names the boundary.

    Raises:
        MalformedRequest: it cannot be read, repeats a part, has a part of several parts, or has too many of them.
    """
    problem = MalformedRequest(f"body: expected a form of at most {MAX_PARTS} parts, each once")
    boundary = _boundary(kind)
    if boundary is None or body.count(f"--{boundary}".encode()) > MAX_PARTS + 1:
        raise problem
    parts = body.split(f"--{boundary}".encode())
    if len(parts) < MIN_PIECES or parts[0] or not parts[-1].startswith(b"--"):
        raise problem
    found: dict[str, bytes] = {}
    for part in parts[1:-1]:
        headers, separator, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = _part_name(headers)
        if not separator or name is None or name in found or not content.endswith(b"\r\n"):
            raise problem
        found[name] = content.removesuffix(b"\r\n")
    return found


def _boundary(kind: str) -> str | None:
    """Return what separates the parts of a body; None if its media type names nothing that could."""
    parameters = (one.strip().partition("=") for one in kind.split(";")[1:])
    found = [value.removeprefix('"').removesuffix('"') for name, _, value in parameters if name.lower() == "boundary"]
    return found[0] if len(found) == 1 and _BOUNDARY.fullmatch(found[0]) else None


def _part_name(headers: bytes) -> str | None:
    """Return the name of a part; None if its headers do not give exactly one."""
    lines = headers.decode("utf-8", "replace").split("\r\n")
    found = [match[1] for line in lines if (match := _NAMED.fullmatch(line)) is not None]
    return found[0] if len(found) == 1 else None


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
