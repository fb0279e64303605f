"""A tool as somebody is offered it, and what comes of calling one."""

import hashlib
from typing import Any

import msgspec

from unified.errors import UnifiedError
from unified.models import MethodClass
from unified.store.accounts import AccountRow
from unified.store.approvals import ApprovalRow
from unified.transform.tools import ToolDefinition


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of one model, over all accounts that offer it. Schemas are shared: copy one before you change it."""

    name: str
    method: str
    method_class: MethodClass
    model: str
    """Of a tool of the service itself, what it is about."""
    tags: tuple[str, ...]
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    annotations: dict[str, Any]
    digest: str
    """`sha256:…`: what the reviews were for; one digest over all of them where several providers offer it."""
    accounts: tuple[AccountRow, ...]
    definitions: dict[str, ToolDefinition] = {}
    """Account id → what it offers under this name: what arguments for it must fit."""
    labels: dict[str, str] = {}
    """Account id → what it is called among the choices of `account`; empty when there is nothing to choose."""


class ToolOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a call that was allowed to be tried."""

    structured: dict[str, Any]
    """The envelope, `{"status": "approval_required", …}` or `{"error": …}`."""
    is_error: bool = False
    problem: UnifiedError | None = None
    approval: ApprovalRow | None = None


_ARGUMENTS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "approval_id": {"type": "string", "minLength": 1, "maxLength": 64, "description": "Id of the approval: apr_…"},
    },
    "required": ["approval_id"],
    "additionalProperties": False,
}
_ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "status": {"type": "string"},
        "summary": {"type": "string"},
        "expires_at": {"type": ["string", "null"]},
        "result": {"type": ["object", "null"], "properties": {"id": {"type": ["string", "null"]}}},
    },
    "required": ["status", "summary", "expires_at", "result"],
}
_TEXT = (
    "Tells what became of a write that waits for a person's approval: pending, approved, declined, executed, failed, "
    "expired, void or unknown; when it was executed, also the id of the record. Nothing is done by asking."
)

GET_APPROVAL = Tool(
    name="get_approval",
    method="get",
    method_class="read",
    model="approvals",
    tags=(),
    description=_TEXT,
    input_schema=_ARGUMENTS,
    output_schema=_ANSWER,
    annotations={
        "title": "Get an approval",
        "readOnlyHint": True,
        "destructiveHint": False,
        "idempotentHint": True,
        "openWorldHint": False,
    },
    digest=f"sha256:{hashlib.sha256(msgspec.json.encode([_TEXT, _ARGUMENTS], order='sorted')).hexdigest()}",
    accounts=(),
)
"""Offered to those whose writes wait for an approval."""
