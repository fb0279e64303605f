"""Tool calls: a caller can call only the tools in its list, arguments are validated, and failures become results."""

from collections.abc import Iterator
from typing import Any

import msgspec

from unified.errors.error import FieldProblem, UnifiedError
from unified.errors.names import unknown_name
from unified.errors.providers import ConnectionUnauthorized
from unified.errors.requests import UnknownTool, ValidationFailed
from unified.errors.service import Internal, LoopStopped
from unified.models import MAKING, UPSERT
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import CLASSES, METHOD_CLASSES, FieldScope, Scope, require_account
from unified.service.accounts.accounts import account_for_call
from unified.service.approvals import Write, approval_for, approval_outcome, approval_required, readable_targets, write_once
from unified.service.records.calls.answer_charges import charge_answer
from unified.service.records.calls.call import Call
from unified.service.records.calls.record_warnings import ListWarning, warnings_of
from unified.service.records.opening import open_call
from unified.service.records.reading.getting import get_record
from unified.service.records.reading.listing import list_records, next_cursor
from unified.service.records.writing.write_keys import key_of_agent, key_of_request
from unified.service.runtime.faults import refusal_of
from unified.service.runtime.services import Services
from unified.service.tools.arguments import arguments_error, as_listed, check_arguments, check_bounds, select_account
from unified.service.tools.catalog import all_tool_names, offered_names, offered_tool
from unified.service.tools.loops import begin_call
from unified.service.tools.repetitions import REPLAYED, take_key
from unified.service.tools.result_limits import (
    Record,
    ResultBuilder,
    encode_if_possible,
    encode_page,
    error_result,
    result_envelope,
)
from unified.service.tools.result_shape import result_shape
from unified.service.tools.tool import GET_APPROVAL, Tool, ToolOutcome, outcome_of
from unified.service.tools.untrusted import (
    agent_version,
    marked_error,
    marked_id,
    marked_targets,
    marked_warning,
    opened_version,
)
from unified.store.accounts import AccountRow
from unified.telemetry.loggers import get_logger
from unified.telemetry.recording import record_fields, record_problem, record_tool, record_use
from unified.transform.queries.asked_fields import names_of_query
from unified.transform.queries.query_reading import query_from_object
from unified.transform.tools import ToolDefinition

log = get_logger("unified.tools")
CUSTOM_PREFIX = "custom_fields."
UNKNOWN_TOOL = "an unknown tool"
"""Written in texts in place of the name of a tool that does not exist, because a model chose that name."""
CHECK_COST = 16
"""How many times longer it takes to compare arguments with their schema than to map an answer of the same length."""


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
        key: the idempotency key that the client sent outside the arguments; a tool that writes does so once for a key.

    Raises:
        UnknownTool: the principal does not have the tool. Nothing was sent, and the arguments were not read.
        OutsideAccounts, NotFound: the principal may not use `account_id`.
        Internal: an unexpected exception.
    """
    is_known = name == GET_APPROVAL.name or name in all_tool_names(services.catalog)
    record_tool(name if is_known else None, principal.server)
    if principal.server is None or not services.settings.stop_loops:
        return await _outcome(services, principal, name, arguments, account_id=account_id, key=key)
    try:
        call = await begin_call(services, principal, name if is_known else UNKNOWN_TOOL, arguments)
    except LoopStopped as stopped:
        record_problem(stopped)
        return outcome_of(error_result(stopped), problem=stopped)
    call.failed = True
    outcome = await _outcome(services, principal, name, arguments, account_id=account_id, key=key)
    call.failed = outcome.is_error
    return outcome


async def _outcome(
    services: Services, principal: Principal, name: str, arguments: Any, *, account_id: str | None, key: str | None
) -> ToolOutcome:
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
        shown = marked_error(problem)
        return outcome_of(error_result(shown), problem=shown)
    except Exception as fault:  # noqa: BLE001 - its text may contain values of a caller or provider, and must not leave
        refusal = refusal_of(fault, logger="unified.tools", reads=tool.method_class == "read")
        if isinstance(refusal, Internal):
            raise refusal from None
        record_problem(refusal)
        return outcome_of(error_result(refusal), problem=refusal)


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
        checked, size = check_bounds(arguments)
        key, checked = take_key(checked, tool.method_class, key)
        account, method_arguments = select_account(tool, checked)
        definition = tool.definitions[account.id]
        heavy = services.client.heavy
        shown = as_listed(definition, method_arguments)
        await heavy.run(size * CHECK_COST, account.tenant_id, check_arguments, definition.input_schema, shown)
    except ValidationFailed:
        if account is not None:
            record_use(account.id, tool.model, tool.method)
        raise
    try:
        return await run_method(services, principal, account, definition, method_arguments, key=key)
    except ConnectionUnauthorized as problem:
        problem.account_id = account.id
        raise


async def _get_approval(services: Services, principal: Principal, tool: Tool, arguments: Any) -> ToolOutcome:
    """Call `get_approval`, the only built-in tool."""
    checked, _ = check_bounds(arguments)
    check_arguments(tool.input_schema, checked)
    row = await approval_for(services, principal, checked["approval_id"])
    targets = marked_targets(await readable_targets(services, principal, row))
    return outcome_of(approval_outcome(row, marked_id(row.result_id), targets))


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
    builder = ResultBuilder(result_shape(definition), services.settings.tool_result_max_bytes)
    if definition.method in {"list", "get"}:
        _refuse_unqueryable(definition, arguments)
    if definition.method == "list":
        return await _charged(call, builder, ToolOutcome(content=await _list(call, arguments, builder)))
    if definition.method == "get":
        return await _charged(call, builder, outcome_of(await _get(call, arguments, builder)))
    return await _write(call, definition, arguments, builder, key)


async def _charged(call: Call, builder: ResultBuilder, outcome: ToolOutcome) -> ToolOutcome:
    """Count the records and bytes of an outcome, which the caller does not get where a limit has less left."""
    await charge_answer(call, len(builder.records), len(outcome.content))
    return outcome


async def _list(call: Call, arguments: Record, builder: ResultBuilder) -> bytes:
    query = query_from_object(arguments, call.mapping.model)
    record_fields(names_of_query(query, call.mapping.model))
    page = await list_records(call, query, accept=builder.append)
    cursor = next_cursor(call, page)
    warnings = [marked_warning(one, builder.counters) for one in page.warnings]
    result = result_envelope(call.account.provider, builder.records, builder.counters, warnings=warnings, cursor=cursor)
    return encode_page(result, call.services.settings.tool_result_max_bytes)


async def _get(call: Call, arguments: Record, builder: ResultBuilder) -> Record:
    query = query_from_object({name: value for name, value in arguments.items() if name != "id"}, call.mapping.model)
    record_fields(names_of_query(query, call.mapping.model))
    record = await get_record(call, arguments["id"], query)
    return await _record_result(call, record, builder, warnings=warnings_of(call))


async def _record_result(call: Call, record: Record, builder: ResultBuilder, warnings: tuple[ListWarning, ...] = ()) -> Record:
    selected = builder.select(record)
    encoded = encode_if_possible(selected)
    await call.beside(len(encoded or b""), builder.add, selected, encoded)
    marked = [marked_warning(one, builder.counters) for one in warnings]
    result = result_envelope(call.account.provider, builder.records[0], builder.counters, warnings=marked)
    version = agent_version(call, record["id"])
    return result if version is None else {**result, "version": version}


async def _write(
    call: Call, definition: ToolDefinition, arguments: Record, builder: ResultBuilder, key: str | None
) -> ToolOutcome:
    write = _write_of(call, definition, arguments)
    known = key_of_request if call.principal.server is None else key_of_agent
    written, is_repeated = await write_once(call, write, known(call, write, key), tool=definition.name)
    replayed = {"replayed": True} if is_repeated else {}
    if written.approval is not None:
        waiting = msgspec.to_builtins(approval_required(written.approval))
        return outcome_of({**waiting, **replayed}, approval=written.approval, is_repeated=is_repeated)
    warnings = (REPLAYED, *written.warnings) if is_repeated else written.warnings
    if written.record is None:
        deleted, marked = {"id": arguments["id"], "deleted": True}, [marked_warning(one, builder.counters) for one in warnings]
        shown = result_envelope(call.account.provider, deleted, builder.counters, warnings=marked)
    else:
        shown = await _record_result(call, written.record, builder, warnings=warnings)
    return outcome_of({**shown, **replayed}, is_repeated=is_repeated)


def _write_of(call: Call, definition: ToolDefinition, arguments: Record) -> Write:
    path = {name: arguments[name] for name in call.mapping.model.path_parameters if name in arguments}
    takes_id = definition.method not in MAKING
    version = arguments.get("version") if takes_id and call.mapping.version is not None else None
    by = arguments["by"] if definition.method == UPSERT else None
    named = {"id": takes_id, "version": version is not None, "by": by is not None}
    taken = {*path, *(name for name, is_taken in named.items() if is_taken)}
    body = {name: value for name, value in arguments.items() if name not in taken}
    record_id = arguments["id"] if takes_id else None
    if version is not None:
        version = opened_version(call, arguments["id"], version)
    return Write(method=definition.method, record_id=record_id, by=by, body=body, path=path, version=version)


def _refuse_unqueryable(definition: ToolDefinition, arguments: Record) -> None:
    """Refuse arguments that the schema allows and a query cannot express, without repeating their values.

    Items of queries are separated by commas, as in a URL. To the schema, a custom field is any text, so other texts would
    pass as one.
    """
    for pointer, items in _lists(arguments):
        if any(isinstance(one, str) and "," in one for one in items):
            raise arguments_error([FieldProblem(pointer=pointer, code="pattern", message="expected items without commas")])
    known = result_shape(definition).fields
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
