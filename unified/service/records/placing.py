"""Records within the boundary of an account: where an object belongs, and the records of a page that lie inside.

Records are placed before anything else about them counts: what a record outside holds decides neither what is requested next
nor whether the list fails.
"""

from typing import Any

from unified.errors.providers import MappingFailed
from unified.service.records.call import Call
from unified.service.records.list_pages import FetchedPage, map_items
from unified.service.records.list_scan import ListScan
from unified.service.records.visibility import Record
from unified.transform.operation import Operation
from unified.transform.query import Query

Indexed = list[tuple[int, Record]]
"""Records with the indexes of the objects that they are mapped from."""


async def records_inside(scan: ListScan, page: FetchedPage, items: list[Any]) -> Indexed:
    """Return the records within the boundary. One that cannot be mapped fails the list only if it lies there too."""
    if page.follow_up:
        return await _inside_with_calls(scan, page, items)
    records: list[Record | None] = []
    failures: dict[int, MappingFailed] = {}
    map_objects = page.shape.mapper(page.bindings, country=scan.call.country)
    for index, item in enumerate(items):
        try:
            records.extend(map_objects([item]))
        except MappingFailed as problem:
            failures[index] = problem
            records.append(place_record(scan.call, page.part, item, page.bindings))
    admitted = await scan.visibility.admit(records)
    inside = [(index, one) for index, one in enumerate(records) if one is not None and admitted[index]]
    for index, _ in inside:
        if index in failures:
            raise failures[index]
    return inside


async def _inside_with_calls(scan: ListScan, page: FetchedPage, items: list[Any]) -> Indexed:
    """Return the records within the boundary, of which alone calls of their own are made, unless these say where it belongs.

    Completed records are placed again: what follows may name another place than the object itself.
    """
    inside = list(range(len(items)))
    if not follows_to_place(scan.call, page.part):
        placed = [place_record(scan.call, page.part, one, page.bindings) for one in items]
        inside = [index for index, is_inside in enumerate(await scan.visibility.admit(placed)) if is_inside]
    records = await map_items(scan, page, [items[index] for index in inside])
    admitted = await scan.visibility.admit(records)
    return [(index, one) for index, one, is_inside in zip(inside, records, admitted, strict=True) if is_inside]


def follows_to_place(call: Call, operation: Operation) -> bool:
    """Return whether what says where a record belongs comes from calls that follow."""
    needed = call.mapping.shape(operation, Query(fields=("id", *call.visibility.place_fields))).variables()
    return bool(needed & {*operation.with_, *operation.each})


def place_record(call: Call, operation: Operation, item: Any, bindings: dict[str, Any]) -> Record | None:
    """Return what of an object says where it belongs, without the rest; None when not even that can be mapped."""
    needed = Query(fields=("id", *call.visibility.place_fields))
    try:
        return call.mapping.shape(operation, needed).record(item, bindings, country=call.country)
    except MappingFailed:
        return None
