"""Outgoing requests: a mapping's or caller's request with the provider's headers and, last, the signature."""

from functools import lru_cache

import msgspec

from unified.catalog.wire import OVERRIDES, ProviderRequest
from unified.errors.providers import ConnectionUnauthorized, ProviderMalformed
from unified.errors.requests import InvalidId, MalformedRequest
from unified.transport.auth import sign
from unified.transport.bodies.encodings import ACCEPTED, ENCODINGS
from unified.transport.connection import Connection, fill_settings, names_in_template, with_installation
from unified.transport.egress.addresses import Egress
from unified.transport.egress.url_policy import check_target
from unified.transport.http1.failures import InvalidUrl
from unified.transport.http1.messages import Outgoing
from unified.transport.http1.urls import MAX_ORIGINS, Origin, Url, origin_of, split_text, target_of, with_query

FORBIDDEN_HEADERS = frozenset(
    {"host", "authorization", "cookie", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer"}
    | {"upgrade", "expect", "forwarded", "via", "accept-encoding"}
    | OVERRIDES
)
FORBIDDEN_BEGINNINGS = ("proxy-", "x-forwarded-")
"""Prefixes of headers that no mapping and no caller may set."""
MAX_HEADER_CHARACTERS = 8_192


def prepare(request: ProviderRequest, connection: Connection, content: bytes, egress: Egress) -> Outgoing:
    """Build the request with its credentials, which are opened here and nowhere else.

    Raises:
        InvalidId, MalformedRequest, ProviderMalformed, DestinationRefused: The request cannot be sent.
        ConnectionUnauthorized: The credentials cannot be written into a header.
    """
    url = _url(request, connection, egress)
    signature = sign(connection.provider, connection.open_credentials())
    headers = {"Accept": ACCEPTED[request.receives], "Accept-Encoding": "gzip"}
    if request.body is not msgspec.UNSET:
        headers["Content-Type"], content = ENCODINGS[request.encoding](request.body)
    fixed = {"Content-Type": headers["Content-Type"]} if request.encoding == "multipart" and content else {}
    if not all(value.isascii() and value.isprintable() for value in signature.headers.values()):
        raise ConnectionUnauthorized("the account's credentials cannot be sent in a header; connect the account again")
    own = (_forwardable(provider_headers(connection)), _forwardable(request.headers))
    headers = _merged(headers, *own, fixed, signature.headers)
    url = with_query(url, (*request.query, *signature.query)) if request.query or signature.query else url
    return Outgoing(
        method=request.method,
        url=url,
        headers=headers,
        content=content,
        certificate=signature.certificate,
        owner=connection.account_id,
    )


def provider_headers(connection: Connection) -> dict[str, str]:
    """Return the headers of the provider file, with the account's settings and the installation's values in them."""
    values = with_installation(connection.settings, connection.installation)
    return {
        name: fill_settings(value, values)
        for name, value in connection.provider.headers.items()
        if names_in_template(value) <= values.keys()
    }


def _url(request: ProviderRequest, connection: Connection, egress: Egress) -> Url:
    text = connection.link(request.path) if request.is_link else connection.base_url().rstrip("/") + request.path
    origin, rest = split_text(text)
    try:
        url = Url(_checked_origin(origin, egress), target_of(rest))
    except InvalidUrl:
        kind = ProviderMalformed if request.is_link else MalformedRequest
        raise kind("path: it cannot be part of a URL; the request was not sent") from None
    if not request.is_link and (_changed(url.target, rest) or request.path[:1] not in {"", "/", "?"}):
        raise InvalidId("the path would change while the URL is built; the request was not sent")
    return url


@lru_cache(maxsize=MAX_ORIGINS)
def _checked_origin(text: str, egress: Egress) -> Origin:
    """Return an origin that may be called by its URL; the policy is a function of these two, so its result can be kept."""
    check_target(text, egress)
    return origin_of(text)


def _changed(target: str, rest: str) -> bool:
    """Return whether a part of the text was folded, cut off, or could be read as another separator."""
    return target.count("/") != rest.count("/") or "#" in rest or "\\" in rest


def _forwardable(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers that a mapping or caller may set, trimmed.

    Raises:
        MalformedRequest: A header cannot be sent; the message names it.
    """
    allowed = {name: value.strip() for name, value in headers.items() if not _forbidden(name.lower())}
    for name, value in allowed.items():
        if not value.isascii() or not value.isprintable() or len(value) > MAX_HEADER_CHARACTERS:
            raise MalformedRequest(f"header {name}: expected at most {MAX_HEADER_CHARACTERS} printable ASCII characters")
    return allowed


def _forbidden(name: str) -> bool:
    return name in FORBIDDEN_HEADERS or name.startswith(FORBIDDEN_BEGINNINGS)


def _merged(*layers: dict[str, str]) -> dict[str, str]:
    """Merge headers, later layers winning in any spelling, so that each is sent once."""
    merged = {name.lower(): (name, value) for layer in layers for name, value in layer.items()}
    return dict(merged.values())
