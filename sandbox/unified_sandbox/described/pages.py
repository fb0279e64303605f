"""Which part of a list an answer holds, and where the next part begins."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from unified_sandbox.described.document import Paging
from unified_sandbox.described.refusing import refuse
from unified_sandbox.described.values import argument_at, order_key, values_at
from unified_sandbox.messages import Incoming, Record
from unified_sandbox.paging import Slice, after_id, by_offset, by_page, opaque, page_count, read_opaque


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller asked for."""

    at: Any
    size: int
    last: str | None = None
    """Of the last record of the page, on the last page too, where positions are made of the order."""


def paging_of(pagings: Sequence[Paging], arguments: Any) -> Paging | None:
    """Return the first way of which an argument is there, else the last one; None for none."""
    asked = (one for one in pagings if any(name and argument_at(arguments, name) is not None for name in (one.at, one.size)))
    return next(asked, pagings[-1] if pagings else None)


def whole_order(order: tuple[str, ...], paging: Paging | None, id_field: str) -> tuple[str, ...]:
    """Return an order in which no two records are alike, where positions are made of it."""
    if paging is None or paging.kind != "keyset":
        return order
    return (*order, ("-" if order and order[-1].startswith("-") else "") + id_field)


def page_of(
    rows: Sequence[Record], paging: Paging | None, arguments: Any, id_field: str, order: tuple[str, ...] = ()
) -> tuple[Slice[Record], Position]:
    """Return the page that the arguments ask for, all rows without paging; declines a position or size that is none."""
    if paging is None:
        return Slice(rows=rows, total=len(rows)), Position(at=None, size=len(rows))
    size = _size(paging, arguments)
    at = argument_at(arguments, paging.at)
    if paging.kind == "keyset":
        page, last = _by_keys(rows, paging, at, size, order)
        return page, Position(at=at, size=size, last=last)
    if not paging.same:
        page = KINDS[paging.kind](rows, paging, None if at == "" else at, size, id_field)
        return page, Position(at=at, size=size)
    bound = argument_at(arguments, paging.same)
    page = KINDS[paging.kind](rows, paging, _unbound(at, bound, paging) if at else None, size, id_field)
    after = None if page.next is None else opaque(at=page.next, same=bound)
    return Slice(rows=page.rows, next=after, total=page.total), Position(at=at, size=size)


def _unbound(at: Any, bound: Any, paging: Paging) -> Any:
    """Return the position in one that is bound to the value of an argument; declines it beside another value."""
    held = read_opaque(str(at)) or {}
    if "at" not in held or held.get("same") != bound:
        refuse("invalid_argument", f"{paging.at}: not a position of this list with this {paging.same}.", paging.at)
    return held["at"]


def _size(paging: Paging, arguments: Any) -> int:
    given = argument_at(arguments, paging.size) if paging.size else None
    if given is None:
        return paging.default
    size = _number(given, paging.size)
    if size < 1 or (size > paging.max and paging.over == "refuse"):
        refuse("invalid_argument", f"{paging.size}: expected a number from 1 to {paging.max}.", paging.size)
    return min(size, paging.max)


def _number(value: Any, name: str) -> int:
    text = str(value)
    if not text.isdecimal():
        refuse("invalid_argument", f"{name}: expected a whole number.", name)
    return int(text)


def _bounded(start: int, paging: Paging) -> int:
    if paging.max_rows is not None and start >= paging.max_rows:
        refuse("invalid_argument", f"{paging.at}: only the first {paging.max_rows} results are available.", paging.at)
    return start


def _by_offset(rows: Sequence[Record], paging: Paging, at: Any, size: int, _id: str) -> Slice[Record]:
    return by_offset(rows, _bounded(0 if at is None else _number(at, paging.at), paging), size)


def _by_page(rows: Sequence[Record], paging: Paging, at: Any, size: int, _id: str) -> Slice[Record]:
    number = paging.first if at is None else _number(at, paging.at)
    if number < paging.first:
        refuse("invalid_argument", f"{paging.at}: pages are counted from {paging.first}.", paging.at)
    _bounded((number - paging.first) * size, paging)
    return by_page(rows, number, size, paging.first)


def _by_cursor(rows: Sequence[Record], paging: Paging, at: Any, size: int, _id: str) -> Slice[Record]:
    offset = 0 if at is None else (read_opaque(str(at)) or {}).get("offset")
    if not isinstance(offset, int):
        refuse("invalid_argument", f"{paging.at}: not a cursor of this list.", paging.at)
    page = by_offset(rows, offset, size)
    return Slice(rows=page.rows, next=None if page.next is None else opaque(offset=page.next), total=page.total)


def _after(rows: Sequence[Record], paging: Paging, at: Any, size: int, id_field: str) -> Slice[Record]:
    if at is not None and all(str(row[id_field]) != str(at) for row in rows):
        refuse("invalid_argument", f"{paging.at}: not the id of a record of this list.", paging.at)
    return after_id(rows, None if at is None else str(at), size, id_field)


def _by_keys(
    rows: Sequence[Record], paging: Paging, at: Any, size: int, order: tuple[str, ...]
) -> tuple[Slice[Record], str | None]:
    """Return the rows after the position, which holds the values that the rows are ordered by, and that of the last row."""
    left = rows
    if at is not None:
        place = (read_opaque(str(at)) or {}).get("keys")
        if not isinstance(place, list) or len(place) != len(order):
            refuse("invalid_argument", f"{paging.at}: not a cursor of this list.", paging.at)
        left = [row for row in rows if _is_after(_keys(row, order), place, order)]
    page = left[:size]
    last = opaque(keys=_keys(page[-1], order)) if page else at
    return Slice(rows=page, next=last if len(left) > size else None, total=len(rows)), last


def _keys(row: Record, order: tuple[str, ...]) -> list[Any]:
    return [next(values_at(row, field.removeprefix("-")), None) for field in order]


def _is_after(keys: list[Any], place: list[Any], order: tuple[str, ...]) -> bool:
    for field, value, held in zip(order, keys, place, strict=True):
        one, other = order_key(value), order_key(held)
        if one != other:
            return (one < other) == field.startswith("-")
    return False


KINDS: dict[str, Callable[[Sequence[Record], Paging, Any, int, str], Slice[Record]]] = {
    "offset": _by_offset,
    "page": _by_page,
    "cursor": _by_cursor,
    "after": _after,
}
"""How the position of each kind of paging is read."""


def _previous(position: Position, paging: Paging | None) -> int | None:
    """Return the number of the page before, where pages have numbers."""
    if paging is None or paging.kind != "page" or not position.at:
        return None
    return int(position.at) - 1 if int(position.at) > paging.first else None


def page_bindings(page: Slice[Record], position: Position, paging: Paging | None, request: Incoming) -> dict[str, Any]:
    """Return what the expressions of an answer see of a page; `next` and `next_url` are null on the last one."""

    def url(position: Any) -> str | None:
        if paging is None or position is None:
            return None
        others = [(name, value) for name in request.query for value in request.query.all(name) if name != paging.at]
        return f"{request.url}?{urlencode([*others, (paging.at, position)])}"

    return {
        "next": page.next,
        "next_url": url(page.next),
        "previous_url": url(_previous(position, paging)),
        "last": position.last,
        "more": page.next is not None,
        "total": page.total,
        "size": position.size,
        "at": position.at,
        "pages": page_count(page.total, max(1, position.size)),
    }
