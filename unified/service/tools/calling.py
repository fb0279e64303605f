"""Calling a tool: only what is offered exists, arguments are checked here, and whatever fails is an answer that says why."""

import copy
from collections.abc import Iterator
from typing import Any

import msgspec
import structlog

from unified.errors import FieldProblem, Internal, ProviderProblem, UnifiedError, UnknownTool, ValidationFailed
from unified.models import MODELS
from unified.service.access.principals import Principal
from unified.service.access.scopes import CLASSES, METHOD_CLASSES, FieldScope, Scope, hidden_fields, require_account
from unified.service.accounts.accounts import account_for_call
from unified.service.approvals import Write, approval_for, write_or_ask
from unified.service.audit.request_context import record_problem, record_tool, record_use
from unified.service.records.call import Call
from unified.service.records.provider_calls import open_call
from unified.service.records.reading import ListWarning, get_record, list_records, next_cursor
from unified.service.runtime.services import Services
from unified.service.tools.arguments import check_arguments, check_bounds, chosen, failed
from unified.service.tools.catalog import known_names, offered_tool
from unified.service.tools.result_limits import Record, ResultBuilder, envelope, failure, fitted
from unified.service.tools.tool import GET_APPROVAL, Tool, ToolOutcome
from unified.store.accounts import AccountRow
from unified.store.approvals import ApprovalRow
from unified.telemetry.exceptions import describe_fault
from unified.transform.query import query_from_object
from unified.transform.tools import ToolDefinition

log = structlog.get_logger("unified.tools")
NO_TOOL = "no such tool is offered here; list the tools to see which are"


async def call_tool(
    services: Services, principal: Principal, name: str, arguments: Any, *, account_id: str | None = None
) -> ToolOutcome:
    """Do what a tool stands for; a refusal or failure is an outcome that says so, for the caller to read.

    `account_id` names the account beside the arguments, in place of `account` among them.

    Raises:
        UnknownTool: the tool is not offered to this principal. No provider is reached, and no argument looked at.
        OutsideAccounts, NotFound: `account_id` is none that the principal may use.
        Internal: a fault of ours.
    """
    known = name == GET_APPROVAL.name or name in known_names(services.catalog)
    record_tool(name if known else None, principal.server)
    seen = principal if account_id is None else await for_account(services, principal, account_id)
    tool = await offered_tool(services, seen, name)
    if tool is None:
        unknown = UnknownTool(NO_TOOL)
        record_problem(unknown)  # for a face that answers it, where it does not end the request
        raise unknown
    try:
        return await _called(services, principal, tool, arguments)
    except UnifiedError as problem:
        record_problem(problem)
        told = _for_caller(principal, tool, problem)
        return ToolOutcome(structured=failure(told), is_error=True, problem=told)
    except Exception as fault:  # noqa: BLE001 - its text may hold values of a caller or a provider and goes no further
        log.error("fault", **describe_fault(fault))  # noqa: TRY400 - a traceback would hold values
        raise Internal("something went wrong here; the request id finds it in the log") from None


async def for_account(services: Services, principal: Principal, account_id: str) -> Principal:
    """The principal with one account only; OutsideAccounts, or NotFound for one that is unknown or another tenant's."""
    require_account(principal.scopes, account_id)
    await account_for_call(services, principal.tenant_id, account_id)
    return narrowed_to(principal, Scope(accounts=(account_id,), methods=METHOD_CLASSES, fields=FieldScope(classes=CLASSES)))


def narrowed_to(principal: Principal, scope: Scope) -> Principal:
    """The principal with one more scope that must allow; it cannot become wider by that, whatever the scope says."""
    return msgspec.structs.replace(principal, extra_scopes=(*principal.extra_scopes, scope))


async def _called(services: Services, principal: Principal, tool: Tool, arguments: Any) -> ToolOutcome:
    if not tool.definitions:
        return await _own(services, principal, tool, arguments)
    account = tool.accounts[0] if len(tool.accounts) == 1 else None
    try:
        account, given = chosen(tool, check_bounds(arguments))
        definition = tool.definitions[account.id]
        check_arguments(definition.input_schema, given)
    except ValidationFailed:
        if account is not None:
            record_use(account.id, tool.model, tool.method)
        raise
    return await run(services, principal, account, definition, given)


async def _own(services: Services, principal: Principal, tool: Tool, arguments: Any) -> ToolOutcome:
    """`get_approval`, the only tool of the service itself."""
    given = check_bounds(arguments)
    check_arguments(tool.input_schema, given)
    row = await approval_for(services, principal, given["approval_id"])
    told = {
        "status": row.status,
        "summary": row.summary,
        "expires_at": row.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "result": {"id": row.result_id} if row.result_id else None,
    }
    return ToolOutcome(structured=told)


def _for_caller(principal: Principal, tool: Tool, problem: UnifiedError) -> UnifiedError:
    """The refusal without the provider's own words where they could tell of a hidden field."""
    if problem.provider is None or not tool.definitions or not hidden_fields(principal.scopes, MODELS[tool.model]):
        return problem
    told = copy.copy(problem)
    told.provider = ProviderProblem(name=problem.provider.name, status=problem.provider.status)
    return told


OWN_PREFIX = "custom_fields."


async def run(
    services: Services, principal: Principal, account: AccountRow, definition: ToolDefinition, given: Record
) -> ToolOutcome:
    """What comes of the call; UnifiedError as the service raises it."""
    call = await open_call(services, principal, account.id, definition.model, definition.method)
    sheet = ResultBuilder(shown_fields(definition), services.settings.tool_result_max_bytes)
    if definition.method in {"list", "get"}:
        _refuse_unreadable(definition, given)
    if definition.method == "list":
        return ToolOutcome(structured=await _list(call, given, sheet))
    if definition.method == "get":
        return ToolOutcome(structured=await _get(call, given, sheet))
    return await _write(call, definition, given, sheet)


def shown_fields(definition: ToolDefinition) -> frozenset[str]:
    """The fields that the tool's output schema names: what is hidden or not mapped is not there, not even as null."""
    data = definition.output_schema["properties"]["data"]
    return frozenset(data.get("items", data)["properties"])


async def _list(call: Call, given: Record, sheet: ResultBuilder) -> Record:
    query = query_from_object(given, call.mapping.model)
    page = await list_records(call, query, room=sheet.take)
    cursor = next_cursor(call, page)
    result = envelope(call.account.provider, sheet.records, sheet.tally, warnings=page.warnings, cursor=cursor)
    return fitted(result, call.services.settings.tool_result_max_bytes)


async def _get(call: Call, given: Record, sheet: ResultBuilder) -> Record:
    query = query_from_object({name: value for name, value in given.items() if name != "id"}, call.mapping.model)
    return _one(call, await get_record(call, given["id"], query), sheet)


def _one(call: Call, record: Record, sheet: ResultBuilder, warnings: tuple[ListWarning, ...] = ()) -> Record:
    sheet.take(record)
    return envelope(call.account.provider, sheet.records[0], sheet.tally, warnings=warnings)


async def _write(call: Call, definition: ToolDefinition, given: Record, sheet: ResultBuilder) -> ToolOutcome:
    path = {name: given[name] for name in call.mapping.model.path_parameters if name in given}
    takes_id = definition.method != "create"
    body = {name: value for name, value in given.items() if name not in path and not (takes_id and name == "id")}
    write = Write(method=definition.method, record_id=given["id"] if takes_id else None, body=body, path=path)
    written = await write_or_ask(call, write, tool=definition.name)
    if written.approval is not None:
        return ToolOutcome(structured=_waiting(written.approval), approval=written.approval)
    if written.record is None:
        gone = {"id": given["id"], "deleted": True}
        return ToolOutcome(structured=envelope(call.account.provider, gone, sheet.tally))
    return ToolOutcome(structured=_one(call, written.record, sheet, warnings=written.warnings))


def _refuse_unreadable(definition: ToolDefinition, given: Record) -> None:
    """Refuse what the schema lets pass and a query cannot say, without telling what it was.

    Queries are read as in a URL, where a comma parts one item from the next. A field of the provider's own is any text to
    the schema, so another text could pass for one.
    """
    for pointer, items in _lists(given):
        if any(isinstance(one, str) and "," in one for one in items):
            raise failed([FieldProblem(pointer=pointer, code="pattern", message="expected items without commas")])
    known = shown_fields(definition)
    for place, name in enumerate(given.get("fields", ())):
        if name not in known and not name.startswith(OWN_PREFIX):
            message = f"expected a field of the tool's answer, or {OWN_PREFIX}NAME"
            raise failed([FieldProblem(pointer=f"/fields/{place}", code="enum", message=message)])


def _lists(given: Record) -> Iterator[tuple[str, list[Any]]]:
    """Every list among the arguments of a query, with its place."""
    yield from ((f"/{name}", one) for name, one in given.items() if isinstance(one, list))
    for name, condition in given.get("filter", {}).items():
        if isinstance(condition, dict):
            yield from ((f"/filter/{name}/{key}", one) for key, one in condition.items() if isinstance(one, list))


def _waiting(approval: ApprovalRow) -> Record:
    return {
        "status": "approval_required",
        "approval": {
            "id": approval.id,
            "summary": approval.summary,
            "digest": approval.digest,
            "expires_at": approval.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        },
    }
