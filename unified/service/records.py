"""The main job, reading: list and get records of a common model from a provider, in flight."""

from collections.abc import Callable
from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer
from unified.errors import (
    InvalidId,
    MappingFailed,
    NotFound,
    NotSupported,
    OutsideResources,
)
from unified.jsonata import UNDEFINED
from unified.service.befores import with_befores
from unified.service.boundary import OUTSIDE, Judge, admits, look_up_parents, refuse_foreign_id
from unified.service.bounded_queries import within_boundary
from unified.service.calls import Call, around
from unified.service.circles import follow
from unified.service.cursors import Position, open_position, seal_position
from unified.transform.coverage import shown_filter
from unified.transform.filters import record_test
from unified.transform.mapping import Choice
from unified.transform.operation import Operation
from unified.transform.pagination import PageSeen, advance, page_size
from unified.transform.query import Filter, Query
from unified.transform.requests import get_request, list_request
from unified.transform.shape import Shape

Room = Callable[[dict[str, Any]], bool]
"""Asked with each record that was found: whether it still fits into the answer."""
MAX_PAGES = 20
"""Provider pages read for one answer, whatever their size."""


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """Something the caller should know about an answer that succeeded."""

    code: str
    message: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a common model."""

    data: list[dict[str, Any]]
    position: Position | None
    """Where the list goes on; None at its end."""
    warnings: tuple[Warned, ...] = ()
    query: Query
    """As it was asked from the provider: without hidden fields, within the boundary."""


class _Scan:
    """One list answer in the making: records found, provider records looked at, warnings."""

    def __init__(self, call: Call, query: Query, choice: Choice, room: Room | None = None) -> None:
        self.call = call
        self.room = room
        self.out_of_room = False
        self.query = query
        self.choice = choice
        self.parts = call.mapping.chained(choice.operation)
        self.test = record_test(query, choice.left, call.mapping.model)
        self.judge = judge_of(call)
        self.bounded = bool(self.judge.boundary.rules(call.mapping.model))
        self.found: list[dict[str, Any]] = []
        self.looked_at = 0
        self.pages = 0
        self.warnings: dict[str, str] = {}
        self.bindings: dict[str, dict[str, Any]] = {}

    def take(self, record: dict[str, Any]) -> bool:
        """Add a record to the answer, unless there is no room for it."""
        self.out_of_room = self.room is not None and not self.room(record)
        if not self.out_of_room:
            self.found.append(record)
        return not self.out_of_room

    def full(self) -> bool:
        """Whether this answer has all it may have: enough records, or the scan bound is reached."""
        if self.out_of_room or len(self.found) >= self.query.limit:
            return True
        if not self.choice.left and not self.bounded:
            return bool(self.found)
        return self.looked_at >= self.call.services.settings.page_scan_limit or self.pages >= MAX_PAGES


async def list_records(call: Call, asked: Query, *, room: Room | None = None) -> Page:
    """One page of a common model, asked from the account's provider; nothing is kept.

    With `room`, the page ends before the first record for which there is none, and goes on with it.

    Raises:
        NotSupported, UnsupportedFilter, UnsupportedField, FieldHidden: the query cannot be done.
        InvalidCursor: the cursor is not of this query.
        UnifiedError: the provider refused (424 429 502 504 …).
    """
    call.mapping.check_path(dict(asked.path))
    sight = call.sight
    query = await within_boundary(call, judge_of(call), sight.visible(asked))
    choice = call.mapping.list_for(query)
    position: Position | None = open_position(call, query, choice=choice.index)
    scan = _Scan(call, query, choice, room and (lambda record: room(sight.cut(record, asked))))
    _warn(scan)
    while position is not None and scan.pages < MAX_PAGES:
        position = await _read_page(scan, position)
        if scan.full():
            break
    warnings = tuple(Warned(code=code, message=message) for code, message in scan.warnings.items())
    return Page(data=[sight.cut(one, asked) for one in scan.found], position=position, warnings=warnings, query=query)


def _warn(scan: _Scan) -> None:
    """Say what the provider does not do itself."""
    emulated = scan.choice.left - scan.choice.native
    if emulated:
        names, bound = ", ".join(shown_filter(name) for name in sorted(emulated)), scan.call.services.settings.page_scan_limit
        scan.warnings["filter_emulated"] = f"{names}: done here on the mapped records, at most about {bound} of them an answer"
    if scan.bounded and not _narrowed_there(scan):
        bound = scan.call.services.settings.page_scan_limit
        scan.warnings["narrowed_here"] = (
            f"records outside the chosen resources were left out here, of at most about {bound} looked at for an answer"
        )
    if scan.query.include_deleted and not all("include_deleted" in part.native for part in scan.parts):
        scan.warnings["deleted_not_offered"] = "include_deleted: the provider does not give deleted records of this list"


def _narrowed_there(scan: _Scan) -> bool:
    """Whether the provider itself gives only what lies within the boundary."""
    rules = scan.judge.boundary.rules(scan.call.mapping.model)
    asked = {one.field for one in scan.query.filters if one.parameter in scan.choice.native and one.operator in {"eq", "in"}}
    return all(asked & set(rule.needs) for rule in rules)


def next_cursor(call: Call, page: Page) -> str | None:
    """The sealed cursor of a page, or None at the end."""
    return None if page.position is None else seal_position(call, page.query, page.position)


async def _read_page(scan: _Scan, at: Position) -> Position | None:
    """Ask for one provider page, add what fits, and tell where to go on."""
    part = scan.parts[at.part]
    at = msgspec.structs.replace(at, size=at.size or page_size(part.pages.rules, scan.query.limit))
    sized = msgspec.structs.replace(scan.query, limit=at.size)
    shape = scan.call.mapping.shape(part, scan.query, scan.choice.left)
    bindings = await _bindings(scan, part, shape)
    request = list_request(
        scan.call.mapping, part, sized, bindings, native=scan.choice.native, left=scan.choice.left, position=at.token
    )
    answer = await scan.call.send(request, part, safe=True)
    items = part.objects(answer, bindings)
    scan.pages += 1
    end = await _take(scan, shape, items[at.skip :], bindings)
    if end is not None and at.skip + end < len(items):
        return msgspec.structs.replace(at, skip=at.skip + end)
    return _after_page(scan, part, at, answer, items)


async def _take(scan: _Scan, shape: Shape, items: list[Any], bindings: dict[str, Any]) -> int | None:
    """Map objects until the page is full; answers how many were looked at then, None when all were."""
    start = 0
    while start < len(items):
        room = scan.query.limit - len(scan.found)
        if room <= 0:
            return start
        fitting, seen = _fitting(scan, shape, items[start:], bindings, room)
        start += seen
        for record, item in await _inside(scan, fitting):
            if not scan.take(_finished(record, item, scan.query)):
                return next(place for place, one in enumerate(items) if one is item)
    return None


Mapped = list[tuple[dict[str, Any], Any]]
"""Records with the provider's objects that they were made from."""


def _fitting(scan: _Scan, shape: Shape, items: list[Any], bindings: dict[str, Any], most: int) -> tuple[Mapped, int]:
    """The first records that fulfil the conditions left to this service, and how many objects were looked at for them."""
    country = scan.call.account.settings.get("country")
    found: Mapped = []
    seen = 0
    while seen < len(items) and len(found) < most:
        record = shape.record(items[seen], bindings, country=country)
        if (not record.get("is_deleted") or scan.query.include_deleted) and scan.test(record):
            found.append((record, items[seen]))
        seen += 1
    scan.looked_at += seen
    return found, seen


async def _inside(scan: _Scan, mapped: Mapped) -> Mapped:
    """Those of the records that lie within the boundary."""
    if not scan.bounded:
        return mapped
    await look_up_parents(scan.judge, [record for record, _ in mapped])
    return [one for one in mapped if await admits(scan.judge, one[0])]


def _finished(record: dict[str, Any], item: Any, query: Query) -> dict[str, Any]:
    """The record with only the fields asked for, and the provider's own beside it when asked for."""
    if query.fields:
        asked = {name.split(".")[0] for name in query.fields} | {"id"}
        record = {name: value for name, value in record.items() if name in asked}
    return {**record, "remote_data": item} if query.include_raw else record


def _after_page(scan: _Scan, part: Operation, at: Position, answer: ProviderAnswer, items: list[Any]) -> Position | None:
    seen = at.seen + len(items)
    token = advance(part.pages, PageSeen(answer=answer, items=items, position=at.token, size=at.size))
    most = part.pages.rules.max_total
    if token is not None and most is not None and seen >= most:
        scan.warnings["truncated"] = f"the provider gives at most {most} records for one query; narrow it to see the rest"
        token = None
    if token is not None:
        return follow(at, token, count=len(items))
    return Position(call=at.call, part=at.part + 1) if at.part + 1 < len(scan.parts) else None


async def _bindings(scan: _Scan, part: Operation, shape: Shape) -> dict[str, Any]:
    """`$names` for this part; calls of `before` are made once an answer."""
    key = str(part.place)
    if key not in scan.bindings:
        root = scan.query.root([*scan.choice.native, "include_deleted"])
        base = scan.call.bindings(root) | ({"call": part.call.name} if part.call.name else {})
        scan.bindings[key] = await with_befores(scan.call, part, shape.variables(), root, base)
    return scan.bindings[key]


async def get_record(call: Call, record_id: str, asked: Query) -> dict[str, Any]:
    """One record by its id; NotFound when the provider has none."""
    call.mapping.check_path(dict(asked.path))
    query = call.sight.visible(asked)
    operation = call.mapping.operation("get")
    refuse_foreign_id(judge_of(call), record_id)
    if operation.call.via == "list":
        return await admitted(call, await _find_in_list(call, record_id, query), asked)
    shape = call.mapping.shape(operation, query)
    values = {**query.root(), **call.mapping.id_values(record_id)}
    bindings = await with_befores(call, operation, shape.variables(), values, call.bindings(values))
    answer = await call.send(get_request(call.mapping, record_id, query, bindings), operation, safe=True)
    item = found_object(operation, answer, bindings)
    record = shape.record(item, bindings, country=call.account.settings.get("country"))
    return await admitted(call, _finished(record, item, query), asked)


async def admitted(call: Call, record: dict[str, Any], asked: Query) -> dict[str, Any]:
    """The record as the caller may see it; OutsideResources for one outside the boundary."""
    if not await admits(judge_of(call), record):
        raise OutsideResources(OUTSIDE)
    return call.sight.cut(record, asked)


def judge_of(call: Call) -> Judge:
    """What judges the records of a call by the boundary of its account."""

    async def look_up(model_id: str, record_id: str) -> bool:
        try:
            outer = await around(call, model_id)
            await get_record(outer, record_id, Query(fields=("id",)))
        except (NotFound, NotSupported, InvalidId, OutsideResources):
            return False
        return True

    return Judge(model=call.mapping.model, boundary=call.boundary, look_up=look_up)


def found_object(operation: Operation, answer: ProviderAnswer, bindings: dict[str, Any]) -> dict[str, Any]:
    """The provider's object in the answer of a get, create or update; NotFound when there is none."""
    item = operation.find_item(answer, bindings)
    if isinstance(item, list):
        item = item[0] if item else None
    if item is None or item is UNDEFINED or item == {}:
        raise NotFound("the provider has no such record")
    if not isinstance(item, dict):
        raise MappingFailed(f"{operation.where}: expected one object in the answer")
    return item


async def _find_in_list(call: Call, record_id: str, query: Query) -> dict[str, Any]:
    """A record looked for in the list, within the scan bound, for providers that have no call for one."""
    wide = msgspec.structs.replace(query, limit=200, include_deleted=True, filters=_parents(call, record_id))
    scan = _Scan(call, wide, call.mapping.list_for(wide))
    scan.bounded = False  # judged once it is found, so that one outside is refused and not merely missing
    position: Position | None = Position(call=scan.choice.index)
    while position is not None and scan.pages < MAX_PAGES:
        position = await _read_page(scan, position)
        found = next((one for one in scan.found if one["id"] == record_id), None)
        if found is not None:
            return found
        scan.found.clear()
    raise NotFound("the provider has no such record")


def _parents(call: Call, record_id: str) -> tuple[Filter, ...]:
    """Parts of a composite id by which the list can be narrowed, such as the ticket of a comment."""
    parts = call.mapping.id_values(record_id)
    known = call.mapping.native_filters
    return tuple(Filter(field=name, value=part) for name, part in parts.items() if name != "id" and f"filter.{name}" in known)
