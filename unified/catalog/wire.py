"""What goes to a provider and what comes back: the shapes shared by mapping and transport."""

from typing import Any

import msgspec

OVERRIDES = frozenset(
    {"x-http-method-override", "x-http-method", "x-method-override", "x-original-method", "_method", "http_method"}
)
"""Headers and parameters by which frameworks let a request stand for another method."""


class ProviderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One call to be made, before credentials and page position are added."""

    method: str
    path: str
    """Percent-encoded, below the provider's base URL; or a link of an answer, when `is_link`."""
    is_link: bool = False
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET
    """JSON value, or UNSET for no body."""


class ProviderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider answered to a call that succeeded."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: Any
    """Decoded JSON; None for an empty body."""
    content: bytes = b""
    """The bytes as they came, for the pass-through."""
