"""One list answer in the making: provider pages read, records placed, then tested, until the answer is full.

Where there is a boundary, records are placed before anything else about them counts: what a record outside holds decides
neither what is requested next nor whether the list fails. All bounds count what the provider returned, not what was used of it.
"""

import sys
from collections.abc import Callable
from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors import MappingFailed
from unified.service.records.call import Call
from unified.service.records.cursors import Position, advance_position
from unified.service.records.follow_up import MAX_EACH, FollowUp, follow_up, with_follow_ups, with_page_results
from unified.service.records.over_parents import NOTHING, Parents, after_children, opened, read_children
from unified.service.records.prefetch import build_with_results, names_read, prefetch, with_results
from unified.service.records.record_warnings import note_record
from unified.service.records.visibility import Record, Visibility
from unified.transform.coverage import shown_filter
from unified.transform.filters import record_test
from unified.transform.mapping import ListPlan
from unified.transform.operation import Operation
from unified.transform.pagination import PageSeen, advance, page_size
from unified.transform.query import Query
from unified.transform.record_mapper import RecordMapper
from unified.transform.requests import list_request
from unified.transform.rows import rows_in

FitsBudget = Callable[[Record], bool]
"""Returns for each record whether it still fits into the answer."""
MAX_PAGES = 20
"""Provider pages read for one answer, whatever their size."""


class ListScan:
    """The state of one answer: its records, how much of the provider was read for it, and warnings."""

    def __init__(
        self, call: Call, visibility: Visibility, query: Query, choice: ListPlan, room: FitsBudget | None = None
    ) -> None:
        self.call = call
        self.visibility = visibility
        self.room = room
        self.out_of_room = False
        self.query = query
        self.choice = choice
        self.parts = call.mapping.chained(choice.operation)
        self.test = record_test(query, choice.remaining, call.mapping.model)
        self.is_bounded = visibility.is_bounded
        self.records: list[Record] = []
        self.looked_at = 0
        self.followed = 0
        """Records for which calls of their own were made."""
        self.pages = 0
        self.warnings = call.warnings
        self.bindings: dict[str, dict[str, Any]] = {}
        self.parents: dict[str, Parents] = {}
        """Pages of parents that were listed for this answer, by their position."""

    def fits(self, record: Record) -> bool:
        """Return whether a record inside fulfils the query; conditions look at no more of it than the caller may see."""
        if record.get("is_deleted") and not self.query.include_deleted:
            return False
        return self.test(self.visibility.without_outside_ids(record) if self.is_bounded else record)

    def append(self, record: Record) -> bool:
        """Add a record to the answer and return True, unless there is no room for it."""
        self.out_of_room = self.room is not None and not self.room(record)
        if not self.out_of_room:
            self.records.append(record)
        return not self.out_of_room

    def room_to_follow(self, calls: FollowUp) -> int:
        """Return for how many more records of this answer calls of their own may be made."""
        return MAX_EACH - self.followed if calls.each else sys.maxsize

    def full(self) -> bool:
        """Return whether this answer is complete: it has enough records, or the scan bound is reached."""
        if self.followed >= MAX_EACH:
            return True
        if self.out_of_room or len(self.records) >= self.query.limit:
            return True
        if not self.choice.remaining and not self.is_bounded:
            return bool(self.records)
        return self.looked_at >= self.call.services.settings.page_scan_limit or self.pages >= MAX_PAGES


class FetchedPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page as the provider returned it, with what its objects are mapped with."""

    at: Position
    part: Operation
    shape: RecordMapper
    bindings: dict[str, Any]
    answer: ProviderAnswer
    items: list[Any]
    rows: list[Any]
    """What the provider sent, with what `items` drops."""
    follow_up: FollowUp
    parents: Parents | None = None
    """The page of parents, of a list `over` these."""


async def read_page(scan: ListScan, at: Position) -> Position | None:
    """Request one provider page, add what fits, and return where the list goes on; None at its end."""
    page = await fetch_page(scan, at)
    end = await _append_page(scan, page)
    if end is not None and at.skip + end < len(page.items):
        return msgspec.structs.replace(page.at, skip=at.skip + end)
    return after_page(scan, page)


async def fetch_page(scan: ListScan, at: Position) -> FetchedPage:
    """Request the page at a position; nothing of it is mapped."""
    part = scan.parts[at.part]
    at = msgspec.structs.replace(at, size=at.size or page_size(part.pages.rules, scan.query.limit))
    if part.call.over is not None:
        return await _fetch_children(scan, part, at)
    shape = scan.call.mapping.shape(part, scan.query, scan.choice.remaining)
    request, bindings = await _request(scan, part, shape, at)
    answer = await scan.call.send(request, part, safe=True)
    scan.pages += 1
    items = part.objects(answer, bindings)
    rows = rows_in(answer.body, part.items) or items
    return FetchedPage(
        at=at,
        part=part,
        shape=shape,
        bindings=bindings,
        answer=answer,
        items=items,
        rows=rows,
        follow_up=follow_up(scan.call, part, shape.variables(), bindings["query"]),
    )


async def _fetch_children(scan: ListScan, part: Operation, at: Position) -> FetchedPage:
    """Request a page of the children of one parent; an empty one where there is no parent."""
    shape = scan.call.mapping.shape(part, scan.query, scan.choice.remaining)
    sized = msgspec.structs.replace(scan.query, limit=at.size)
    found = await read_children(scan.call, part, sized, scan.choice, at.token, scan.parents)
    scan.pages += 1
    return FetchedPage(
        at=at,
        part=part,
        shape=shape,
        bindings=found.bindings,
        answer=found.answer,
        items=found.items,
        rows=found.rows,
        follow_up=follow_up(scan.call, part, shape.variables(), found.bindings["query"]),
        parents=found.parents,
    )


async def _request(
    scan: ListScan, part: Operation, shape: RecordMapper, at: Position
) -> tuple[ProviderRequest, dict[str, Any]]:
    """Return the request for a page, and the `$names` of its part; calls of `before` are made once for an answer."""
    sized = msgspec.structs.replace(scan.query, limit=at.size)
    native, remaining = scan.choice.native, scan.choice.remaining

    def build(bindings: dict[str, Any]) -> ProviderRequest:
        return list_request(scan.call.mapping, part, sized, bindings, native=native, remaining=remaining, position=at.token)

    key = str(part.place)
    root = scan.query.root([*native, "include_deleted"])
    known = scan.bindings.get(key) or scan.call.bindings(root) | ({"call": part.call.name} if part.call.name else {})
    if part.before:
        wanted = prefetch(scan.call, part, root)
        known = await with_results(wanted, shape.variables() | names_read(part), known)
        request, known = await build_with_results(wanted, known, build)
    else:
        request = build(known)
    scan.bindings[key] = known
    return request, known


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


Indexed = list[tuple[int, Record]]
"""Records with the indexes of the objects that they are mapped from."""


async def _fitting(scan: ListScan, page: FetchedPage, items: list[Any], limit: int) -> tuple[int, Indexed]:
    """Return how many of the objects were looked at, and those that fulfil the query; `limit` of these end the search."""
    if scan.is_bounded:
        limit = min(limit, scan.room_to_follow(page.follow_up))
        inside = await _inside(scan, page, items[:limit])
        scan.looked_at += len(items[:limit])
        return len(items[:limit]), [one for one in inside if scan.fits(one[1])]
    fitting: Indexed = []
    seen = 0
    while seen < len(items) and len(fitting) < limit:
        room = min(limit - len(fitting), scan.room_to_follow(page.follow_up))
        if room <= 0:
            break
        for record in await _mapped(scan, page, items[seen : seen + room]):
            if scan.fits(record):
                fitting.append((seen, record))
            seen += 1
    scan.looked_at += seen
    return seen, fitting


async def _mapped(scan: ListScan, page: FetchedPage, items: list[Any]) -> list[Record]:
    """Return the records of some objects, with the calls that these need."""
    country = scan.call.country
    if not page.follow_up:
        return page.shape.mapper(page.bindings, country=country)(items)
    scan.followed += len(items) if page.follow_up.each else 0
    bindings = await with_follow_ups(page.follow_up, items, page.bindings)
    return [page.shape.record(item, own, country=country) for item, own in zip(items, bindings, strict=True)]


async def _inside(scan: ListScan, page: FetchedPage, items: list[Any]) -> Indexed:
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
    records = await _mapped(scan, page, [items[index] for index in inside])
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


def select_fields(record: Record, item: Any, query: Query) -> Record:
    """Return the record with only the requested fields, and the provider's object in `remote_data` when requested."""
    if query.fields:
        wanted = {name.split(".")[0] for name in query.fields} | {"id"}
        record = {name: value for name, value in record.items() if name in wanted}
    return {**record, "remote_data": item} if query.include_raw else record


def _following(page: FetchedPage) -> Any:
    """Return the provider's position after a page; None at the end."""
    if page.parents is None:
        return advance(page.part.pages, PageSeen(answer=page.answer, rows=page.rows, position=page.at.token, size=page.at.size))
    place = opened(page.at.token)
    seen = PageSeen(answer=page.answer, rows=page.rows, position=place.children, size=page.at.size)
    following = advance(page.part.pages, seen) if page.answer is not NOTHING else None
    after = after_children(place, page.parents, following)
    return None if after is None else msgspec.to_builtins(after)


def after_page(scan: ListScan, page: FetchedPage) -> Position | None:
    """Return where a list goes on after a page that was looked at as a whole; None at its end."""
    at, part = page.at, page.part
    seen = at.seen + len(page.rows)
    token = _following(page)
    max_total = part.pages.rules.max_total
    if token is not None and max_total is not None and seen >= max_total and page.parents is None:
        scan.warnings["truncated"] = f"the provider gives at most {max_total} records for one query; narrow it to see the rest"
        token = None
    if token is not None:
        progress = len(page.rows) if page.parents is None else max(len(page.rows), 1)  # many parents have no children
        return advance_position(at, token, count=progress)
    return Position(call=at.call, part=at.part + 1) if at.part + 1 < len(scan.parts) else None


def add_warnings(scan: ListScan) -> None:
    """Add warnings about what the provider does not do itself."""
    bound = scan.call.services.settings.page_scan_limit
    emulated = scan.choice.remaining - scan.choice.native
    if emulated:
        names = ", ".join(shown_filter(name) for name in sorted(emulated))
        scan.warnings["filter_emulated"] = f"{names}: done here on the mapped records, at most about {bound} of them an answer"
    if scan.is_bounded and not scan.visibility.narrowed_by_provider(scan.query):
        scan.warnings["narrowed_here"] = (
            f"records outside the chosen resources were left out here, of at most about {bound} looked at for an answer"
        )
    if scan.query.include_deleted and not all("include_deleted" in part.native for part in scan.parts):
        scan.warnings["deleted_not_offered"] = "include_deleted: the provider does not give deleted records of this list"
