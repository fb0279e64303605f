"""Headers of a request, as the server hands them over: a look at one costs less than reading all of them."""

from typing import Any

from litestar import Request
from litestar.types import Scope


def header_lines(request: Request[Any, Any, Any], name: str) -> list[str]:
    """Return the values of a header, one for each line that the client sent; `name` is in lower case."""
    wanted = name.encode()
    return [value.decode("latin-1") for found, value in request.scope["headers"] if found == wanted]


def header(request: Request[Any, Any, Any], name: str) -> str | None:
    """Return the first value of a header, or None."""
    return next(iter(header_lines(request, name)), None)


def has_body(scope: Scope) -> bool:
    """Return whether a body follows the headers (RFC 9112, 6.3)."""
    sizes = dict(scope["headers"])
    return b"transfer-encoding" in sizes or sizes.get(b"content-length", b"0").strip() != b"0"
