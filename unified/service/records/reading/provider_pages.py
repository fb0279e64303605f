"""Pages of a list as the provider returns them: the request for one, what it is mapped with, and where the list continues."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import msgspec

from unified.catalog.list_rows import ParentList
from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors.providers import ProviderMalformed
from unified.service.records.calls.call import Call
from unified.service.records.calls.cursors import Position, advance_position, opened_position
from unified.service.records.calls.follow_up import FollowUp, follow_up
from unified.service.records.calls.prefetch import build_with_results, names_read, prefetch, with_results
from unified.service.records.reading.first_requests import is_first, keep_request, known_request
from unified.service.records.reading.over_parents import (
    MAX_PARENTS,
    NOTHING,
    Parents,
    Turn,
    after_children,
    opened,
    read_children,
)
from unified.service.records.visibility.mapping_lookup import mapping_for
from unified.service.records.visibility.restricted_query import Record
from unified.service.records.visibility.visibility import Visibility
from unified.transform.calls.list_calls import ListPlan
from unified.transform.calls.list_positions import next_page, next_position, window_at
from unified.transform.calls.operation import Operation
from unified.transform.calls.rows import rows_in
from unified.transform.compilation.custom_keys import named_keys
from unified.transform.queries.pagination import PageSeen, advance, counting_size, page_size
from unified.transform.queries.query import Query
from unified.transform.queries.windows import Window
from unified.transform.records.record_mapper import RecordMapper
from unified.transform.requests import list_request

MAX_PAGES = 20
"""Provider pages of any size that were read for one answer."""


class ProviderPages:
    """The list of one answer at the provider, and what was read of it; all counts are of what the provider returned."""

    def __init__(self, call: Call, visibility: Visibility, query: Query, plan: ListPlan) -> None:
        self.call = call
        self.visibility = visibility
        """The visibility of the call, with the state that the look-ups of this answer share."""
        self.query = query
        """As the provider is asked it."""
        self.plan = plan
        self.parts = call.mapping.list_calls.chained(plan.operation)
        self.count = 0
        self.largest = 0
        """Bytes of the largest answer, by which it is decided where work on all records is done."""
        self.bindings: dict[str, dict[str, Any]] = {}
        self.parents: dict[str, Parents] = {}
        """Pages of parents that were listed for this answer, by their position."""

    def note_answer(self, answer: ProviderAnswer) -> None:
        """Count a page and its size."""
        self.count += 1
        self.largest = max(self.largest, len(answer.content))


class FetchedPage(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One page as the provider returned it, with what its objects are mapped with."""

    at: Position
    part: Operation
    shape: RecordMapper
    bindings: dict[str, Any]
    answer: ProviderAnswer
    items: list[Any]
    rows: list[Any]
    """The objects that the provider sent, with those that `items` drops."""
    follow_up: FollowUp
    parents: Parents | None = None
    """The page of parents, of a list with `parents`."""
    window: Window | None = None
    """The window of days that it is a page of, of a list that is read in windows."""
    country: str | None = None
    """That of the account, by which phone numbers without one are read."""

    @cached_property
    def map(self) -> Callable[[list[Any]], list[Record]]:
        """The function that makes records of its objects, all with the same bindings."""
        return self.shape.mapper(self.bindings, country=self.country)

    def map_each(self, items: list[Any], bindings: list[dict[str, Any]]) -> list[Record]:
        """Return the records of objects with bindings for each."""
        return [self.shape.record(item, own, country=self.country) for item, own in zip(items, bindings, strict=True)]


async def fetch_page(pages: ProviderPages, at: Position) -> FetchedPage:
    """Request the page at a position; nothing of it is mapped."""
    part = pages.parts[at.part]
    at = msgspec.structs.replace(at, size=at.size or page_size(part.pages.rules, pages.query.limit))
    if part.parents is not None:
        return await _fetch_children(pages, part, part.parents, at)
    shape = pages.call.mapping.shape(part, pages.query, pages.plan.remaining)
    window = window_at(part, pages.query, pages.plan.native, at.token, at.began)
    if part.windows is not None and window is None:
        return _nothing(pages, part, shape, at)
    request, bindings = await _request(pages, part, shape, at)
    answer = await pages.call.send(request, part, safe=True)
    pages.note_answer(answer)
    items, rows = await pages.call.aside(answer, part.page, answer, bindings)
    return FetchedPage(
        at=at,
        part=part,
        shape=shape,
        bindings=bindings,
        answer=answer,
        items=items,
        rows=rows,
        follow_up=follow_up(pages.call, part, shape.variables(), bindings["query"]),
        window=window,
        country=pages.call.country,
    )


def _nothing(pages: ProviderPages, part: Operation, shape: RecordMapper, at: Position) -> FetchedPage:
    """Return a page without objects, where the provider has nothing that the query asks for; no call is made."""
    calls = FollowUp(call=pages.call, root={}, page={}, each={})
    bindings = pages.call.bindings({})
    return FetchedPage(at=at, part=part, shape=shape, bindings=bindings, answer=NOTHING, items=[], rows=[], follow_up=calls)


async def _fetch_children(pages: ProviderPages, part: Operation, listed: ParentList, at: Position) -> FetchedPage:
    """Request a page of the children of one parent; an empty one where there is no parent."""
    shape = pages.call.mapping.shape(part, pages.query, pages.plan.remaining)
    sized = msgspec.structs.replace(pages.query, limit=at.size)
    place = opened(at.token)
    parents = await _list_parents(pages, listed, place.parents, at.day)
    turn = Turn(model=listed.model, parents=parents, place=place, day=at.began)
    found = await read_children(pages.call, part, sized, pages.plan, turn)
    pages.note_answer(found.answer)
    return FetchedPage(
        at=at,
        part=part,
        shape=shape,
        bindings=found.bindings,
        answer=found.answer,
        items=found.items,
        rows=found.rows,
        follow_up=follow_up(pages.call, part, shape.variables(), found.bindings["query"]),
        parents=parents,
        window=found.window,
        country=pages.call.country,
    )


async def _list_parents(pages: ProviderPages, listed: ParentList, position: Any, day: str) -> Parents:
    """Return the ids of the page of parents at a position, read once for an answer; None is the start of their list.

    Raises:
        NotSupported: The provider does not list them.
        UnifiedError: It refused.
    """
    key = str(position)
    if key in pages.parents:
        return pages.parents[key]
    mapping = mapping_for(pages.call.services.catalog, pages.call.account.provider, listed.model)
    visibility = msgspec.structs.replace(pages.visibility, mapping=mapping, hidden=frozenset())
    call = msgspec.structs.replace(pages.call, mapping=mapping, visibility=visibility)
    query = Query(fields=("id",), limit=MAX_PARENTS)
    plan = mapping.list_for(query) if listed.list is None else mapping.list_calls.named(listed.list)
    above = ProviderPages(call, visibility, query, plan)
    at = Position(call=plan.index, day=day) if position is None else opened_position(position)
    page = await fetch_page(above, at)
    pages.count += above.count
    following = after_page(above, page)
    records = await call.aside(page.answer, page.map, page.items)
    own = (one for one in records if page.window is None or page.window.owns(one))
    found = Parents(ids=tuple(one["id"] for one in own), following=following and msgspec.to_builtins(following))
    pages.parents[key] = found
    return found


async def _request(
    pages: ProviderPages, part: Operation, shape: RecordMapper, at: Position
) -> tuple[ProviderRequest, dict[str, Any]]:
    """Return the request for a page, and the `$names` of its part; calls of `before` are made once for an answer."""
    native, remaining = pages.plan.native, pages.plan.remaining

    def build(bindings: dict[str, Any]) -> ProviderRequest:
        sized = msgspec.structs.replace(pages.query, limit=at.size)
        return list_request(
            pages.call.mapping, part, sized, bindings, native=native, remaining=remaining, position=at.token, day=at.began
        )

    key = str(part.place)
    root = pages.query.root([*native, "include_deleted"])
    asked = named_keys(pages.query.fields) | ({"call": part.call.name} if part.call.name else {})
    known = pages.bindings.get(key) or pages.call.bindings(root) | asked
    wanted = prefetch(pages.call, part, root)
    known = await with_results(wanted, shape.variables() | names_read(part), known) if part.before else known
    first = is_first(pages.plan, part, pages.query, at)
    kept = known_request(pages.call, part, pages.query, at) if first else None
    if kept is None:
        built, known = await build_with_results(wanted, known, build) if part.before else (build(known), known)
        kept = keep_request(pages.call, part, pages.query, at, built) if first else built
    pages.bindings[key] = known
    return kept, known


def after_page(pages: ProviderPages, page: FetchedPage) -> Position | None:
    """Return where a list continues after a page that was looked at as a whole; None at its end."""
    at, part = page.at, page.part
    seen = at.seen + len(page.rows)
    token = _following(page)
    max_total = part.pages.rules.max_total
    if token is not None and max_total is not None and seen >= max_total and page.parents is None:
        pages.call.warn("truncated", f"the provider gives at most {max_total} records for one query; narrow it to see the rest")
        token = None
    at = msgspec.structs.replace(at, size=counting_size(part.pages, at.size, len(page.rows)))
    if token is not None:
        progress = len(page.rows) if page.parents is None else max(len(page.rows), 1)  # many parents have no children
        return advance_position(at, token, count=progress)
    if page.window is not None and page.parents is None and (following := page.window.following()) is not None:
        return Position(call=at.call, part=at.part, token=following, day=at.day)
    return Position(call=at.call, part=at.part + 1, day=at.day) if at.part + 1 < len(pages.parts) else None


def _following(page: FetchedPage) -> Any:
    """Return the provider's position after a page, in the same window; None at the end."""
    if page.answer is NOTHING and page.parents is None:
        return None
    seen = PageSeen(answer=page.answer, rows=page.rows, position=page.at.token, size=page.at.size, before=page.at.seen)
    if page.parents is None:
        return next_page(page.part, page.window, seen)
    place = opened(page.at.token)
    own = msgspec.structs.replace(seen, position=place.children, before=place.seen)
    following = next_position(page.part, page.window, own) if page.answer is not NOTHING else None
    after = after_children(place, page.parents, following, len(page.rows))
    return None if after is None else msgspec.to_builtins(after)


def has_more(operation: Operation, answer: ProviderAnswer) -> bool:
    """Return whether the answer of a call that reads one page says that others follow."""
    rows = rows_in(answer.body, operation.item) or []
    largest = operation.pages.rules.max_size or len(rows) + 1
    rules = msgspec.structs.replace(operation.pages.rules, max_size=largest)
    sized = msgspec.structs.replace(operation.pages, rules=rules, is_sized=True)
    try:
        return bool(rows) and advance(sized, PageSeen(answer=answer, rows=rows, position=None, size=largest)) is not None
    except ProviderMalformed:  # a malformed page proves nothing about others
        return False
