"""Does what a tool stands for, for one account, with arguments that were checked: the same functions as behind REST."""

from collections.abc import Iterator
from typing import Any

from unified.errors import FieldProblem
from unified.service.approvals import Write, write_or_ask
from unified.service.calls import Call, open_call
from unified.service.principals import Principal
from unified.service.records import Warned, get_record, list_records, next_cursor
from unified.service.services import Services
from unified.service.tools.arguments import failed
from unified.service.tools.envelope import Record, Sheet, envelope, fitted
from unified.service.tools.tool import ToolOutcome
from unified.store.accounts import AccountRow
from unified.store.approvals import ApprovalRow
from unified.transform.query import query_from_object
from unified.transform.tools import ToolDefinition

OWN_PREFIX = "custom_fields."


async def run(
    services: Services, principal: Principal, account: AccountRow, definition: ToolDefinition, given: Record
) -> ToolOutcome:
    """What comes of the call; UnifiedError as the service raises it."""
    call = await open_call(services, principal, account.id, definition.model, definition.method)
    sheet = Sheet(shown_fields(definition), services.settings.tool_result_max_bytes)
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


async def _list(call: Call, given: Record, sheet: Sheet) -> Record:
    query = query_from_object(given, call.mapping.model)
    page = await list_records(call, query, room=sheet.take)
    cursor = next_cursor(call, page)
    result = envelope(call.account.provider, sheet.records, sheet.tally, warnings=page.warnings, cursor=cursor)
    return fitted(result, call.services.settings.tool_result_max_bytes)


async def _get(call: Call, given: Record, sheet: Sheet) -> Record:
    query = query_from_object({name: value for name, value in given.items() if name != "id"}, call.mapping.model)
    return _one(call, await get_record(call, given["id"], query), sheet)


def _one(call: Call, record: Record, sheet: Sheet, warnings: tuple[Warned, ...] = ()) -> Record:
    sheet.take(record)
    return envelope(call.account.provider, sheet.records[0], sheet.tally, warnings=warnings)


async def _write(call: Call, definition: ToolDefinition, given: Record, sheet: Sheet) -> ToolOutcome:
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
