"""The records of a list answer: provider pages are read, and their objects mapped and tested, until the answer is full."""

from typing import Any

import msgspec

from unified.service.records.cursors import Position
from unified.service.records.follow_up import with_page_results
from unified.service.records.list_pages import FetchedPage, after_page, fetch_page, map_items
from unified.service.records.list_scan import ListScan
from unified.service.records.placing import Indexed, records_inside
from unified.service.records.record_warnings import note_record
from unified.service.records.visibility import Record
from unified.transform.query import Query


async def read_page(scan: ListScan, at: Position) -> Position | None:
    """Request one provider page, add what fits, and return where the list goes on; None at its end."""
    page = await fetch_page(scan, at)
    end = await _append_page(scan, page)
    if end is not None and at.skip + end < len(page.items):
        return msgspec.structs.replace(page.at, skip=at.skip + end)
    return after_page(scan, page)


async def _append_page(scan: ListScan, page: FetchedPage) -> int | None:
    """Map objects until the answer is full; return how many were looked at then, None when all were."""
    if page.follow_up.page and not scan.is_bounded:
        bindings = await with_page_results(page.follow_up, page.items, page.bindings)
        page = msgspec.structs.replace(page, bindings=bindings)
    items = page.items[page.at.skip :]
    start = 0
    while start < len(items):
        room = scan.query.limit - len(scan.records)
        if room <= 0 or scan.room_to_follow(page.follow_up) <= 0:
            return start
        seen, fitting = await _fitting(scan, page, items[start:], room)
        for index, record in fitting:
            item = items[start + index]
            if not scan.append(select_fields(record, item, scan.query)):
                return start + index
            note_record(scan.call, record["id"], item, page.bindings, scan.query)
        start += seen
    return None


async def _fitting(scan: ListScan, page: FetchedPage, items: list[Any], limit: int) -> tuple[int, Indexed]:
    """Return how many of the objects were looked at, and those that fulfil the query; `limit` of these end the search."""
    if scan.is_bounded:
        limit = min(limit, scan.room_to_follow(page.follow_up))
        inside = await records_inside(scan, page, items[:limit])
        scan.looked_at += len(items[:limit])
        return len(items[:limit]), [one for one in inside if scan.fits(one[1])]
    fitting: Indexed = []
    seen = 0
    while seen < len(items) and len(fitting) < limit:
        room = min(limit - len(fitting), scan.room_to_follow(page.follow_up))
        if room <= 0:
            break
        for record in await map_items(scan, page, items[seen : seen + room]):
            if scan.fits(record):
                fitting.append((seen, record))
            seen += 1
    scan.looked_at += seen
    return seen, fitting


def select_fields(record: Record, item: Any, query: Query) -> Record:
    """Return the record with only the requested fields, and the provider's object in `remote_data` when requested."""
    if query.fields:
        wanted = {name.split(".")[0] for name in query.fields} | {"id"}
        record = {name: value for name, value in record.items() if name in wanted}
    return {**record, "remote_data": item} if query.include_raw else record
