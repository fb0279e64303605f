"""Tools of the service itself. They change nothing and reach no provider."""

import hashlib
from typing import Any

import msgspec

from unified.service.tools.tool import Tool

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
