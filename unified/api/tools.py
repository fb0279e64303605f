"""Handlers of tools: what a key is offered as functions to call, and calling one."""

from typing import Any

import msgspec
from litestar import Response

from unified.api.context import Context, json_answer
from unified.errors import ValidationFailed
from unified.service.access.principals import Principal
from unified.service.access.scope_inheritance import read_scope, scope_vocabulary
from unified.service.access.scopes import CLASSES, METHOD_CLASSES, FieldScope
from unified.service.tools import call_tool, offered_tools
from unified.service.tools.calling import restrict_to_account, restrict_to_scope
from unified.service.tools.formats import FORMATS

EVERY_FIELD = FieldScope(classes=CLASSES)


class ToolCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked of a tool: its arguments, and the account unless it stands among them."""

    account_id: str | None = None
    arguments: Any = msgspec.field(default_factory=dict)


async def list_tools(context: Context) -> Response[Any]:
    """GET /tools."""
    asked = context.parameters("account_id", "methods", "tags", "format")
    shape = FORMATS.get(asked.get("format", "mcp"))
    if shape is None:
        raise ValidationFailed.at("format", f"expected one of {', '.join(FORMATS)}")
    tools = await offered_tools(context.services, await _narrowed(context, asked))
    return json_answer({"data": [shape(one) for one in tools], "next_cursor": None})


async def _narrowed(context: Context, asked: dict[str, str]) -> Principal:
    """The caller, within what the query names; it narrows the key's own scope and cannot widen it."""
    caller, account_id = context.principal, context.named_account()
    if account_id:
        caller = await restrict_to_account(context.services, caller, account_id)
    words = {
        name: [one.strip() for one in asked[name].split(",") if one.strip()] for name in ("methods", "tags") if name in asked
    }
    if not words:
        return caller
    scope = read_scope({"methods": METHOD_CLASSES, **words}, scope_vocabulary(context.services.catalog))
    return restrict_to_scope(caller, msgspec.structs.replace(scope, fields=EVERY_FIELD))


async def run_tool(context: Context) -> Response[Any]:
    """POST /tools/{name}."""
    asked = await context.body(ToolCall)
    named = context.named_account()
    if asked.account_id and named and asked.account_id != named:
        raise ValidationFailed.at("account_id", "the body names another account than the query or header; give one of them")
    account_id = asked.account_id or named
    outcome = await call_tool(context.services, context.principal, context.path("name"), asked.arguments, account_id=account_id)
    if outcome.problem is not None:
        raise outcome.problem
    if outcome.approval is not None:
        return json_answer(outcome.structured, status=202)
    return json_answer({"result": outcome.structured})
