"""What becomes of a request in the audit trail: its uses of accounts as entries without any payload.

A row is a `call` when a provider was asked, a `management` when something of ours was changed, such as an approval that was
asked for or decided, and a `refusal` when neither was done; the decision of a refusal is `denied`. What a provider says no to
is a call that was allowed, with its status.
"""

import asyncio
import re
import secrets
from datetime import datetime
from typing import Any, Literal

import msgspec

from unified.errors import ProviderFailure, ProviderTimeout, UnifiedError
from unified.service.audit.request_context import AuditContext, DecidedApproval, ProviderUse
from unified.service.runtime.services import Services
from unified.store.accounts import AccountRow
from unified.store.audit_chain import AuditEntry

Kind = Literal["call", "refusal", "management"]
Decision = Literal["allowed", "denied"]
KINDS: tuple[Kind, ...] = ("call", "refusal", "management")
DECISIONS: tuple[Decision, ...] = ("allowed", "denied")
OWN = "service"
"""The actor of what nobody asked for."""
CANCELLED = "cancelled"
"""The reason of a call whose caller went away before it ended."""
WAITS = "approval_required"
"""The reason of a write that was not sent but asked for."""
NOT_AN_ID = "(not an id)"
"""In place of a text that is none of our ids: what a caller sends is not kept."""
_ID = re.compile(r"[a-z]{2,4}_[0-9A-Za-z]{1,32}")
_EXACT = 2**53
"""Below it a float without a fraction is the same number as an integer (IEEE 754)."""


class AuditedAct(msgspec.Struct, frozen=True, kw_only=True):
    """One request or command, as far as the trail tells of it."""

    tenant_id: str
    actor: str
    """The id of the key, or `cli`."""
    name: str
    """HTTP method and the route's template, or the command; told where no model is used."""
    changes: bool
    """Whether it changes something of ours when no account is used."""
    target: str | None = None
    """The id of what it changes, as it was given or made."""
    server: str | None = None
    """The MCP server through which an agent asked."""
    request: Any = None
    """What the digest is of; None for no digest."""


async def record(services: Services, asked: AuditedAct, note: AuditContext, problem: BaseException | None) -> None:
    """Put the rows of a request that ended into the trail; answers at once unless something was denied.

    A denial is written before its answer is sent; Overloaded takes the answer's place when it cannot be written.
    """
    entries = _entries(services, asked, note, note.problem if problem is None else problem)
    if isinstance(problem, asyncio.CancelledError) or all(one.decision == "allowed" for one in entries):
        services.audit.add(asked.tenant_id, entries)
    else:
        await services.audit.settle(asked.tenant_id, entries)


def record_repeated(services: Services, asked: AuditedAct, refused: UnifiedError) -> None:
    """A row for a refusal that is likely to repeat; those that follow within the minute are one row with a count.

    It does not wait: a key that is dead must not take longer to refuse than one that never was.
    """
    for entry in _entries(services, asked, AuditContext(), refused):
        services.repeats.add(asked.tenant_id, entry)


def record_own_change(services: Services, row: AccountRow) -> None:
    """A row for a change of an account's status that the service made by itself, such as after a refused grant."""
    record_own(services, row.tenant_id, f"account.{row.status}", target=row.id, reason=row.status_reason, account_id=row.id)


def record_own(
    services: Services, tenant_id: str, method: str, *, target: str, reason: str | None, account_id: str | None = None
) -> None:
    """A row for what the service found or did by itself."""
    entry = AuditEntry(
        id=_new_id(),
        created_at=services.clock(),
        actor=OWN,
        kind="management",
        method=method,
        account_id=account_id,
        target=target,
        decision="allowed",
        reason=reason,
    )
    services.audit.add(tenant_id, [entry])


def _entries(services: Services, asked: AuditedAct, note: AuditContext, problem: BaseException | None) -> list[AuditEntry]:
    now = services.clock()
    decided = [] if note.decided is None else [_of_decision(asked, note, note.decided, now, None if note.uses else problem)]
    if note.uses:
        if problem is not None and note.uses[-1].problem is None:
            note.uses[-1].problem = problem
        return [*decided, *(_of_use(services, asked, note, use, now) for use in note.uses)]
    if decided:
        return decided
    if problem is None and not asked.changes:
        return []
    kind, decision, reason = outcome_of("management", None, problem)
    target = known_form(asked.target)
    return [
        AuditEntry(
            id=_new_id(),
            created_at=now,
            actor=asked.actor,
            kind=kind,
            tool=note.tool,
            method=asked.name,
            account_id=target if target is not None and target.startswith("acc_") else None,
            target=target,
            decision=decision,
            reason=reason,
            digest=_digest(services, asked, asked.request),
            server=asked.server or note.server,
        )
    ]


def _of_decision(
    asked: AuditedAct, note: AuditContext, decided: DecidedApproval, now: datetime, problem: BaseException | None
) -> AuditEntry:
    """The row of who decided about a write; that of the write itself, when it was sent, follows it."""
    kind, decision, reason = outcome_of("management", None, problem)
    return AuditEntry(
        id=_new_id(),
        created_at=now,
        actor=asked.actor,
        kind=kind,
        tool=note.tool,
        method=asked.name,
        model=decided.model,
        account_id=decided.account_id,
        target=decided.approval_id,
        decision=decision,
        reason=reason,
        digest=decided.digest,
        server=note.server,
    )


def _of_use(services: Services, asked: AuditedAct, note: AuditContext, use: ProviderUse, now: datetime) -> AuditEntry:
    kind, decision, reason = outcome_of("call" if use.approval is None else "management", use.status, use.problem)
    request = asked.request if use.request is None else use.request
    return AuditEntry(
        id=_new_id(),
        created_at=now,
        actor=asked.actor,
        kind=kind,
        tool=note.tool,
        method=use.method,
        model=use.model,
        account_id=known_form(use.account_id),
        target=use.approval,
        decision=decision,
        reason=WAITS if use.approval is not None and reason is None else reason,
        status=use.status,
        digest=use.digest or _digest(services, asked, {"model": use.model, "method": use.method, "request": request}),
        server=asked.server or note.server,
    )


def outcome_of(done: Kind, status: int | None, problem: BaseException | None) -> tuple[Kind, Decision, str | None]:
    """Kind, decision and reason of what was tried; `done` is its kind when it was done.

    A problem after the provider answered, or while it was awaited, does not make the call a refusal: it was made.
    """
    if problem is None:
        return done, "allowed", None
    if isinstance(problem, asyncio.CancelledError):
        return done, "allowed", CANCELLED
    reason = problem.code if isinstance(problem, UnifiedError) else UnifiedError.code
    if status is not None or isinstance(problem, ProviderFailure | ProviderTimeout) or _is_of_provider(problem):
        return "call", "allowed", reason
    return "refusal", "denied", reason


def _is_of_provider(problem: BaseException) -> bool:
    return isinstance(problem, UnifiedError) and problem.provider is not None and problem.provider.status is not None


def known_form(text: str | None) -> str | None:
    """An id as it is, when it has the form of ours; a caller's other texts are not kept."""
    return text if text is None or _ID.fullmatch(text) else NOT_AN_ID


def _new_id() -> str:
    return f"aud_{secrets.token_hex(16)}"


def _digest(services: Services, asked: AuditedAct, request: Any) -> str | None:
    if asked.request is None:
        return None
    return services.vault.digest(canonical(request), context=("audit", asked.tenant_id))


def canonical(request: Any) -> bytes:
    """One text for all spellings of a request: keys in order, no spaces."""
    return msgspec.json.encode(request, order="sorted")


def canonical_body(content: bytes) -> Any:
    """A body as the value that it means, so that order of keys, spaces and the spelling of numbers do not matter.

    A body that is no JSON, or whose numbers are out of reach, stands for itself.
    """
    try:
        value = _BODY.decode(content)
        msgspec.json.encode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError):
        return {"bytes": content}
    return {"json": value}


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


_BODY = msgspec.json.Decoder(float_hook=_number)
