"""Requests to a provider and its responses: the structs shared by mapping and transport."""

from functools import cached_property
from typing import Any

import msgspec

OVERRIDES = frozenset(
    {"x-http-method-override", "x-http-method", "x-method-override", "x-original-method", "_method", "http_method"}
    | {"_httpmethod", "httpmethod", "x-http-verb"}
)
"""Headers and parameters with which frameworks let a request act as another method."""


class ProviderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One call to make, before credentials and page position are added."""

    method: str
    path: str
    """Percent-encoded, relative to the provider's base URL; or a link from a response, when `is_link`."""
    is_link: bool = False
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET
    """A JSON value, or UNSET for no body."""
    encoding: str = "json"
    """The form in which the body is sent."""
    receives: str = "json"
    """The form of the response."""


class ProviderAnswer(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A provider's response."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: Any
    """Decoded JSON; None for an empty body."""
    content: bytes = b""
    """The undecoded bytes, for the pass-through."""

    @cached_property
    def weight(self) -> int:
        """The size in bytes as a measure of the work on its values: values made of HTML cost most, so each `<` counts twice.

        Most answers have none, and are searched for one in a twentieth of the time of counting.
        """
        return len(self.content) + (self.content.count(b"<") if b"<" in self.content else 0)
