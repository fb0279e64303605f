"""Which part of a list an answer holds, and where the next part begins."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeAlias
from urllib.parse import urlencode

import msgspec

from unified_sandbox.described.document import Paging
from unified_sandbox.described.refusing import refuse
from unified_sandbox.described.values import argument_at, order_key, values_at
from unified_sandbox.messages import Incoming, Record
from unified_sandbox.paging import Slice, after_id, by_offset, by_page, opaque, page_count, read_opaque

Found: TypeAlias = "tuple[Slice[Record], str | None]"
"""A page, and the position of its last record where positions are made of the order."""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """The page that the caller asked for."""

    at: Any
    size: int
    last: str | None = None
    """Of the last record of the page, on the last page too, where positions are made of the order."""


def paging_of(pagings: Sequence[Paging], arguments: Any) -> Paging | None:
    """Return the first way with an argument in the request, else the last one; None for none."""
    asked = (one for one in pagings if any(name and argument_at(arguments, name) is not None for name in (one.at, one.size)))
    return next(asked, pagings[-1] if pagings else None)


def whole_order(order: tuple[str, ...], paging: Paging | None, id_field: str) -> tuple[str, ...]:
    """Return an order in which no two records are alike, where positions are made of it."""
    if paging is None or paging.kind != "keyset":
        return order
    return (*order, ("-" if order and order[-1].startswith("-") else "") + id_field)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides which rows are a page."""

    rows: Sequence[Record]
    paging: Paging
    at: Any
    """The position; None for the first page."""
    size: int
    id_field: str
    order: tuple[str, ...]


def page_of(
    rows: Sequence[Record], paging: Paging | None, arguments: Any, id_field: str, order: tuple[str, ...]
) -> tuple[Slice[Record], Position]:
    """Return the page that the arguments ask for, all rows without paging; declines an invalid position or size."""
    if paging is None:
        return Slice(rows=rows, total=len(rows)), Position(at=None, size=len(rows))
    size, given = _size(paging, arguments), argument_at(arguments, paging.at)
    bound = argument_at(arguments, paging.same) if paging.same else None
    is_first = given is None or (given == "" and paging.kind != "keyset")  # an empty cursor of that kind is refused
    at = None if is_first else _unbound(given, bound, paging) if paging.same else given
    page, last = KINDS[paging.kind](Asked(rows=rows, paging=paging, at=at, size=size, id_field=id_field, order=order))
    if paging.same and page.next is not None:
        page = Slice(rows=page.rows, next=opaque(at=page.next, same=bound), total=page.total)
    return page, Position(at=given, size=size, last=last)


def _unbound(at: Any, bound: Any, paging: Paging) -> Any:
    """Return the position in one that is bound to the value of an argument; declines it with another value."""
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


def _by_offset(asked: Asked) -> Found:
    start = 0 if asked.at is None else _number(asked.at, asked.paging.at)
    return by_offset(asked.rows, _bounded(start, asked.paging), asked.size), None


def _by_page(asked: Asked) -> Found:
    paging = asked.paging
    number = paging.first if asked.at is None else _number(asked.at, paging.at)
    if number < paging.first:
        refuse("invalid_argument", f"{paging.at}: pages are counted from {paging.first}.", paging.at)
    _bounded((number - paging.first) * asked.size, paging)
    return by_page(asked.rows, number, asked.size, paging.first), None


def _by_cursor(asked: Asked) -> Found:
    offset = 0 if asked.at is None else _held(asked, "offset")
    if not isinstance(offset, int):
        _refuse_cursor(asked)
    page = by_offset(asked.rows, offset, asked.size)
    return Slice(rows=page.rows, next=None if page.next is None else opaque(offset=page.next), total=page.total), None


def _after(asked: Asked) -> Found:
    at, id_field = asked.at, asked.id_field
    if at is not None and all(str(row[id_field]) != str(at) for row in asked.rows):
        refuse("invalid_argument", f"{asked.paging.at}: not the id of a record of this list.", asked.paging.at)
    return after_id(asked.rows, None if at is None else str(at), asked.size, id_field), None


def _by_keys(asked: Asked) -> Found:
    """Return the rows after the position, which holds the values that the rows are ordered by, and that of the last row."""
    left, order = asked.rows, asked.order
    if asked.at is not None:
        place = _held(asked, "keys")
        if not isinstance(place, list) or len(place) != len(order):
            _refuse_cursor(asked)
        left = [row for row in left if _is_after(_keys(row, order), place, order)]
    page = left[: asked.size]
    last = opaque(keys=_keys(page[-1], order)) if page else asked.at
    return Slice(rows=page, next=last if len(left) > asked.size else None, total=len(asked.rows)), last


def _held(asked: Asked, key: str) -> Any:
    return (read_opaque(str(asked.at)) or {}).get(key)


def _refuse_cursor(asked: Asked) -> NoReturn:
    refuse("invalid_argument", f"{asked.paging.at}: not a cursor of this list.", asked.paging.at)


def _keys(row: Record, order: tuple[str, ...]) -> list[Any]:
    return [next(values_at(row, field.removeprefix("-")), None) for field in order]


def _is_after(keys: list[Any], place: list[Any], order: tuple[str, ...]) -> bool:
    for field, value, held in zip(order, keys, place, strict=True):
        one, other = order_key(value), order_key(held)
        if one != other:
            return (one < other) == field.startswith("-")
    return False


KINDS: dict[str, Callable[[Asked], Found]] = {
    "offset": _by_offset,
    "page": _by_page,
    "cursor": _by_cursor,
    "after": _after,
    "keyset": _by_keys,
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
