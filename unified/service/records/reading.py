"""The main job, reading: list and get records of a common model from a provider, in flight; nothing is kept."""

from typing import Any

import msgspec

from unified.errors.error import UnifiedError
from unified.errors.providers import MappingFailed, ProviderForbidden, ProviderValidation
from unified.errors.requests import NotFound
from unified.service.records.call import Call
from unified.service.records.cursors import Position, open_position, seal_position
from unified.service.records.follow_up import follow_up, with_follow_ups
from unified.service.records.list_pages import FetchedPage, after_page, fetch_page
from unified.service.records.list_reading import read_page, select_fields
from unified.service.records.list_scan import MAX_PAGES, FitsBudget, ListScan, add_warnings
from unified.service.records.placing import follows_to_place, place_record
from unified.service.records.prefetch import build_with_results, names_read, prefetch, with_results
from unified.service.records.record_warnings import ListWarning, note_record, warnings_of
from unified.service.records.visibility import Record
from unified.transform.operation import Operation
from unified.transform.query import Filter, Query
from unified.transform.record_mapper import RecordMapper
from unified.transform.requests import get_request

MAX_PAGE_SIZE = 200
"""Records a page, where the list is searched for one record."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a common model."""

    data: list[Record]
    position: Position | None
    """Where the list goes on; None at its end."""
    warnings: tuple[ListWarning, ...] = ()
    query: Query
    """As the provider was asked: without hidden fields, within the boundary."""


async def list_records(call: Call, query: Query, *, room: FitsBudget | None = None) -> Page:
    """Return one page of a common model, read from the account's provider.

    With `room`, the page ends before the first record that does not fit, and the next page begins with it.

    Raises:
        NotSupported, UnsupportedFilter, UnsupportedField: the query cannot be done.
        FieldHidden, OutsideModels, OutsideResources: it reaches for what the caller does not see.
        InvalidCursor: the cursor is not of this query.
        UnifiedError: the provider refused (424 429 502 504 …).
    """
    call.mapping.check_path(dict(query.path))
    visibility = call.visibility.with_lookup_cache()
    restricted = await visibility.restrict(query)
    choice = call.mapping.list_for(restricted)
    position: Position | None = open_position(call, restricted, choice=choice.index)
    scan = ListScan(call, visibility, restricted, choice, room and (lambda record: room(visibility.redact(record, query))))
    add_warnings(scan)
    while position is not None and scan.pages < MAX_PAGES:
        position = await read_page(scan, position)
        if scan.full():
            break
    warnings = warnings_of(call)
    data = visibility.redact_all(scan.records, query)
    return Page(data=data, position=position, warnings=warnings, query=restricted)


def next_cursor(call: Call, page: Page) -> str | None:
    """Return the sealed cursor of the next page, or None at the end."""
    return None if page.position is None else seal_position(call, page.query, page.position)


class _ProviderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's object for one record, with what it is mapped with."""

    operation: Operation
    shape: RecordMapper
    bindings: dict[str, Any]
    item: Any
    headers: dict[str, str] = {}
    """Those of the answer that is this record's alone."""


async def get_record(call: Call, record_id: str, query: Query) -> Record:
    """Return one record by its id.

    Raises:
        NotFound: the provider has none.
        OutsideResources: it lies outside the boundary, or within one the id is not known; both in the same words.
        FieldHidden, OutsideModels, InvalidId, UnifiedError: as for a list.
    """
    call.mapping.check_path(dict(query.path))
    restricted = await call.visibility.restrict(query, record_id=record_id)
    operation = _get_operation(call, record_id, restricted)
    find = _find_in_list if operation.call.via == "list" else _request_record
    try:
        native = await find(call, record_id, restricted)
    except (NotFound, ProviderForbidden, ProviderValidation) as problem:
        if call.visibility.is_bounded and not _may_be_about_fields(problem, restricted):
            raise call.visibility.outside() from None
        raise
    record = await _record_inside(call, native)
    call.note_version(record["id"], native.item, native.bindings, native.headers)
    note_record(call, record["id"], native.item, native.bindings, query)
    return call.visibility.redact(select_fields(record, native.item, restricted), query)


def _may_be_about_fields(problem: UnifiedError, query: Query) -> bool:
    """Return whether the provider may have refused a native field that was requested, rather than the id."""
    return isinstance(problem, ProviderValidation) and any("." in name for name in query.fields)


async def _record_inside(call: Call, native: _ProviderRecord) -> Record:
    """Return the record; raise OutsideResources for one outside the boundary, whatever else is wrong with it."""
    failure: MappingFailed | None = None
    native = await _followed(call, native)
    try:
        record: Record | None = native.shape.record(native.item, native.bindings, country=call.country)
    except MappingFailed as problem:
        if not call.visibility.is_bounded:
            raise
        failure, record = problem, place_record(call, native.operation, native.item, native.bindings)
    inside = await call.visibility.require_inside(record)
    if failure is not None:
        raise failure
    return inside


async def _followed(call: Call, native: _ProviderRecord) -> _ProviderRecord:
    """Return the object with what the calls for it give; within a boundary, none is made for an object outside."""
    calls = follow_up(call, native.operation, native.shape.variables(), native.bindings["query"])
    if not calls:
        return native
    if call.visibility.is_bounded and not follows_to_place(call, native.operation):
        await call.visibility.require_inside(place_record(call, native.operation, native.item, native.bindings))
    bindings = await with_follow_ups(calls, [native.item], native.bindings)
    return msgspec.structs.replace(native, bindings=bindings[0])


def _get_operation(call: Call, record_id: str, query: Query) -> Operation:
    """Return the call that reads the record with this id."""
    values = {**query.root(), **call.mapping.id_values(record_id)}
    return call.mapping.chosen("get", values, call.bindings(values))


async def _request_record(call: Call, record_id: str, query: Query) -> _ProviderRecord:
    operation = _get_operation(call, record_id, query)
    shape = call.mapping.shape(operation, query)
    values = {**query.root(), **call.mapping.id_values(record_id)}
    wanted = prefetch(call, operation, values)
    request, bindings = await build_with_results(
        wanted, call.bindings(values), lambda known: get_request(call.mapping, record_id, query, known)
    )
    bindings = await with_results(wanted, shape.variables() | names_read(operation), bindings)
    answer = await call.send(request, operation, safe=True)
    item = operation.object(answer, bindings)
    return _ProviderRecord(operation=operation, shape=shape, bindings=bindings, item=item, headers=answer.headers)


async def _find_in_list(call: Call, record_id: str, query: Query) -> _ProviderRecord:
    """Search the list for a record, within the scan bound, for providers that have no call for one.

    Whether it lies inside is checked afterwards, so that one outside is refused and not merely missing.
    """
    filters = _parts_as_filters(call, record_id)
    wide = msgspec.structs.replace(query, limit=MAX_PAGE_SIZE, include_deleted=True, filters=filters)
    scan = ListScan(call, call.visibility, wide, call.mapping.list_for(wide))
    position: Position | None = Position(call=scan.choice.index)
    while position is not None and scan.pages < MAX_PAGES:
        page = await fetch_page(scan, position)
        item = _with_id(scan, page, record_id)
        if item is not None:
            return _ProviderRecord(operation=page.part, shape=page.shape, bindings=page.bindings, item=item)
        position = after_page(scan, page)
    raise NotFound("the provider has no such record")


def _with_id(scan: ListScan, page: FetchedPage, record_id: str) -> Any:
    """Return the object of a page that maps to this id, or None. Of the others, only the ids are read."""
    shape = scan.call.mapping.shape(page.part, Query(fields=("id",)))
    for item in page.items:
        try:
            if shape.record(item, page.bindings)["id"] == record_id:
                return item
        except MappingFailed:
            if not scan.is_bounded:
                raise
    return None


def _parts_as_filters(call: Call, record_id: str) -> tuple[Filter, ...]:
    """Return the parts of a composite id by which the list can be narrowed, such as the ticket of a comment."""
    parts = call.mapping.id_values(record_id)
    known = call.mapping.native_filters
    return tuple(Filter(field=name, value=part) for name, part in parts.items() if name != "id" and f"filter.{name}" in known)
