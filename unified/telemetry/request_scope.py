"""Holds what is known of the request that runs in one object, found by every part that works for it, in whatever task.

Each fact is recorded where it becomes known, once. At the end the log line, the audit rows and the answer's headers are made of
it; nothing of a record, a path or a query is in it, and of a body only what the audit's digest covers. Work without a request
has a scope too, and where none is open, as in embedded use, nothing is recorded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from datetime import datetime
from typing import Any

import msgspec

from unified.telemetry.request_ids import BACKGROUND, new_id


class ProviderUse(msgspec.Struct, kw_only=True):
    """One use of an account, complete or not; it becomes one audit row."""

    account_id: str
    model: str | None
    """None for the pass-through."""
    method: str
    status: int | None = None
    """The status of the provider's last answer; None if there is none."""
    problem: BaseException | None = None
    request: Any = None
    """One write of a batch; None if the use is the whole request."""
    fields: frozenset[str] | None = None
    """Names of the common model that were asked for; None if none were recorded."""
    approval: str | None = None
    """The id of the approval that was requested; nothing was sent then."""
    digest: str | None = None
    """The digest of the requested or approved write, by which their rows can be joined."""


class DecidedApproval(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a decided approval that the audit records."""

    approval_id: str
    account_id: str
    model: str
    digest: str


class RequestScope(msgspec.Struct, kw_only=True):
    """One request, or one piece of background work, with what is known of it; a part of one has `whole`."""

    id: str | None = None
    """The id of the request; None for a command, which has none."""
    whole: "RequestScope | None" = None
    """The request that this is a part of, with the same log line; audit rows of a part are made apart, or not at all."""

    # Who asks, and how; the API fills these in.
    context: Any = None
    """The request as handlers see it (`unified.api.requests.context`)."""
    caller: Any = None
    """The principal that passed the gate."""
    session: Any = None
    """The session of a person who is signed in."""
    is_page: bool = False
    """Whether a person gets a page where programs get JSON."""
    has_body: bool = False
    is_audited: bool = False
    """Whether its audit rows can be written, and were not yet."""
    warnings: dict[str, str] = {}
    """Warnings for the answer's header, by code."""
    key_end: datetime | None = None
    """When the API key of the request expires, if that is soon."""
    limits: dict[str, str] = {}
    """The headers of a refusal that report the limits."""
    exchange: Any = None
    """The MCP message that is answered (`unified.mcp.tool_requests`)."""

    # What it does, for the audit.
    tool: str | None = None
    """The tool that an agent called, also to request the write that is decided."""
    server: str | None = None
    """The MCP server through which the agent called."""
    decided: DecidedApproval | None = None
    reason: str | None = None
    """Why the request changes something of Unified, as a stable word."""
    content: bytes = b""
    """The body, once it was read; only a digest of it is stored."""
    uses: list[ProviderUse] = []
    problem: BaseException | None = None
    """The refusal of a request that is answered as a success: a failed tool call is an answer."""

    # What the log line says.
    tenant: str | None = None
    provider: str | None = None
    account: str | None = None
    model: str | None = None
    operation: str | None = None
    """The method of the model, such as `list`."""
    code: str | None = None
    """The code of the last refusal."""
    asked_by: str | None = None
    """The id of the request that asked for the approved write."""
    calls: int = 0
    """Calls to providers, retries included."""
    upstream_status: int | None = None
    """The status of the last call that failed; of the last call if none did; 0 if there was no response."""
    upstream_ms: float = 0.0
    """The time of all these calls together."""

    @property
    def line(self) -> "RequestScope":
        """The request itself, also for a part of one."""
        return self.whole or self

    def log_fields(self) -> dict[str, Any]:
        """Return what is known, by the names of the log's fields."""
        known = {name: value for name in _LOGGED if (value := getattr(self, name)) is not None}
        if self.calls:
            known |= {"calls": self.calls, "upstream_ms": round(self.upstream_ms, 1)}
        return {"request_id": self.id, **known}


_LOGGED = ("tenant", "provider", "account", "model", "operation", "code", "asked_by", "upstream_status")
_CURRENT: ContextVar[RequestScope | None] = ContextVar("unified_request_scope", default=None)


def current_scope() -> RequestScope | None:
    """Return what is known of what runs; None where nothing is recorded."""
    return _CURRENT.get()


def current_request() -> RequestScope:
    """Return the request that is answered. Raises RuntimeError outside of one."""
    scope = _CURRENT.get()
    if scope is None:
        raise RuntimeError("no request is open: the application was called without its server")
    return scope.line


def request_id() -> str:
    """Return the id of the request that is answered, as in the response's `X-Request-Id`."""
    return current_request().id or ""


def current_request_id() -> str | None:
    """Return the id of what runs; None for a command."""
    scope = _CURRENT.get()
    return None if scope is None else scope.line.id


def open_scope(scope: RequestScope) -> Token[RequestScope | None]:
    """Record what follows in this scope, until `close_scope`."""
    return _CURRENT.set(scope)


def close_scope(opened: Token[RequestScope | None]) -> None:
    """End a scope; `opened` is what `open_scope` returned."""
    _CURRENT.reset(opened)


@contextmanager
def within_scope(scope: RequestScope) -> Iterator[RequestScope]:
    """Record what the block does in this scope."""
    opened = _CURRENT.set(scope)
    try:
        yield scope
    finally:
        _CURRENT.reset(opened)


def part_scope(uses: list[ProviderUse] | None = None) -> RequestScope:
    """Return a scope for a part of the request that runs, with separate audit rows."""
    current = _CURRENT.get()
    return RequestScope(whole=None if current is None else current.line, uses=uses or [])


@contextmanager
def audit_context() -> Iterator[RequestScope]:
    """Keep what the block does out of the request's audit rows; it is in the scope that the block gets."""
    with within_scope(part_scope()) as scope:
        yield scope


@contextmanager
def background_work(request_id: str | None = None) -> Iterator[None]:
    """Give what runs in the block the id that is given, or a new one; without one given, it may be a part of a request."""
    if request_id is None and current_request_id() is not None:
        yield
        return
    with within_scope(RequestScope(id=request_id or new_id(BACKGROUND))):
        yield
