"""What a request does, recorded where it is known and read once at the end: one audit row for each use of a model.

A context is open for the time of one request. Every part that runs for the request finds it, in whatever task, so no function
has to pass it on, and none can forget to. Without an open context nothing is recorded, as in embedded use.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any

import msgspec

from unified.errors.error import UnifiedError
from unified.telemetry.request_line import note, note_method, note_use


class ProviderUse(msgspec.Struct, kw_only=True):
    """One use of an account, as far as it got."""

    account_id: str
    model: str | None
    """None for the pass-through."""
    method: str
    status: int | None = None
    """The status of the provider's last answer; None if there is none."""
    problem: BaseException | None = None
    request: Any = None
    """One write of a batch; None if the use is the whole request."""
    approval: str | None = None
    """The id of the approval that was requested; nothing was sent then."""
    digest: str | None = None
    """The digest of the requested or approved write, by which their rows can be joined."""


class DecidedApproval(msgspec.Struct, frozen=True, kw_only=True):
    """The approval that a request decides, as far as the audit records it."""

    approval_id: str
    account_id: str
    model: str
    digest: str


class AuditContext(msgspec.Struct, kw_only=True):
    """What is known of one request so far."""

    tool: str | None = None
    """The tool that an agent called, also to request the write that is decided."""
    server: str | None = None
    """The MCP server through which the agent called."""
    decided: DecidedApproval | None = None
    tenant_id: str | None = None
    """The tenant, where it becomes known on the way, as on the command line."""
    content: bytes = b""
    """The body, once it was read; only a digest of it is stored."""
    uses: list[ProviderUse] = []
    problem: BaseException | None = None
    """The refusal of a request that is answered as a success: a failed tool call is an answer."""


_CURRENT: ContextVar[AuditContext | None] = ContextVar("unified_audit_context", default=None)


def open_context(context: AuditContext) -> Token[AuditContext | None]:
    """Make this the context of what follows, until `close_context`."""
    return _CURRENT.set(context)


def close_context(opened: Token[AuditContext | None]) -> None:
    """End a context; `opened` is what `open_context` returned."""
    _CURRENT.reset(opened)


@contextmanager
def audit_context() -> Iterator[AuditContext]:
    """Open a context for the time of one block."""
    context = AuditContext()
    opened = open_context(context)
    try:
        yield context
    finally:
        close_context(opened)


def record_tenant(tenant_id: str) -> None:
    """Record the tenant of the request."""
    note(tenant=tenant_id)
    context = _CURRENT.get()
    if context is not None:
        context.tenant_id = tenant_id


def record_content(content: bytes) -> None:
    """Record the body of the request."""
    context = _CURRENT.get()
    if context is not None:
        context.content = content


def record_tool(name: str | None, server: str | None) -> None:
    """Record which tool is called, and through which MCP server; pass None for an unknown name, which is not stored."""
    context = _CURRENT.get()
    if context is not None:
        context.tool, context.server = name, server


def record_problem(problem: BaseException) -> None:
    """Record a refusal after which the request goes on; it belongs to the last use of an account, if there was one."""
    note(code=problem.code if isinstance(problem, UnifiedError) else UnifiedError.code)
    context = _CURRENT.get()
    if context is not None and context.uses:
        context.uses[-1].problem = problem
    elif context is not None:
        context.problem = problem


def record_use(account_id: str, model: str | None, method: str) -> None:
    """Record that an account is about to be used; what follows, until the next use, belongs to it."""
    note_use(account_id, model, method)
    context = _CURRENT.get()
    if context is not None:
        context.uses.append(ProviderUse(account_id=account_id, model=model, method=method))


def record_uses(uses: Iterable[ProviderUse]) -> None:
    """Record uses that ran at the same time, each in a context of its own."""
    context = _CURRENT.get()
    if context is not None:
        context.uses.extend(uses)


def record_method(method: str) -> None:
    """Record the method of the last use, now that it is known to be one."""
    note_method(method)
    context = _CURRENT.get()
    if context is not None and context.uses:
        context.uses[-1].method = method


def record_answer(status: int | None) -> None:
    """Record the status of the provider's answer; None if there was none."""
    context = _CURRENT.get()
    if context is not None and context.uses and status is not None:
        context.uses[-1].status = status


def record_approval_request(approval_id: str, digest: str, server: str | None) -> None:
    """Record that the last use was not sent, and which approval it waits for."""
    context = _CURRENT.get()
    if context is not None:
        context.server = server
        if context.uses:
            context.uses[-1].approval, context.uses[-1].digest = approval_id, digest


def record_decision(decided: DecidedApproval, tool: str | None, server: str | None) -> None:
    """Record which approval the request decides, and through which tool and server its write was requested."""
    context = _CURRENT.get()
    if context is not None:
        context.decided, context.tool, context.server = decided, tool, server


def record_execution(account_id: str, model: str, method: str, digest: str) -> None:
    """Record that an approved write is about to be sent."""
    note(account=account_id, model=model, operation=method)
    context = _CURRENT.get()
    if context is not None:
        context.uses.append(ProviderUse(account_id=account_id, model=model, method=method, digest=digest))


def record_refusal(refused: UnifiedError) -> None:
    """Record the status with which the provider refused, if it did."""
    record_answer(refused.provider.status if refused.provider else None)


def record_items(items: Sequence[tuple[str, Any]]) -> list[AuditContext]:
    """Split a batch: return a context for each write (method, request), in place of the uses opened for all of them."""
    context = _CURRENT.get()
    if context is None or not context.uses:
        return [AuditContext() for _ in items]
    opened = {use.method: use for use in context.uses}
    context.uses = [msgspec.structs.replace(opened[method], request=request) for method, request in items]
    return [AuditContext(uses=[use]) for use in context.uses]


@contextmanager
def recording_item(context: AuditContext) -> Iterator[None]:
    """Assign what this task does to one write of a batch; its refusal is recorded and raised again."""
    token = _CURRENT.set(context)
    try:
        yield
    except BaseException as problem:
        for use in context.uses:
            use.problem = problem
        raise
    finally:
        _CURRENT.reset(token)
