"""The audit rows of one request: its uses of accounts, as entries without payloads.

A row is a `call` if a provider was asked, a `management` if something in Unified was changed, such as an approval that was
requested or decided, and a `refusal` if neither happened; the decision of a refusal is `denied`. A provider's refusal is a call
that was allowed, with the provider's status.
"""

import asyncio
import re
import secrets
from datetime import datetime
from typing import Any, Literal

import msgspec

from unified.errors.error import UnifiedError
from unified.errors.providers import ProviderFailure, ProviderTimeout
from unified.service.runtime.services import Services
from unified.store.accounts import AccountRow
from unified.store.audit_chain import FIELD_SEPARATOR, AuditEntry
from unified.telemetry.request_scope import DecidedApproval, ProviderUse, RequestScope, current_request_id

Kind = Literal["call", "refusal", "management"]
Decision = Literal["allowed", "denied"]
KINDS: tuple[Kind, ...] = ("call", "refusal", "management")
DECISIONS: tuple[Decision, ...] = ("allowed", "denied")
OWN = "service"
"""The actor of what the service does by itself."""
CANCELLED = "cancelled"
"""The reason of a call if the caller went away before it ended."""
WAITS = "approval_required"
"""The reason of a write that was not sent, because it needs an approval."""
NOT_AN_ID = "(not an id)"
"""Replaces a text that is not an id of Unified, as a caller's text is not stored."""
_ID = re.compile(r"[a-z]{2,4}_[0-9A-Za-z]{1,32}")
_EXACT = 2**53
"""Below it a float without a fraction is the same number as an integer (IEEE 754)."""


class AuditedAct(msgspec.Struct, frozen=True, kw_only=True):
    """The part of one request or command that the audit records."""

    tenant_id: str
    actor: str
    """The id of the key, or `cli`."""
    name: str
    """HTTP method and the route's template, or the command; recorded if no model is used."""
    changes: bool
    """Whether it changes something in Unified if no account is used."""
    target: str | None = None
    """The id of what it changes or creates."""
    server: str | None = None
    """The MCP server through which an agent act."""
    request: Any = None
    """The bytes that the digest covers; None for no digest."""


async def record(services: Services, act: AuditedAct, context: RequestScope, problem: BaseException | None) -> None:
    """Write the audit rows of a request that ended; returns immediately unless something was denied.

    A denial is written before its answer is sent.

    Raises:
        Overloaded: a denial could not be written; this error replaces the answer.
    """
    entries = _entries(services, act, context, context.problem if problem is None else problem)
    if isinstance(problem, asyncio.CancelledError) or all(one.decision == "allowed" for one in entries):
        services.audit.enqueue(act.tenant_id, entries)
    else:
        await services.audit.write_through(act.tenant_id, entries)


def record_repeated(services: Services, act: AuditedAct, refused: UnifiedError) -> None:
    """Write a row for a refusal that is likely to repeat; the repetitions within a minute become one row with a count.

    It does not wait: refusing a revoked key must take no longer than refusing one that never existed.
    """
    for entry in _entries(services, act, RequestScope(), refused):
        services.repeats.add(act.tenant_id, entry)


def record_own_change(services: Services, row: AccountRow) -> None:
    """Write a row for a change of an account's status that the service made by itself, such as after a refused grant."""
    record_own(services, row.tenant_id, f"account.{row.status}", target=row.id, reason=row.status_reason, account_id=row.id)


def record_own(
    services: Services, tenant_id: str, method: str, *, target: str, reason: str | None, account_id: str | None = None
) -> None:
    """Write a row for an event that the service found or caused by itself."""
    entry = AuditEntry(
        id=_new_id(),
        request_id=current_request_id(),
        created_at=services.clock(),
        actor=OWN,
        kind="management",
        method=method,
        account_id=account_id,
        target=target,
        decision="allowed",
        reason=reason,
    )
    services.audit.enqueue(tenant_id, [entry])


def _entries(services: Services, act: AuditedAct, context: RequestScope, problem: BaseException | None) -> list[AuditEntry]:
    now = services.clock()
    decided = (
        [] if context.decided is None else [_of_decision(act, context, context.decided, now, None if context.uses else problem)]
    )
    if context.uses:
        if problem is not None and context.uses[-1].problem is None:
            context.uses[-1].problem = problem
        return [*decided, *(_of_use(services, act, context, use, now) for use in context.uses)]
    if decided:
        return decided
    if problem is None and not act.changes:
        return []
    kind, decision, reason = outcome_of("management", None, problem)
    target = known_form(act.target)
    return [
        AuditEntry(
            id=_new_id(),
            request_id=current_request_id(),
            created_at=now,
            actor=act.actor,
            kind=kind,
            tool=context.tool,
            method=act.name,
            account_id=target if target is not None and target.startswith("acc_") else None,
            target=target,
            decision=decision,
            reason=context.reason if reason is None else reason,
            digest=_digest(services, act, act.request),
            server=act.server or context.server,
        )
    ]


def _of_decision(
    act: AuditedAct, context: RequestScope, decided: DecidedApproval, now: datetime, problem: BaseException | None
) -> AuditEntry:
    """Return the row of a decision about a write; the row of the write itself follows it if the write was sent."""
    kind, decision, reason = outcome_of("management", None, problem)
    return AuditEntry(
        id=_new_id(),
        request_id=current_request_id(),
        created_at=now,
        actor=act.actor,
        kind=kind,
        tool=context.tool,
        method=act.name,
        model=decided.model,
        account_id=decided.account_id,
        target=decided.approval_id,
        decision=decision,
        reason=reason,
        digest=decided.digest,
        server=context.server,
    )


def _of_use(services: Services, act: AuditedAct, context: RequestScope, use: ProviderUse, now: datetime) -> AuditEntry:
    kind, decision, reason = outcome_of("call" if use.approval is None else "management", use.status, use.problem)
    request = act.request if use.request is None else use.request
    return AuditEntry(
        id=_new_id(),
        request_id=current_request_id(),
        created_at=now,
        actor=act.actor,
        kind=kind,
        tool=context.tool,
        method=use.method,
        model=use.model,
        account_id=known_form(use.account_id),
        target=use.approval,
        decision=decision,
        reason=WAITS if use.approval is not None and reason is None else reason,
        status=use.status,
        digest=use.digest or _digest(services, act, {"model": use.model, "method": use.method, "request": request}),
        server=act.server or context.server,
        fields=None if use.fields is None else FIELD_SEPARATOR.join(sorted(use.fields)),
    )


def outcome_of(done: Kind, status: int | None, problem: BaseException | None) -> tuple[Kind, Decision, str | None]:
    """Return the kind, decision and reason of a request; `done` is its kind if it was carried out.

    A problem after the provider answered, or while it was awaited, does not make a call a refusal: the call was made.
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
    """Return an id that has the form of Unified's ids; `NOT_AN_ID` for a caller's other texts, which are not stored."""
    return text if text is None or _ID.fullmatch(text) else NOT_AN_ID


def _new_id() -> str:
    return f"aud_{secrets.token_hex(16)}"


def _digest(services: Services, act: AuditedAct, request: Any) -> str | None:
    if act.request is None:
        return None
    return services.vault.digest(canonical(request), context=("audit", act.tenant_id))


def canonical(request: Any) -> bytes:
    """Return the same JSON for all spellings of a request: keys in order, no spaces."""
    return msgspec.json.encode(request, order="sorted")


def canonical_body(content: bytes) -> Any:
    """Return a body as the value that it means, so that the order of keys, spaces and the spelling of numbers do not matter.

    A body that is not JSON, or has numbers that cannot be represented, is returned as its bytes.
    """
    try:
        value = _BODY.decode(content)
        msgspec.json.encode(value)
    except (msgspec.MsgspecError, RecursionError, OverflowError):
        return {"bytes": content}
    return {"json": value}


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


_BODY = msgspec.json.Decoder(float_hook=_number)
