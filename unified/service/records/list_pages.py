"""Pages of a list as the provider returns them: the request for one, and where the list goes on after it."""

from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.service.records.cursors import Position, advance_position
from unified.service.records.follow_up import FollowUp, follow_up, with_follow_ups
from unified.service.records.list_scan import ListScan
from unified.service.records.over_parents import NOTHING, Parents, after_children, opened, read_children
from unified.service.records.prefetch import build_with_results, names_read, prefetch, with_results
from unified.service.records.visibility import Record
from unified.transform.operation import Operation
from unified.transform.pagination import PageSeen, advance, page_size
from unified.transform.record_mapper import RecordMapper
from unified.transform.requests import list_request
from unified.transform.rows import rows_in


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


async def map_items(scan: ListScan, page: FetchedPage, items: list[Any]) -> list[Record]:
    """Return the records of some objects, with the calls that these need."""
    country = scan.call.country
    if not page.follow_up:
        return page.shape.mapper(page.bindings, country=country)(items)
    scan.followed += len(items) if page.follow_up.each else 0
    bindings = await with_follow_ups(page.follow_up, items, page.bindings)
    return [page.shape.record(item, own, country=country) for item, own in zip(items, bindings, strict=True)]


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


def _following(page: FetchedPage) -> Any:
    """Return the provider's position after a page; None at the end."""
    if page.parents is None:
        return advance(page.part.pages, PageSeen(answer=page.answer, rows=page.rows, position=page.at.token, size=page.at.size))
    place = opened(page.at.token)
    seen = PageSeen(answer=page.answer, rows=page.rows, position=place.children, size=page.at.size)
    following = advance(page.part.pages, seen) if page.answer is not NOTHING else None
    after = after_children(place, page.parents, following)
    return None if after is None else msgspec.to_builtins(after)
