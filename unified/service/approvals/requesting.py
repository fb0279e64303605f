"""A write is done, or, where the caller's scope says so, asked for: checked like the write itself, and nothing is sent."""

from datetime import timedelta

import msgspec

from unified.errors import RateLimited
from unified.service.approvals.comparison import view_of
from unified.service.approvals.payload import payload_of, seal_payload, summarize
from unified.service.audit.request_context import audit_context, record_approval_request
from unified.service.records.provider_calls import Call
from unified.service.records.writing import Write, Written, execute_write
from unified.service.runtime.events import approval_events
from unified.store import approvals
from unified.store.approvals import ApprovalRow
from unified.vault.tokens import new_id

MAX_WAITING = 1000
"""Writes of one tenant that wait at a time, or about so many when several workers add at once."""
TRY_AGAIN = 60.0
"""Seconds after which a caller who was refused for it may ask again."""


async def write_or_ask(call: Call, write: Write, *, tool: str | None = None) -> Written:
    """Do a write, or ask for its approval; `tool` is the name of the agent's tool that it came through.

    A write that is asked for is planned, and the record that it would change is read, so that nobody is asked to approve what
    cannot be sent.

    Raises what the write would raise for a body, a field or an id that cannot be written, and what the provider answers to
    what is read; RateLimited when too many wait.
    """
    if not call.needs_approval:
        return await execute_write(call, write)
    return Written(approval=await _ask(call, write, tool))


async def _ask(call: Call, write: Write, tool: str | None) -> ApprovalRow:
    services, principal, account = call.services, call.principal, call.account
    now = services.clock()
    document = payload_of(call, write, tool, now)
    with audit_context():  # what is read is part of asking, not a call of its own
        seen = await view_of(msgspec.structs.replace(call, needs_approval=False), document, judged=True)
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
        scope_digest=document.scope,
        mapping_digest=document.mapping,
        status="pending",
        status_reason=None,
        result_id=None,
        decided_by=None,
        decided_at=None,
        execute_until=None,
        created_at=now,
        expires_at=now + timedelta(seconds=services.settings.approval_lifetime),
    )
    tell = approval_events("approval.requested", services.clock)
    if not await approvals.add(services.database, row, seal_payload(services, row.id, document), most=MAX_WAITING, tell=tell):
        raise RateLimited(
            f"{MAX_WAITING} writes wait for their approval already: have some decided, or let them expire",
            retry_after=TRY_AGAIN,
        )
    record_approval_request(row.id, row.digest, principal.server)
    return row
