"""Tool calls: a caller can call only the tools in its list, arguments are validated, and failures become results."""

import copy
from collections.abc import Iterator
from typing import Any

import msgspec

from unified.errors.error import FieldProblem, ProviderProblem, UnifiedError
from unified.errors.names import unknown_name
from unified.errors.requests import UnknownTool, ValidationFailed
from unified.errors.service import Internal
from unified.models import MAKING, MODELS, UPSERT
from unified.service.access.principals import Principal
from unified.service.access.scopes import CLASSES, METHOD_CLASSES, FieldScope, Scope, hidden_fields, require_account
from unified.service.accounts.accounts import account_for_call
from unified.service.approvals import Write, approval_for, write_or_ask
from unified.service.audit.request_context import record_problem, record_tool, record_use
from unified.service.records.call import Call
from unified.service.records.idempotency import once
from unified.service.records.provider_calls import open_call
from unified.service.records.reading import get_record, list_records, next_cursor
from unified.service.records.record_warnings import ListWarning, warnings_of
from unified.service.records.versions import shown_version
from unified.service.runtime.services import Services
from unified.service.tools.arguments import arguments_error, as_listed, check_arguments, check_bounds, select_account
from unified.service.tools.catalog import all_tool_names, offered_names, offered_tool
from unified.service.tools.result_limits import Record, ResultBuilder, error_result, fit_page, result_envelope
from unified.service.tools.tool import GET_APPROVAL, Tool, ToolOutcome
from unified.store.accounts import AccountRow
from unified.store.approvals import ApprovalRow
from unified.store.failures import describe_fault
from unified.telemetry.loggers import get_logger
from unified.transform.query_reading import query_from_object
from unified.transform.tools import ToolDefinition

log = get_logger("unified.tools")
CUSTOM_PREFIX = "custom_fields."


async def call_tool(
    services: Services,
    principal: Principal,
    name: str,
    arguments: Any,
    *,
    account_id: str | None = None,
    key: str | None = None,
) -> ToolOutcome:
    """Call a tool. An error of the call, such as a refusal by the provider, is an outcome for the caller to read.

    Args:
        services: the services of the process.
        principal: the caller.
        name: the tool's name.
        arguments: the arguments as they came, of any type.
        account_id: the account to use, in place of an argument `account`.
        key: the Idempotency-Key of the request; a tool that writes does so once for a key.

    Raises:
        UnknownTool: the principal does not have the tool. Nothing was sent, and the arguments were not read.
        OutsideAccounts, NotFound: the principal may not use `account_id`.
        Internal: an unexpected exception.
    """
    is_known = name == GET_APPROVAL.name or name in all_tool_names(services.catalog)
    record_tool(name if is_known else None, principal.server)
    caller = principal if account_id is None else await restrict_to_account(services, principal, account_id)
    tool = await offered_tool(services, caller, name)
    if tool is None:
        unknown = UnknownTool(unknown_name("tool", name, await offered_names(services, caller)))
        record_problem(unknown)  # for MCP, where it does not end the request
        raise unknown
    try:
        return await _call(services, principal, tool, arguments, key)
    except UnifiedError as problem:
        record_problem(problem)
        shown = _redact_provider_error(principal, tool, problem)
        return ToolOutcome(structured=error_result(shown), is_error=True, problem=shown)
    except Exception as fault:  # noqa: BLE001 - its text may contain values of a caller or provider, and must not leave
        log.error("fault", **describe_fault(fault))  # noqa: TRY400 - a traceback would contain values
        text = "internal error; search the log for the request id"
        raise (Internal(text) if tool.method_class == "read" else Internal.of_write(text)) from None


async def restrict_to_account(services: Services, principal: Principal, account_id: str) -> Principal:
    """Return the principal, limited to one account.

    Raises:
        OutsideAccounts: the principal's scopes do not include the account.
        NotFound: the account is unknown, or another tenant's.
    """
    require_account(principal.scopes, account_id)
    await account_for_call(services, principal.tenant_id, account_id)
    return restrict_to_scope(
        principal, Scope(accounts=(account_id,), methods=METHOD_CLASSES, fields=FieldScope(classes=CLASSES))
    )


def restrict_to_scope(principal: Principal, scope: Scope) -> Principal:
    """Return the principal with an additional scope. This can only take permissions away, whatever the scope says."""
    return msgspec.structs.replace(principal, extra_scopes=(*principal.extra_scopes, scope))


async def _call(services: Services, principal: Principal, tool: Tool, arguments: Any, key: str | None) -> ToolOutcome:
    if not tool.definitions:
        return await _get_approval(services, principal, tool, arguments)
    account = tool.accounts[0] if len(tool.accounts) == 1 else None
    try:
        account, method_arguments = select_account(tool, check_bounds(arguments))
        definition = tool.definitions[account.id]
        check_arguments(definition.input_schema, as_listed(definition, method_arguments))
    except ValidationFailed:
        if account is not None:
            record_use(account.id, tool.model, tool.method)
        raise
    return await run_method(services, principal, account, definition, method_arguments, key=key)


async def _get_approval(services: Services, principal: Principal, tool: Tool, arguments: Any) -> ToolOutcome:
    """Call `get_approval`, the only built-in tool."""
    checked = check_bounds(arguments)
    check_arguments(tool.input_schema, checked)
    row = await approval_for(services, principal, checked["approval_id"])
    structured = {
        "status": row.status,
        "summary": row.summary,
        "expires_at": row.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "result": {"id": row.result_id} if row.result_id else None,
    }
    return ToolOutcome(structured=structured)


def _redact_provider_error(principal: Principal, tool: Tool, problem: UnifiedError) -> UnifiedError:
    """Return the error without the provider's message if that could reveal a hidden field."""
    if problem.provider is None or not tool.definitions or not hidden_fields(principal.scopes, MODELS[tool.model]):
        return problem
    redacted = copy.copy(problem)
    redacted.provider = ProviderProblem(name=problem.provider.name, status=problem.provider.status)
    return redacted


async def run_method(
    services: Services,
    principal: Principal,
    account: AccountRow,
    definition: ToolDefinition,
    arguments: Record,
    *,
    key: str | None = None,
) -> ToolOutcome:
    """Call one method of one account with checked arguments.

    Raises:
        UnifiedError: whatever the service raises for the same request over REST.
    """
    call = await open_call(services, principal, account.id, definition.model, definition.method)
    builder = ResultBuilder(shown_fields(definition), services.settings.tool_result_max_bytes)
    if definition.method in {"list", "get"}:
        _refuse_unqueryable(definition, arguments)
    if definition.method == "list":
        return ToolOutcome(structured=await _list(call, arguments, builder))
    if definition.method == "get":
        return ToolOutcome(structured=await _get(call, arguments, builder))
    return await _write(call, definition, arguments, builder, key)


def shown_fields(definition: ToolDefinition) -> frozenset[str]:
    """Return the fields of the tool's output schema; hidden and unmapped fields are left out, not null."""
    data = definition.output_schema["properties"]["data"]
    return frozenset(data.get("items", data)["properties"])


async def _list(call: Call, arguments: Record, builder: ResultBuilder) -> Record:
    query = query_from_object(arguments, call.mapping.model)
    page = await list_records(call, query, room=builder.append)
    cursor = next_cursor(call, page)
    result = result_envelope(call.account.provider, builder.records, builder.counters, warnings=page.warnings, cursor=cursor)
    return fit_page(result, call.services.settings.tool_result_max_bytes)


async def _get(call: Call, arguments: Record, builder: ResultBuilder) -> Record:
    query = query_from_object({name: value for name, value in arguments.items() if name != "id"}, call.mapping.model)
    record = await get_record(call, arguments["id"], query)
    return _record_result(call, record, builder, warnings=warnings_of(call))


def _record_result(call: Call, record: Record, builder: ResultBuilder, warnings: tuple[ListWarning, ...] = ()) -> Record:
    builder.append(record)
    result = result_envelope(call.account.provider, builder.records[0], builder.counters, warnings=warnings)
    version = shown_version(call, record["id"])
    return result if version is None else {**result, "version": version}


async def _write(
    call: Call, definition: ToolDefinition, arguments: Record, builder: ResultBuilder, key: str | None
) -> ToolOutcome:
    write = _write_of(call, definition, arguments)
    written, is_repeated = await once(call, key, write, lambda: write_or_ask(call, write, tool=definition.name))
    if written.approval is not None:
        shown = _approval_required(written.approval)
        return ToolOutcome(structured=shown, approval=written.approval, is_repeated=is_repeated)
    if written.record is None:
        deleted = {"id": arguments["id"], "deleted": True}
        shown = result_envelope(call.account.provider, deleted, builder.counters)
        return ToolOutcome(structured=shown, is_repeated=is_repeated)
    shown = _record_result(call, written.record, builder, warnings=written.warnings)
    return ToolOutcome(structured=shown, is_repeated=is_repeated)


def _write_of(call: Call, definition: ToolDefinition, arguments: Record) -> Write:
    path = {name: arguments[name] for name in call.mapping.model.path_parameters if name in arguments}
    takes_id = definition.method not in MAKING
    version = arguments.get("version") if takes_id and call.mapping.version is not None else None
    by = arguments["by"] if definition.method == UPSERT else None
    named = {"id": takes_id, "version": version is not None, "by": by is not None}
    taken = {*path, *(name for name, is_taken in named.items() if is_taken)}
    body = {name: value for name, value in arguments.items() if name not in taken}
    record_id = arguments["id"] if takes_id else None
    return Write(method=definition.method, record_id=record_id, by=by, body=body, path=path, version=version)


def _refuse_unqueryable(definition: ToolDefinition, arguments: Record) -> None:
    """Refuse arguments that the schema allows and a query cannot express, without repeating their values.

    Items of queries are separated by commas, as in a URL. To the schema, a custom field is any text, so other texts would
    pass as one.
    """
    for pointer, items in _lists(arguments):
        if any(isinstance(one, str) and "," in one for one in items):
            raise arguments_error([FieldProblem(pointer=pointer, code="pattern", message="expected items without commas")])
    known = shown_fields(definition)
    for position, name in enumerate(arguments.get("fields", ())):
        if name not in known and not name.startswith(CUSTOM_PREFIX):
            message = f"{unknown_name('field of the output', name, known)}, or {CUSTOM_PREFIX}NAME"
            raise arguments_error([FieldProblem(pointer=f"/fields/{position}", code="enum", message=message)])


def _lists(arguments: Record) -> Iterator[tuple[str, list[Any]]]:
    """Yield every list among the arguments of a query, with its JSON pointer."""
    yield from ((f"/{name}", one) for name, one in arguments.items() if isinstance(one, list))
    for name, condition in arguments.get("filter", {}).items():
        if isinstance(condition, dict):
            yield from ((f"/filter/{name}/{key}", one) for key, one in condition.items() if isinstance(one, list))


def _approval_required(approval: ApprovalRow) -> Record:
    return {
        "status": "approval_required",
        "approval": {
            "id": approval.id,
            "summary": approval.summary,
            "digest": approval.digest,
            "expires_at": approval.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        },
    }
