"""Where a provider's object belongs, within the boundary of an account: read before anything else of it counts."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from unified.errors.providers import MappingFailed
from unified.service.records.calls.call import Call
from unified.service.records.reading.provider_pages import FetchedPage
from unified.service.records.visibility.restricted_query import Record
from unified.transform.calls.operation import Operation
from unified.transform.queries.query import Query


def records_or_failures(
    call: Call, page: FetchedPage, items: list[Any]
) -> tuple[list[Record | None], dict[int, MappingFailed]]:
    """Return the records, and the failures by index; of what failed, only what says where it belongs."""
    with suppress(MappingFailed):
        return list(page.map(items)), {}
    records: list[Record | None] = []
    failures: dict[int, MappingFailed] = {}
    for index, item in enumerate(items):
        try:
            records.extend(page.map([item]))
        except MappingFailed as problem:
            failures[index] = problem
            records.append(place_record(call, page.part, item, page.bindings))
    return records, failures


def placed_each(call: Call, page: FetchedPage, items: list[Any]) -> list[Record | None]:
    """Return what of each object of a page says where it belongs."""
    return [place_record(call, page.part, one, page.bindings) for one in items]


def inside_of(admitted: Sequence[Record | None]) -> list[tuple[int, Record]]:
    """Return the records that were admitted, with their indexes."""
    return [(index, one) for index, one in enumerate(admitted) if one is not None]


def follows_to_place(call: Call, operation: Operation) -> bool:
    """Return whether what says where a record belongs comes from calls that follow."""
    needed = call.mapping.shape(operation, Query(fields=("id", *call.visibility.place_fields))).variables()
    return bool(needed & {*operation.per_page, *operation.per_record})


def place_record(call: Call, operation: Operation, item: Any, bindings: dict[str, Any]) -> Record | None:
    """Return what of an object says where it belongs, without the rest; None when not even that can be mapped."""
    needed = Query(fields=("id", *call.visibility.place_fields))
    try:
        return call.mapping.shape(operation, needed).record(item, bindings, country=call.country)
    except MappingFailed:
        return None
