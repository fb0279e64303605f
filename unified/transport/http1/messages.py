"""Requests as they are written, and the interface of what carries them."""

import re
from functools import lru_cache
from typing import Protocol

import msgspec

from unified.catalog.wire import ProviderAnswer
from unified.transport.http1.certificates import Certificate
from unified.transport.http1.failures import LocalProtocolError
from unified.transport.http1.urls import Url
from unified.version import __version__

USER_AGENT = f"Unified/{__version__}"
MAX_NAMES = 1_024
"""Header names that are remembered as checked; any other is checked again."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A method or a header's name (RFC 9110, 5.6.2)."""
OURS = frozenset({"host", "connection", "content-length", "transfer-encoding", "upgrade", "expect", "te", "trailer"})
"""Headers that say where a request ends and what becomes of its connection; only this module writes them."""
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})
"""Methods that tell the length of an empty body too (RFC 9110, 8.6)."""
WITH_BODY = _WITH_LENGTH | {"DELETE"}
"""Methods whose requests may have a body. Servers that do not read one take what follows the head for the next request, so no
other method ever carries one (RFC 9110, 9.3); DELETE does where a mapping sends one."""


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it is sent; its parts may hold the credentials."""

    method: str
    url: Url
    headers: dict[str, str]
    content: bytes = b""
    certificate: Certificate | None = None
    """The certificate that the connection shows in TLS."""
    owner: str | None = None
    """An account's id, or what else it belongs to: no two owners share a connection. None: the connection carries only this."""

    def __repr__(self) -> str:
        """Return the method only: everything else may hold a secret or user data."""
        return f"Outgoing({self.method!r})"


class Network(Protocol):
    """The carrier of requests: the guarded pool, or its replacement in tests."""

    async def send(self, request: Outgoing, *, max_bytes: int, drain: float | None = None) -> ProviderAnswer:
        """Send one request; return its response with the body undecoded as JSON, but decompressed.

        Args:
            request: What to send.
            max_bytes: Bytes of the response's body, as sent and decompressed.
            drain: Return as soon as the head has arrived, and read the rest for so many seconds without keeping it.

        Raises:
            WireError: There is no usable response.
            UnifiedError: The destination or the response is refused.
        """
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


def fields_of(request: Outgoing) -> list[tuple[str, str]]:
    """Return all headers of a request, those of the protocol included, for any client that writes it.

    Raises:
        LocalProtocolError: The request cannot be written as exactly one.
    """
    target = request.url.target
    if not (target.isascii() and target.isprintable()) or " " in target or request.method == "CONNECT":
        raise LocalProtocolError("the target cannot be sent")
    if not _TOKEN.fullmatch(request.method):
        raise LocalProtocolError("the method cannot be sent")
    if request.content and request.method not in WITH_BODY:
        raise LocalProtocolError("a body cannot be sent with this method")
    fields = [("Host", request.url.origin.authority), ("Connection", "keep-alive")]
    agent = True
    for name, value in request.headers.items():
        agent = agent and _checked(name) != "user-agent"
        if not (value.isascii() and value.isprintable()):
            raise LocalProtocolError("a header's value cannot be sent")
        fields.append((name, value))
    if agent:
        fields.append(("User-Agent", USER_AGENT))
    if request.content or request.method in _WITH_LENGTH:
        fields.append(("Content-Length", str(len(request.content))))
    return fields


def written(request: Outgoing) -> bytes:
    """Return the bytes of a request.

    Raises:
        LocalProtocolError: It cannot be written as HTTP.
    """
    fields = "".join([f"{name}: {value}\r\n" for name, value in fields_of(request)])
    return f"{request.method} {request.url.target} HTTP/1.1\r\n{fields}\r\n".encode("ascii") + request.content


@lru_cache(maxsize=MAX_NAMES)
def _checked(name: str) -> str:
    """Return the name of a header in lower case, if it may be sent."""
    lower = name.lower()
    if not _TOKEN.fullmatch(name) or lower in OURS:
        raise LocalProtocolError("a header's name cannot be sent")
    return lower
