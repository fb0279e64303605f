"""What a request turned out to be, noted where it is known and read once at its end: one audit row for each use of a model.

A note is open for the time of one request, and every part that runs for the request finds it by itself, in whatever task;
so no function has to hand it on, and none can forget to. Without an open note nothing is noted, as for embedded use.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import msgspec

from unified.errors import UnifiedError


class ProviderUse(msgspec.Struct, kw_only=True):
    """One use of an account, as far as it got."""

    account_id: str
    model: str | None
    """None for the pass-through."""
    method: str
    status: int | None = None
    """The provider's last answer; None while there is none."""
    problem: BaseException | None = None
    request: Any = None
    """One write of a batch; None when the use is the whole request."""
    approval: str | None = None
    """The id of the approval that was asked for, so that nothing was sent."""
    digest: str | None = None
    """The digest of the write that was asked for or approved, by which their rows can be joined."""


class DecidedApproval(msgspec.Struct, frozen=True, kw_only=True):
    """The approval that a request decides, as far as the trail tells of it."""

    approval_id: str
    account_id: str
    model: str
    digest: str


class AuditContext(msgspec.Struct, kw_only=True):
    """What is known of one request so far."""

    tool: str | None = None
    """The tool's name, when an agent called one, or asked for the write that is decided."""
    server: str | None = None
    """The MCP server through which the agent called."""
    decided: DecidedApproval | None = None
    tenant_id: str | None = None
    """Whose it is, where that is found on the way, as on the command line."""
    content: bytes = b""
    """The body, once it was read; it leaves as part of a digest only."""
    uses: list[ProviderUse] = []
    problem: BaseException | None = None
    """What was refused although the request is answered as if it was done: a failed call of a tool is an answer."""


_CURRENT: ContextVar[AuditContext | None] = ContextVar("unified_audit_note", default=None)


@contextmanager
def audit_context(tool: str | None = None) -> Iterator[AuditContext]:
    """Open a note for the time of one request."""
    note = AuditContext(tool=tool)
    token = _CURRENT.set(note)
    try:
        yield note
    finally:
        _CURRENT.reset(token)


def record_tenant(tenant_id: str) -> None:
    """Note whose request this is."""
    note = _CURRENT.get()
    if note is not None:
        note.tenant_id = tenant_id


def record_content(content: bytes) -> None:
    """Note the request's body."""
    note = _CURRENT.get()
    if note is not None:
        note.content = content


def record_tool(name: str | None, server: str | None) -> None:
    """Note which tool is called, and through which MCP server; a name that no tool has is a caller's text and not kept."""
    note = _CURRENT.get()
    if note is not None:
        note.tool, note.server = name, server


def record_problem(problem: BaseException) -> None:
    """Note a refusal after which the request itself goes on; it belongs to the last use of an account, if there was one."""
    note = _CURRENT.get()
    if note is not None and note.uses:
        note.uses[-1].problem = problem
    elif note is not None:
        note.problem = problem


def record_use(account_id: str, model: str | None, method: str) -> None:
    """Note that an account is about to be used; what follows, until the next use, belongs to it."""
    note = _CURRENT.get()
    if note is not None:
        note.uses.append(ProviderUse(account_id=account_id, model=model, method=method))


def record_method(method: str) -> None:
    """Note the method of the last use, now that it is known to be one."""
    note = _CURRENT.get()
    if note is not None and note.uses:
        note.uses[-1].method = method


def record_answer(status: int | None) -> None:
    """Note what the provider answered; None when it did not."""
    note = _CURRENT.get()
    if note is not None and note.uses and status is not None:
        note.uses[-1].status = status


def record_approval_request(approval_id: str, digest: str, server: str | None) -> None:
    """Note that the last use was not sent, and which approval it waits for."""
    note = _CURRENT.get()
    if note is not None:
        note.server = server
        if note.uses:
            note.uses[-1].approval, note.uses[-1].digest = approval_id, digest


def record_decision(decided: DecidedApproval, tool: str | None, server: str | None) -> None:
    """Note which approval this request decides, and through which tool and server its write was asked for."""
    note = _CURRENT.get()
    if note is not None:
        note.decided, note.tool, note.server = decided, tool, server


def record_execution(account_id: str, model: str, method: str, digest: str) -> None:
    """Note that an approved write is about to be sent."""
    note = _CURRENT.get()
    if note is not None:
        note.uses.append(ProviderUse(account_id=account_id, model=model, method=method, digest=digest))


@contextmanager
def recording_answer() -> Iterator[None]:
    """Note the status with which a provider refuses within the block."""
    try:
        yield
    except UnifiedError as refused:
        record_answer(refused.provider.status if refused.provider else None)
        raise


def record_items(items: Sequence[tuple[str, Any]]) -> list[AuditContext]:
    """Split a batch: a note for each write (method, request) in place of the uses that were opened for all of them."""
    note = _CURRENT.get()
    if note is None or not note.uses:
        return [AuditContext() for _ in items]
    opened = {use.method: use for use in note.uses}
    note.uses = [msgspec.structs.replace(opened[method], request=request) for method, request in items]
    return [AuditContext(uses=[use]) for use in note.uses]


@contextmanager
def recording_item(note: AuditContext) -> Iterator[None]:
    """Let what this task does belong to one write of a batch; its refusal is noted and goes on."""
    token = _CURRENT.set(note)
    try:
        yield
    except BaseException as problem:
        for use in note.uses:
            use.problem = problem
        raise
    finally:
        _CURRENT.reset(token)
