"""Listing records of a common model in flight: provider pages are read, and what fits is shown, until the answer is full."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from unified.service.records.calls.call import Call
from unified.service.records.calls.cursors import Position, open_position, seal_position
from unified.service.records.calls.follow_up import MAX_EACH, FollowUp, with_follow_ups, with_page_results
from unified.service.records.calls.record_warnings import ListWarning, has_notes, note_record, note_withheld, warnings_of
from unified.service.records.reading.list_warnings import add_warnings
from unified.service.records.reading.placing import follows_to_place, inside_of, placed_each, records_or_failures
from unified.service.records.reading.provider_pages import MAX_PAGES, FetchedPage, ProviderPages, after_page, fetch_page
from unified.service.records.visibility.restricted_query import Record, Redact, RestrictedQuery
from unified.transform.queries.filters import record_test
from unified.transform.queries.query import Query
from unified.transform.queries.windows import Window

Accept = Callable[[Record], bool]
"""Takes a record of the answer; False if there is no room for it, so that the next page begins with it."""
Indexed = Iterable[tuple[int, Record]]
"""Records with the indexes of the objects that they are mapped from."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a common model."""

    data: list[Record]
    """Its records; none if the caller took each by itself."""
    position: Position | None
    """Where the list continues; None at its end."""
    warnings: tuple[ListWarning, ...] = ()
    query: Query
    """As the provider was asked: without hidden fields, within the boundary."""
    size: int = 0
    """Bytes of the largest answer that it was made of; they decide where it is encoded."""


async def list_records(call: Call, query: Query, *, accept: Accept | None = None) -> Page:
    """Return one page of a common model, read from the account's provider.

    With `accept`, each record is given to it instead, and the page ends before the first one that it does not take.

    Raises:
        NotSupported, UnsupportedFilter, UnsupportedField: the query cannot be done.
        FieldHidden, OutsideModels, OutsideResources: it reaches for what the caller does not see.
        InvalidCursor: the cursor is not of this query.
        UnifiedError: the provider refused (424 429 502 504 …).
    """
    call.mapping.check_path(dict(query.path))
    visibility = call.visibility.with_lookup_cache()
    view = await visibility.restrict_list(query)
    plan = call.mapping.list_for(view.query)
    first = open_position(call, view.query, choice=plan.index)
    position: Position | None = first
    listing = Listing(ProviderPages(call, visibility, view.query, plan), view, accept)
    add_warnings(listing.pages, first.began)
    note_withheld(call, query)
    while position is not None and listing.pages.count < MAX_PAGES:
        position = await _read_page(listing, position)
        if listing.is_full():
            break
    size = listing.pages.largest
    return Page(data=listing.records, position=position, warnings=warnings_of(call), query=view.query, size=size)


def next_cursor(call: Call, page: Page) -> str | None:
    """Return the sealed cursor of the next page, or None at the end."""
    return None if page.position is None else seal_position(call, page.query, page.position)


class Listing:
    """One list answer in the making: which records it has, and when it is full."""

    def __init__(self, pages: ProviderPages, view: RestrictedQuery, accept: Accept | None = None) -> None:
        self.pages = pages
        self.call = pages.call
        self.visibility = pages.visibility
        self.query = view.query
        self.records: list[Record] = []
        self.count = 0
        """Records of the answer so far."""
        self.looked_at = 0
        """Records of the provider that were looked at, whether or not they are in the answer."""
        self.followed = 0
        """Records for which separate calls were made."""
        self.is_out_of_room = False
        self.is_bounded = self.visibility.is_bounded
        self._view = view
        self._accept = accept
        self._test = record_test(view.query, pages.plan.remaining, self.call.mapping.model)
        self._tests_records = bool(pages.plan.remaining)
        self._redact: Redact | None = view.hide if self._tests_records else view.redact
        """Makes a record of the answer; where records are tested, that removes what lies outside before."""
        self._is_plain = accept is None and not (view.query.include_raw or has_notes(self.call))
        """Whether records need nothing but to be redacted."""

    def take(self, page: FetchedPage, items: list[Any], records: Indexed) -> int | None:
        """Add the records that fulfil the query, as the caller sees them, each in one step; they are mapped from `items`.

        Returns:
            The index of the first record for which there is no room, None when all have some.
        """
        self.looked_at += len(items)
        redact, fitting = self._redact, self._fitting(records, page.window)
        if self._is_plain:
            kept = [one for _, one in fitting]
            self.records += kept if redact is None else map(redact, kept)
            self.count += len(kept)
            return None
        accept, is_noted, shows_raw = self._accept or self._keep, has_notes(self.call), self.query.include_raw
        for index, record in fitting:
            shown = record if redact is None else redact(record)
            if not accept({**shown, "remote_data": items[index]} if shows_raw else shown):
                self.is_out_of_room = True
                return index
            self.count += 1
            if is_noted:
                note_record(self.call, record["id"], items[index], page.bindings, self._view.fields)
        return None

    def _keep(self, shown: Record) -> bool:
        self.records.append(shown)
        return True

    def _fitting(self, records: Indexed, window: Window | None) -> Indexed:
        """Return the records that fulfil the query, and are of the window that they were listed in.

        Conditions look at no more of them than the caller may see.
        """
        if not self.query.include_deleted:
            records = [one for one in records if not one[1].get("is_deleted")]
        if window is not None:
            records = [one for one in records if window.owns(one[1])]
        if not self._tests_records:
            return records
        remove_outside = self._view.remove_outside
        seen = records if remove_outside is None else [(index, remove_outside(record)) for index, record in records]
        return [one for one in seen if self._test(one[1])]

    def room_to_look(self) -> int:
        """Return how many more of the provider's records may be looked at for this answer, on the same page or others.

        A list in which every record fits may be as long as it was asked for.
        """
        return max(self.call.services.settings.page_scan_limit, self.query.limit) - self.looked_at

    def room(self, calls: FollowUp) -> int:
        """Return how many records may be looked at next: as many as the answer lacks, within the bounds of what is read."""
        to_follow = MAX_EACH - self.followed if calls.each else sys.maxsize
        return min(self.query.limit - self.count, to_follow, self.room_to_look())

    def is_full(self) -> bool:
        """Return whether this answer is complete: it has enough records, or a bound is reached."""
        if self.is_out_of_room or self.count >= self.query.limit:
            return True
        if self.followed >= MAX_EACH or self.room_to_look() <= 0:
            return True
        if not self._tests_records and not self.is_bounded:
            return bool(self.count)
        return self.pages.count >= MAX_PAGES


async def _read_page(listing: Listing, at: Position) -> Position | None:
    """Request one provider page, add the matching records, and return where the list continues; None at its end."""
    page = await fetch_page(listing.pages, at)
    end = await _take_page(listing, page)
    if end is not None and at.skip + end < len(page.items):
        return msgspec.structs.replace(page.at, skip=at.skip + end)
    return after_page(listing.pages, page)


async def _take_page(listing: Listing, page: FetchedPage) -> int | None:
    """Take records until the answer is full; return how many objects were looked at then, None when all were."""
    items = page.items[page.at.skip :]
    if page.follow_up.page and not listing.is_bounded:
        bindings = await with_page_results(page.follow_up, items[: listing.room_to_look()], page.bindings)
        page = msgspec.structs.replace(page, bindings=bindings)
    take = _take_inside if listing.is_bounded else _take
    start = 0
    while start < len(items):
        room = listing.room(page.follow_up)
        if room <= 0:
            return start
        chunk = items[start : start + room]
        left_out = await take(listing, page, chunk)
        if left_out is not None:
            return start + left_out
        start += len(chunk)
    return None


async def _take(listing: Listing, page: FetchedPage, items: list[Any]) -> int | None:
    """Map objects and take their records, in one step outside the event loop if the page is large."""
    if page.follow_up:
        records = await _completed(listing, page, items)
        return await listing.call.aside(page.answer, listing.take, page, items, enumerate(records))
    return await listing.call.aside(page.answer, lambda: listing.take(page, items, enumerate(page.map(items))))


async def _completed(listing: Listing, page: FetchedPage, items: list[Any]) -> list[Record]:
    """Return the records of some objects, with the results of follow-up calls."""
    listing.followed += len(items) if page.follow_up.each else 0
    bindings = await with_follow_ups(page.follow_up, items, page.bindings)
    return await listing.call.aside(page.answer, page.map_each, items, bindings)


async def _take_inside(listing: Listing, page: FetchedPage, items: list[Any]) -> int | None:
    """Take the records within the boundary. One that cannot be mapped fails the list only if it lies there too.

    Records are placed before anything else about them counts: what a record outside holds decides neither what is requested
    next nor whether the list fails.
    """
    call = listing.call
    if page.follow_up:
        records = await _completed_inside(listing, page, items)
    else:
        mapped, failures = await call.aside(page.answer, records_or_failures, call, page, items)
        records = inside_of(await listing.visibility.admit(mapped))
        for index, _ in records if failures else ():
            if index in failures:
                raise failures[index]
    return await call.aside(page.answer, listing.take, page, items, records)


async def _completed_inside(listing: Listing, page: FetchedPage, items: list[Any]) -> list[tuple[int, Record]]:
    """Return the records within the boundary, only these get separate calls, unless such calls decide where records belong.

    Completed records are placed again: what follows may name another place than the object itself.
    """
    call, inside = listing.call, list(range(len(items)))
    if not follows_to_place(call, page.part):
        placed = await call.aside(page.answer, placed_each, call, page, items)
        inside = [index for index, _ in inside_of(await listing.visibility.admit(placed))]
    records = await _completed(listing, page, [items[index] for index in inside])
    return [(inside[at], one) for at, one in inside_of(await listing.visibility.admit(records))]
