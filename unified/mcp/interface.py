"""The interface between the protocol and the tools of a caller, independent of the SDK.

The product's tools implement it (`unified.mcp.tool_provider`), and so do the tools of the conformance tests. Another SDK, or
another revision of the protocol, would use it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec


class ToolListing(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as `tools/list` shows it, without the parts that depend on the caller.

    A provider returns the same object again as long as nothing of it changes, so that it is encoded once.
    """

    name: str
    title: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None
    annotations: dict[str, Any] = {}
    digest: str | None = None
    """Digest of the reviewed definition; it lets a client notice that a tool has changed under the same name."""


class OfferedTool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool of one caller."""

    listing: ToolListing
    accounts: tuple[str, ...] = ()
    """The values of an argument `account`, which the input schema then has first; empty if there is nothing to choose."""


class CallMeta(msgspec.Struct, frozen=True, kw_only=True):
    """Values that a client sends with a call in addition to the arguments; untrusted, like all input."""

    key: str | None = None
    """The idempotency key: a write is done once for it."""

    state: Any = None
    """The state that the provider attached to its request for input, unsealed; None for a first call."""
    answers: dict[str, Any] = {}
    """The client's answers by the keys of the requests."""


class InputRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Requests for input from the user of the client, as protocol requests by keys of the provider's choice."""

    requests: dict[str, dict[str, Any]]
    state: Any
    """The provider's state for the time when the client calls again; sealed on its way through the client."""
    until: datetime
    """When the state expires."""


class ToolAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a tool call."""

    structured: dict[str, Any] | msgspec.Raw | None = None
    """The structured content, as values or as JSON."""
    text: str | None = None
    """Text to return in place of the structured content as JSON."""
    is_error: bool = False
    input_request: InputRequest | None = None
    """Sent instead of the result to clients that support it; other clients get the result."""


class ToolProvider(Protocol):
    """The tools of one caller, for one request."""

    @property
    def owner(self) -> tuple[str, str]:
        """Ids of the tenant and the caller, for whom cursors and states are sealed."""

    async def list_tools(self) -> tuple[OfferedTool, ...]:
        """Return all tools in a stable order."""

    async def call(self, name: str, arguments: Any, meta: CallMeta) -> ToolAnswer:
        """Call a tool; the arguments may be of any type.

        Raises:
            UnknownTool: the caller does not have a tool with this name.
        """

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """Return the schema in which `x-mcp-header` marks arguments that are mirrored in headers; None if there is none."""
