"""Writes that are made or, where the caller's scope says so, requested: checked like the write itself, but nothing is sent."""

from datetime import timedelta

import msgspec

from unified.errors.service import RateLimited
from unified.service.approvals.comparison import plan_view
from unified.service.approvals.payload import payload_of, seal_payload, summarize
from unified.service.records.calls.call import Call
from unified.service.records.writing.idempotency import once
from unified.service.records.writing.write import Write, Written
from unified.service.records.writing.write_keys import WriteKey
from unified.service.records.writing.writing import execute_write
from unified.service.runtime.events import approval_events
from unified.store import approvals
from unified.store.approvals import ApprovalRow, WaitingLimit, WaitingLimits
from unified.telemetry.recording import record_approval_request
from unified.telemetry.request_scope import audit_context, current_request_id
from unified.vault.tokens import new_id

LIMITS = WaitingLimits(requester=200, tenant=1000, reserved=20)
"""Pending writes at a time. One requester cannot take what the others of its tenant need."""
RETRY_AFTER_SECONDS = 60.0
"""When a caller may ask again after it was refused for too many pending writes."""


async def write_once(call: Call, write: Write, key: WriteKey | None, *, tool: str | None = None) -> tuple[Written, bool]:
    """Make a write or request its approval as `write_or_ask` does, once for a key.

    Returns its outcome, and whether this is a repetition; raises as `once` and `write_or_ask` do.
    """
    return await once(call, key, write, lambda: write_or_ask(call, write, tool=tool))


async def write_or_ask(call: Call, write: Write, *, tool: str | None = None) -> Written:
    """Make a write, or request its approval; `tool` is the name of the agent's tool that it came through.

    A requested write is planned, and the record that it would change is read, so that no one is asked to approve what cannot be
    sent.

    Raises:
        RateLimited: too many writes are pending.
        UnifiedError: what the write would raise for a body, a field or an id that cannot be written, and what the provider
            answers when the record is read.
    """
    if not call.needs_approval:
        return await execute_write(call, write)
    return Written(approval=await _ask(call, write, tool))


async def _ask(call: Call, write: Write, tool: str | None) -> ApprovalRow:
    services, principal, account = call.services, call.principal, call.account
    now = services.clock()
    payload = payload_of(call, write, tool, now)
    with audit_context():  # reads are part of the request, not separate calls
        seen = await plan_view(msgspec.structs.replace(call, needs_approval=False), payload, authorize=True)
    row = ApprovalRow(
        id=new_id("apr_"),
        tenant_id=account.tenant_id,
        account_id=account.id,
        connections=account.connections,
        requested_by=principal.key_id,
        key_id=principal.api_key_id,
        tool=tool,
        method=write.method,
        model=call.mapping.model.id,
        summary=summarize(call.mapping.model, write, account.name),
        digest=seen.details.digest,
        plan_digest=seen.plan_digest,
        scope_digest=payload.scope,
        mapping_digest=payload.mapping,
        status="pending",
        status_reason=None,
        result_id=None,
        decided_by=None,
        decided_at=None,
        execute_until=None,
        request_id=current_request_id(),
        created_at=now,
        expires_at=now + timedelta(seconds=services.settings.approval_lifetime),
    )
    event_of = approval_events("approval.requested", services.clock)
    sealed = seal_payload(services, row.id, payload)
    limit = await approvals.add(services.database, row, sealed, limits=LIMITS, event_of=event_of)
    if limit is not None:
        raise _too_many(limit)
    record_approval_request(row.id, row.digest, principal.server)
    return row


def _too_many(limit: WaitingLimit) -> RateLimited:
    owners = {
        "requester": f"{LIMITS.requester} writes of this key or MCP server",
        "tenant": f"{LIMITS.tenant} writes of the tenant, {LIMITS.reserved} or more of them of this key or MCP server,",
    }
    return RateLimited(
        f"{owners[limit]} wait for their approval already: have some decided, or let them expire",
        retry_after=RETRY_AFTER_SECONDS,
    )
