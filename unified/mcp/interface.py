"""The port between the tools of a caller and the protocol: what a face for agents needs to know, in words without the SDK.

The product's tools are behind it (`unified.mcp.tool_provider`), and so is the catalogue of the conformance tests. Another SDK,
or another revision of the protocol, would be put on the other side.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec


class ToolListing(msgspec.Struct, frozen=True, kw_only=True):
    """One tool as it is listed."""

    name: str
    title: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None
    annotations: dict[str, Any] = {}
    digest: str | None = None
    """Of the reviewed definition: a client can see by it that the same name means something else now."""


class Continuation(msgspec.Struct, frozen=True, kw_only=True):
    """What a client sends when it calls again after it was asked something."""

    state: Any = None
    """What the view gave with its question, opened again; None at the first call."""
    answers: dict[str, Any] = {}
    """What the client says to the questions, by their keys; to be checked as everything from outside."""


class InputRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Questions to the person behind the client, as requests of the protocol by keys of the view's choice."""

    requests: dict[str, dict[str, Any]]
    state: Any
    """What the view wants to know when the client calls again; sealed for the way."""
    until: datetime


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a call."""

    structured: dict[str, Any] | None = None
    text: str | None = None
    """In place of the structured content as JSON."""
    is_error: bool = False
    asking: InputRequest | None = None
    """Told in place of the answer to clients that can ask; the others get the answer."""


class ToolView(Protocol):
    """The tools of one caller, for the time of one request."""

    @property
    def owner(self) -> tuple[str, str]:
        """Ids of the tenant and of the caller: cursors and states are sealed for them."""

    async def offered(self) -> tuple[ToolListing, ...]:
        """All tools, in an order that stays."""

    async def call(self, name: str, arguments: Any, turn: Continuation) -> Answer:
        """Call one; the arguments may be anything. Raises UnknownTool for a name that is not offered."""

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """The schema whose `x-mcp-header` marks arguments to be mirrored in headers; None where no schema has any."""
