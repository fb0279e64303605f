"""The main job, reading: list and get records of a common model from a provider, in flight."""

from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer
from unified.errors import (
    InvalidId,
    MappingFailed,
    NotFound,
    NotSupported,
    OutsideResources,
    ProviderForbidden,
    ProviderValidation,
    UnifiedError,
)
from unified.jsonata import UNDEFINED
from unified.service.records.boundary_queries import restrict_to_boundary
from unified.service.records.cursors import Position, open_position, seal_position
from unified.service.records.linked_models import conditions, require_ends
from unified.service.records.list_scan import (
    MAX_PAGES,
    Fetched,
    FitsBudget,
    ListScan,
    after_page,
    boundary_part,
    fetch_page,
    finished,
    list_warning,
    read_page,
)
from unified.service.records.lookup_cache import LookupCache
from unified.service.records.prefetch import with_prefetched
from unified.service.records.provider_calls import Call, parent_call
from unified.service.records.resource_boundary import MAX_PARENTS, OUTSIDE, BoundaryCheck, contains, refuse_foreign_id
from unified.transform.operation import Operation
from unified.transform.query import Filter, Query
from unified.transform.record_mapper import RecordMapper
from unified.transform.requests import get_request

MAX_PARENTS_READ = 4 * MAX_PARENTS
"""Records that are looked up for one request: those around its own, and what is around those."""


class ListWarning(msgspec.Struct, frozen=True, kw_only=True):
    """Something the caller should know about an answer that succeeded."""

    code: str
    message: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a common model."""

    data: list[dict[str, Any]]
    position: Position | None
    """Where the list goes on; None at its end."""
    warnings: tuple[ListWarning, ...] = ()
    query: Query
    """As it was asked from the provider: without hidden fields, within the boundary."""


async def list_records(call: Call, asked: Query, *, room: FitsBudget | None = None) -> Page:
    """One page of a common model, asked from the account's provider; nothing is kept.

    With `room`, the page ends before the first record for which there is none, and goes on with it.

    Raises:
        NotSupported, UnsupportedFilter, UnsupportedField, FieldHidden: the query cannot be done.
        InvalidCursor: the cursor is not of this query.
        UnifiedError: the provider refused (424 429 502 504 …).
    """
    call.mapping.check_path(dict(asked.path))
    require_ends(call, conditions(asked.filters))
    visibility, judge = call.visibility, boundary_check(call)
    query = await restrict_to_boundary(call, judge, visibility.restrict_query(asked))
    choice = call.mapping.list_for(query)
    position: Position | None = open_position(call, query, choice=choice.index)
    scan = ListScan(call, query, choice, judge, room and (lambda record: room(visibility.redact(record, asked))))
    list_warning(scan)
    while position is not None and scan.pages < MAX_PAGES:
        position = await read_page(scan, position)
        if scan.full():
            break
    warnings = tuple(ListWarning(code=code, message=message) for code, message in scan.warnings.items())
    return Page(data=[visibility.redact(one, asked) for one in scan.found], position=position, warnings=warnings, query=query)


def next_cursor(call: Call, page: Page) -> str | None:
    """The sealed cursor of a page, or None at the end."""
    return None if page.position is None else seal_position(call, page.query, page.position)


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's object for one record, with what it is mapped with."""

    operation: Operation
    shape: RecordMapper
    bindings: dict[str, Any]
    item: Any


async def get_record(call: Call, record_id: str, asked: Query) -> dict[str, Any]:
    """One record by its id; NotFound when the provider has none.

    Where there is a boundary, an id that is not known is refused in the same words as one outside: OutsideResources.
    """
    call.mapping.check_path(dict(asked.path))
    require_ends(call, call.mapping.id_values(record_id))
    query, judge = call.visibility.restrict_query(asked), boundary_check(call)
    operation = call.mapping.operation("get")
    refuse_foreign_id(judge, record_id)
    find = _find_in_list if operation.call.via == "list" else _ask_for
    try:
        found = await find(call, record_id, query)
    except (NotFound, ProviderForbidden, ProviderValidation) as problem:
        if judge.boundary.rules(judge.model) and not _asks_for_too_much(problem, query):
            raise OutsideResources(OUTSIDE) from None
        raise
    return call.visibility.redact(finished(await _within_boundary(call, judge, found), found.item, query), asked)


def _asks_for_too_much(problem: UnifiedError, query: Query) -> bool:
    """Whether the provider may have refused a field of its own that was asked for, rather than the id."""
    return isinstance(problem, ProviderValidation) and any("." in name for name in query.fields)


async def _within_boundary(call: Call, judge: BoundaryCheck, found: _Found) -> dict[str, Any]:
    """The record; OutsideResources for one outside the boundary, whatever else is wrong with it."""
    try:
        record = found.shape.record(found.item, found.bindings, country=call.account.settings.get("country"))
    except MappingFailed:
        if judge.boundary.rules(judge.model):
            placed = boundary_part(call, found.operation, found.item, found.bindings)
            if placed is None or not await contains(judge, placed):
                raise OutsideResources(OUTSIDE) from None
        raise
    if not await contains(judge, record):
        raise OutsideResources(OUTSIDE)
    return record


async def _ask_for(call: Call, record_id: str, query: Query) -> _Found:
    operation = call.mapping.operation("get")
    shape = call.mapping.shape(operation, query)
    values = {**query.root(), **call.mapping.id_values(record_id)}
    bindings = await with_prefetched(call, operation, shape.variables(), values, call.bindings(values))
    answer = await call.send(get_request(call.mapping, record_id, query, bindings), operation, safe=True)
    return _Found(operation=operation, shape=shape, bindings=bindings, item=extract_object(operation, answer, bindings))


async def check_admitted(call: Call, record: dict[str, Any], asked: Query) -> dict[str, Any]:
    """The record as the caller may see it; OutsideResources for one outside the boundary."""
    if not await contains(boundary_check(call), record):
        raise OutsideResources(OUTSIDE)
    return call.visibility.redact(record, asked)


def boundary_check(call: Call) -> BoundaryCheck:
    """What judges the records of a call by the boundary of its account; past a bound nothing is looked up, and is outside."""
    shared = call.shared or LookupCache()

    async def look_up(model_id: str, record_id: str) -> bool:
        if len(call.boundary.judged) >= MAX_PARENTS_READ:
            return False
        try:
            outer = await parent_call(call, model_id, shared)
            await get_record(outer, record_id, Query(fields=("id",)))
        except (NotFound, NotSupported, InvalidId, OutsideResources):
            return False
        return True

    return BoundaryCheck(model=call.mapping.model, boundary=call.boundary, look_up=look_up)


def extract_object(operation: Operation, answer: ProviderAnswer, bindings: dict[str, Any]) -> dict[str, Any]:
    """The provider's object in the answer of a get, create or update; NotFound when there is none."""
    item = operation.find_item(answer, bindings)
    if isinstance(item, list):
        item = item[0] if item else None
    if item is None or item is UNDEFINED or item == {}:
        raise NotFound("the provider has no such record")
    if not isinstance(item, dict):
        raise MappingFailed(f"{operation.where}: expected one object in the answer")
    return item


async def _find_in_list(call: Call, record_id: str, query: Query) -> _Found:
    """A record looked for in the list, within the scan bound, for providers that have no call for one.

    It is judged once it is found, so that one outside is refused and not merely missing.
    """
    wide = msgspec.structs.replace(query, limit=200, include_deleted=True, filters=_parents(call, record_id))
    scan = ListScan(call, wide, call.mapping.list_for(wide), boundary_check(call))
    position: Position | None = Position(call=scan.choice.index)
    while position is not None and scan.pages < MAX_PAGES:
        page = await fetch_page(scan, position)
        item = _with_id(scan, page, record_id)
        if item is not None:
            return _Found(operation=page.part, shape=page.shape, bindings=page.bindings, item=item)
        position = after_page(scan, page)
    raise NotFound("the provider has no such record")


def _with_id(scan: ListScan, page: Fetched, record_id: str) -> Any:
    """The object of a page whose record has this id; None without one. Nothing but their ids is read of the others."""
    shape = scan.call.mapping.shape(page.part, Query(fields=("id",)))
    for item in page.items:
        try:
            if shape.record(item, page.bindings)["id"] == record_id:
                return item
        except MappingFailed:
            if not scan.bounded:
                raise
    return None


def _parents(call: Call, record_id: str) -> tuple[Filter, ...]:
    """Parts of a composite id by which the list can be narrowed, such as the ticket of a comment."""
    parts = call.mapping.id_values(record_id)
    known = call.mapping.native_filters
    return tuple(Filter(field=name, value=part) for name, part in parts.items() if name != "id" and f"filter.{name}" in known)
