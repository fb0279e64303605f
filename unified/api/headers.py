"""Headers of a request, as the server hands them over: a look at one costs less than reading all of them."""

from collections.abc import Mapping
from typing import Any

from litestar import Request


def header_lines(request: Request[Any, Any, Any], name: str) -> list[str]:
    """Return the values of a header, one for each line that the client sent; `name` is in lower case."""
    wanted = name.encode()
    return [value.decode("latin-1") for found, value in request.scope["headers"] if found == wanted]


def header(request: Request[Any, Any, Any], name: str) -> str | None:
    """Return the first value of a header, or None."""
    return next(iter(header_lines(request, name)), None)


def has_body(scope: Mapping[str, Any]) -> bool:
    """Return whether a body follows the headers (RFC 9112, 6.3)."""
    for name, value in scope["headers"]:
        if name == b"transfer-encoding" or (name == b"content-length" and value.strip() != b"0"):
            return True
    return False
