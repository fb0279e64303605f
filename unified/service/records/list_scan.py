"""One list answer in the making: provider pages read, records judged, then tested, until the answer is full.

Where there is a boundary, records are judged before anything else about them counts: what a record outside holds decides
neither what is asked next nor whether the list fails. All bounds count what the provider gave, not what was found in it.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer
from unified.errors import MappingFailed
from unified.service.records.boundary_queries import narrows
from unified.service.records.cursors import Position, advance_position
from unified.service.records.prefetch import with_prefetched
from unified.service.records.provider_calls import Call
from unified.service.records.resource_boundary import BoundaryCheck, contains, look_up_parents
from unified.transform.coverage import shown_filter
from unified.transform.filters import record_test
from unified.transform.mapping import ListPlan
from unified.transform.operation import Operation
from unified.transform.pagination import PageSeen, advance, page_size
from unified.transform.query import Query
from unified.transform.record_mapper import RecordMapper
from unified.transform.requests import list_request

FitsBudget = Callable[[dict[str, Any]], bool]
"""Asked with each record that was found: whether it still fits into the answer."""
MAX_PAGES = 20
"""Provider pages read for one answer, whatever their size."""
Record = dict[str, Any]


class ListScan:
    """Records found for one answer, provider records looked at, warnings."""

    def __init__(
        self, call: Call, query: Query, choice: ListPlan, judge: BoundaryCheck, room: FitsBudget | None = None
    ) -> None:
        self.call = call
        self.room = room
        self.out_of_room = False
        self.query = query
        self.choice = choice
        self.parts = call.mapping.chained(choice.operation)
        self.test = record_test(query, choice.remaining, call.mapping.model)
        self.judge = judge
        self.bounded = bool(judge.boundary.rules(call.mapping.model))
        self.found: list[Record] = []
        self.looked_at = 0
        self.pages = 0
        self.warnings: dict[str, str] = {}
        self.bindings: dict[str, dict[str, Any]] = {}

    def fits(self, record: Record) -> bool:
        """Whether a record inside is one that was asked for; conditions look at no more of it than the caller may see."""
        if record.get("is_deleted") and not self.query.include_deleted:
            return False
        return self.test(self.judge.boundary.trimmed(self.call.mapping.model, record) if self.bounded else record)

    def take(self, record: Record) -> bool:
        """Add a record to the answer, unless there is no room for it."""
        self.out_of_room = self.room is not None and not self.room(record)
        if not self.out_of_room:
            self.found.append(record)
        return not self.out_of_room

    def full(self) -> bool:
        """Whether this answer has all it may have: enough records, or the scan bound is reached."""
        if self.out_of_room or len(self.found) >= self.query.limit:
            return True
        if not self.choice.remaining and not self.bounded:
            return bool(self.found)
        return self.looked_at >= self.call.services.settings.page_scan_limit or self.pages >= MAX_PAGES


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """One page as the provider gave it, with what its objects are mapped with."""

    at: Position
    part: Operation
    shape: RecordMapper
    bindings: dict[str, Any]
    answer: ProviderAnswer
    items: list[Any]


async def read_page(scan: ListScan, at: Position) -> Position | None:
    """Ask for one provider page, add what fits, and tell where to go on."""
    page = await fetch_page(scan, at)
    end = await _take(scan, page)
    if end is not None and at.skip + end < len(page.items):
        return msgspec.structs.replace(page.at, skip=at.skip + end)
    return after_page(scan, page)


async def fetch_page(scan: ListScan, at: Position) -> Fetched:
    """Ask for the page at a position; nothing of it is mapped."""
    part = scan.parts[at.part]
    at = msgspec.structs.replace(at, size=at.size or page_size(part.pages.rules, scan.query.limit))
    sized = msgspec.structs.replace(scan.query, limit=at.size)
    shape = scan.call.mapping.shape(part, scan.query, scan.choice.remaining)
    bindings = await _bindings(scan, part, shape)
    native, remaining = scan.choice.native, scan.choice.remaining
    request = list_request(scan.call.mapping, part, sized, bindings, native=native, remaining=remaining, position=at.token)
    answer = await scan.call.send(request, part, safe=True)
    scan.pages += 1
    return Fetched(at=at, part=part, shape=shape, bindings=bindings, answer=answer, items=part.objects(answer, bindings))


async def _take(scan: ListScan, page: Fetched) -> int | None:
    """Map objects until the answer is full; answers how many were looked at then, None when all were."""
    items = page.items[page.at.skip :]
    start = 0
    while start < len(items):
        room = scan.query.limit - len(scan.found)
        if room <= 0:
            return start
        seen, fitting = await _fitting(scan, page, items[start:], room)
        for place, record in fitting:
            if not scan.take(finished(record, items[start + place], scan.query)):
                return start + place
        start += seen
    return None


Placed = list[tuple[int, Record]]
"""Records with their places among the objects that they were made from."""


async def _fitting(scan: ListScan, page: Fetched, items: list[Any], most: int) -> tuple[int, Placed]:
    """How many of the objects were looked at, and which of them were asked for: `most` of these end it."""
    if scan.bounded:
        inside = await _inside(scan, page, items[:most])
        scan.looked_at += len(items[:most])
        return len(items[:most]), [one for one in inside if scan.fits(one[1])]
    country = scan.call.account.settings.get("country")
    found: Placed = []
    seen = 0
    while seen < len(items) and len(found) < most:
        record = page.shape.record(items[seen], page.bindings, country=country)
        if scan.fits(record):
            found.append((seen, record))
        seen += 1
    scan.looked_at += seen
    return seen, found


async def _inside(scan: ListScan, page: Fetched, items: list[Any]) -> Placed:
    """The records that lie within the boundary. One that cannot be mapped counts only if it lies there too."""
    country = scan.call.account.settings.get("country")
    mapped: list[Record | None] = []
    failed: dict[int, MappingFailed] = {}
    for place, item in enumerate(items):
        try:
            mapped.append(page.shape.record(item, page.bindings, country=country))
        except MappingFailed as problem:
            failed[place] = problem
            mapped.append(boundary_part(scan.call, page.part, item, page.bindings))
    await look_up_parents(scan.judge, [one for one in mapped if one is not None])
    inside = [(place, one) for place, one in enumerate(mapped) if one is not None and await contains(scan.judge, one)]
    for place, _ in inside:
        if place in failed:
            raise failed[place]
    return inside


def boundary_part(call: Call, operation: Operation, item: Any, bindings: dict[str, Any]) -> Record | None:
    """What of an object tells where it belongs, without the rest; None when not even that can be read."""
    needs = Query(fields=("id", *call.boundary.needs(call.mapping.model)))
    try:
        shape = call.mapping.shape(operation, needs)
        return shape.record(item, bindings, country=call.account.settings.get("country"))
    except MappingFailed:
        return None


def finished(record: Record, item: Any, query: Query) -> Record:
    """The record with only the fields asked for, and the provider's own beside it when asked for."""
    if query.fields:
        asked = {name.split(".")[0] for name in query.fields} | {"id"}
        record = {name: value for name, value in record.items() if name in asked}
    return {**record, "remote_data": item} if query.include_raw else record


def after_page(scan: ListScan, page: Fetched) -> Position | None:
    """Where a list goes on after a page that was looked at as a whole; None at its end."""
    at, part, items = page.at, page.part, page.items
    seen = at.seen + len(items)
    token = advance(part.pages, PageSeen(answer=page.answer, items=items, position=at.token, size=at.size))
    most = part.pages.rules.max_total
    if token is not None and most is not None and seen >= most:
        scan.warnings["truncated"] = f"the provider gives at most {most} records for one query; narrow it to see the rest"
        token = None
    if token is not None:
        return advance_position(at, token, count=len(items))
    return Position(call=at.call, part=at.part + 1) if at.part + 1 < len(scan.parts) else None


async def _bindings(scan: ListScan, part: Operation, shape: RecordMapper) -> dict[str, Any]:
    """`$names` for this part; calls of `before` are made once an answer."""
    key = str(part.place)
    if key not in scan.bindings:
        root = scan.query.root([*scan.choice.native, "include_deleted"])
        base = scan.call.bindings(root) | ({"call": part.call.name} if part.call.name else {})
        scan.bindings[key] = await with_prefetched(scan.call, part, shape.variables(), root, base)
    return scan.bindings[key]


def list_warning(scan: ListScan) -> None:
    """Say what the provider does not do itself."""
    bound = scan.call.services.settings.page_scan_limit
    emulated = scan.choice.remaining - scan.choice.native
    if emulated:
        names = ", ".join(shown_filter(name) for name in sorted(emulated))
        scan.warnings["filter_emulated"] = f"{names}: done here on the mapped records, at most about {bound} of them an answer"
    rules = scan.judge.boundary.rules(scan.call.mapping.model)
    if scan.bounded and not narrows(scan.call.mapping, rules, scan.query):
        scan.warnings["narrowed_here"] = (
            f"records outside the chosen resources were left out here, of at most about {bound} looked at for an answer"
        )
    if scan.query.include_deleted and not all("include_deleted" in part.native for part in scan.parts):
        scan.warnings["deleted_not_offered"] = "include_deleted: the provider does not give deleted records of this list"
