"""Getting one record of a common model in flight: by a get call, or searched for in the list."""

from contextlib import suppress
from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer
from unified.errors.error import UnifiedError
from unified.errors.providers import MappingFailed, ProviderForbidden, ProviderValidation
from unified.errors.requests import NotFound, ScanLimit
from unified.service.records.calls.call import Call
from unified.service.records.calls.cursors import Position, start
from unified.service.records.calls.follow_up import follow_up, with_follow_ups
from unified.service.records.calls.prefetch import build_with_results, names_read, prefetch, with_results
from unified.service.records.calls.record_warnings import note_record, note_withheld
from unified.service.records.reading.list_warnings import lacks_records
from unified.service.records.reading.placing import follows_to_place, place_record
from unified.service.records.reading.provider_pages import (
    MAX_PAGES,
    FetchedPage,
    ProviderPages,
    after_page,
    fetch_page,
    has_more,
)
from unified.service.records.visibility.restricted_query import Record
from unified.transform.calls.operation import Operation
from unified.transform.compilation.custom_keys import named_keys
from unified.transform.queries.query import Filter, Query
from unified.transform.records.record_mapper import RecordMapper
from unified.transform.requests import get_request

MAX_PAGE_SIZE = 200
"""Records a page, where the list is searched for one record."""


class _Target(msgspec.Struct, frozen=True, kw_only=True):
    """The record that is read."""

    record_id: str
    parts: dict[str, str]
    """The id, and the parts of a composite one."""
    query: Query
    """The query in the form that the provider may see."""

    @property
    def values(self) -> dict[str, Any]:
        """The values of `$query` in expressions and of parameters in paths."""
        return {**self.query.root(), **self.parts}


class _ProviderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's object for one record, with what it is mapped with."""

    operation: Operation
    shape: RecordMapper
    bindings: dict[str, Any]
    item: Any
    answer: ProviderAnswer
    headers: dict[str, str] = {}
    """Those of the answer that is this record's alone."""


async def get_record(call: Call, record_id: str, query: Query) -> Record:
    """Return one record by its id.

    Raises:
        NotFound: the provider has none.
        ScanLimit: it is not among the records that are searched for it, and the provider may have more.
        OutsideResources: it lies outside the boundary, or within one the id is not known or the record cannot be placed; all in
            the same words.
        FieldHidden, OutsideModels, InvalidId, UnifiedError: as for a list.
    """
    try:
        return await read_record(call, record_id, query)
    except ScanLimit:
        if call.visibility.is_bounded:
            raise call.visibility.outside() from None
        raise


async def read_record(call: Call, record_id: str, query: Query) -> Record:
    """Return one record by its id as `get_record` does, to place others by it: ScanLimit says that it is not known."""
    call.mapping.check_path(dict(query.path))
    call = msgspec.structs.replace(call, visibility=call.visibility.with_lookup_cache())
    parts = call.mapping.id_values(record_id)
    view = call.visibility.restrict_get(query, record_id, parts)
    try:
        native = await _found(call, _Target(record_id=record_id, parts=parts, query=view.query))
    except (NotFound, ProviderForbidden, ProviderValidation) as problem:
        if call.visibility.is_bounded and not _may_be_about_fields(problem, view.query):
            raise call.visibility.outside() from None
        raise
    record = await _record_inside(call, native)
    call.note_version(record["id"], native.item, native.bindings, native.headers)
    note_record(call, record["id"], native.item, native.bindings, view.fields)
    note_withheld(call, query)
    redact = view.redact
    shown = record if redact is None else await call.aside(native.answer, redact, record)
    return {**shown, "remote_data": native.item} if view.query.include_raw else shown


def _may_be_about_fields(problem: UnifiedError, query: Query) -> bool:
    """Return whether the provider may have refused a native field that was requested, rather than the id."""
    return isinstance(problem, ProviderValidation) and any("." in name for name in query.fields)


async def _record_inside(call: Call, native: _ProviderRecord) -> Record:
    """Return the record; raise OutsideResources for one outside the boundary, even if it is also invalid."""
    failure: MappingFailed | None = None
    native = await _followed(call, native)
    try:
        record: Record | None = await call.aside(
            native.answer, native.shape.record, native.item, native.bindings, country=call.country
        )
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


async def _found(call: Call, target: _Target) -> _ProviderRecord:
    """Return the object of the first call that finds the record; raise the error of the last one."""
    *others, last = call.mapping.get_calls(target.values, call.bindings(target.values))
    for operation in others:
        with suppress(NotFound):
            return await _found_by(call, operation, target)
    return await _found_by(call, last, target)


async def _found_by(call: Call, operation: Operation, target: _Target) -> _ProviderRecord:
    if operation.call.from_list:
        return await _find_in_list(call, target)
    return await _request_record(call, operation, target)


async def _request_record(call: Call, operation: Operation, target: _Target) -> _ProviderRecord:
    query, values = target.query, target.values
    shape = call.mapping.shape(operation, query)
    wanted, name = prefetch(call, operation, values), operation.call.name
    request, bindings = await build_with_results(
        wanted,
        call.bindings(values) | named_keys(query.fields) | ({"call": name} if name else {}),
        lambda known: get_request(call.mapping, target.parts, query, known, operation),
    )
    bindings = await with_results(wanted, shape.variables() | names_read(operation), bindings)
    answer = await call.send(request, operation, safe=True)
    try:
        item = await call.aside(answer, operation.object, answer, bindings)
    except NotFound:
        if "incomplete" in call.warnings or has_more(operation, answer):
            raise beyond_search(call, "one page of the provider's records") from None
        raise
    return _ProviderRecord(
        operation=operation, shape=shape, bindings=bindings, item=item, answer=answer, headers=answer.headers
    )


async def _find_in_list(call: Call, target: _Target) -> _ProviderRecord:
    """Search the list for a record, within the scan bound, for providers that have no call for one.

    Whether it lies inside is checked afterwards, so that one outside is refused and not merely missing.

    Raises:
        NotFound: the whole list does not have it.
        ScanLimit: the part of the list that is read does not have it.
    """
    filters = _parts_as_filters(call, target.parts)
    wide = msgspec.structs.replace(target.query, limit=MAX_PAGE_SIZE, include_deleted=True, filters=filters)
    pages, searched = ProviderPages(call, call.visibility, wide, call.mapping.list_for(wide)), 0
    position: Position | None = start(pages.plan.index)
    while position is not None and pages.count < MAX_PAGES:
        page = await fetch_page(pages, position)
        item = await call.aside(page.answer, _with_id, call, page, target.record_id)
        if item is not None:
            return _ProviderRecord(operation=page.part, shape=page.shape, bindings=page.bindings, item=item, answer=page.answer)
        searched += len(page.items)
        position = after_page(pages, page)
    if position is not None or lacks_records(pages):
        raise beyond_search(call, f"the {searched} records of the list that are searched for it")
    raise NotFound("the provider has no such record")


def beyond_search(call: Call, searched: str) -> ScanLimit:
    """Return the refusal of a record that was not found where not all records were searched."""
    return ScanLimit(
        f"{call.mapping.model.id}: no such record in {searched}, and {call.mapping.provider.title} may have more: whether it "
        "exists is not known. List the records, narrowed by a filter, instead"
    )


def _with_id(call: Call, page: FetchedPage, record_id: str) -> Any:
    """Return the object of a page that maps to this id, or None. Of the others, only the ids are read."""
    shape = call.mapping.shape(page.part, Query(fields=("id",)))
    for item in page.items:
        try:
            if shape.record(item, page.bindings)["id"] == record_id:
                return item
        except MappingFailed:
            if not call.visibility.is_bounded:
                raise
    return None


def _parts_as_filters(call: Call, parts: dict[str, str]) -> tuple[Filter, ...]:
    """Return the parts of a composite id by which the list can be narrowed, such as the ticket of a comment."""
    known = call.mapping.list_calls.native_filters
    return tuple(Filter(field=name, value=part) for name, part in parts.items() if name != "id" and f"filter.{name}" in known)
