"""A tool as a caller has it, and the outcome of a call."""

import hashlib
from typing import Any

import msgspec

from unified.errors.error import UnifiedError
from unified.models import MethodClass
from unified.store.accounts import AccountRow
from unified.store.approvals import ApprovalRow
from unified.transform.tools import ToolDefinition

_ARGUMENTS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "approval_id": {"type": "string", "minLength": 1, "maxLength": 64, "description": "Id of the approval (apr_…)."},
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
        "result": {
            "type": ["object", "null"],
            "properties": {"id": {"type": ["string", "null"]}, "untrusted": {"type": "boolean", "const": True}},
        },
        "targets": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "model": {"type": "string"},
                    "id": {"type": "string"},
                    "name": {"type": ["string", "null"]},
                    "untrusted": {"type": "boolean", "const": True},
                },
            },
        },
    },
    "required": ["status", "summary", "expires_at", "result", "targets"],
}
_TEXT = (
    "Get the status of a write that requires a person's approval: pending, approved, declined, executed, failed, expired, "
    "void or unknown. While it is pending, targets are the records that it is about and that you may read. "
    "Once executed, the result has the id of the record. Read-only."
)


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of one model, for all accounts that support it. Schemas are shared: copy one before you change it."""

    name: str
    method: str
    method_class: MethodClass
    model: str
    """The common model; for a built-in tool, its subject."""
    tags: tuple[str, ...]
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    annotations: dict[str, Any]
    digest: str
    """`sha256:…` of the reviewed definition; for several providers, one digest over theirs."""
    accounts: tuple[AccountRow, ...]
    definitions: dict[str, ToolDefinition] = {}
    """Account id → definition that arguments for the account must fit."""
    labels: dict[str, str] = {}
    """Account id → value of the argument `account`; empty if there is only one account."""


class ToolOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a call of an existing tool."""

    content: bytes
    """The envelope, `{"status": "approval_required", …}` or `{"error": …}` as JSON, written once for every interface."""
    problem: UnifiedError | None = None
    approval: ApprovalRow | None = None
    is_repeated: bool = False
    """Whether it is that of an earlier call with the same idempotency key."""

    @property
    def is_error(self) -> bool:
        """Whether the call failed."""
        return self.problem is not None

    @property
    def structured(self) -> dict[str, Any]:
        """The content as values, read again each time."""
        structured: dict[str, Any] = msgspec.json.decode(self.content)
        return structured


def outcome_of(
    structured: dict[str, Any],
    *,
    problem: UnifiedError | None = None,
    approval: ApprovalRow | None = None,
    is_repeated: bool = False,
) -> ToolOutcome:
    """Return an outcome with this content."""
    content = msgspec.json.encode(structured)
    return ToolOutcome(content=content, problem=problem, approval=approval, is_repeated=is_repeated)


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
"""The built-in tool of callers with writes that require approval."""
