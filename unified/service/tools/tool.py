"""A tool as somebody is offered it, and what comes of calling one."""

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
