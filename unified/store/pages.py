"""Pages of management lists: oldest first, continued after the last row's (created_at, id).

Rows that are added while someone pages are found at the end; none is shown twice or left out.
"""

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Select, Table, and_, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from unified.errors import InvalidCursor
from unified.store.guarded import Shown, read
from unified.store.stored_values import Raw
from unified.store.tables import from_microseconds

MAX_LIMIT = 500
DEFAULT_LIMIT = 50

RowT = TypeVar("RowT", bound=msgspec.Struct)
IsSeen = Callable[[RowT], bool]
"""Whether a caller may see a row."""


class Page(msgspec.Struct, Generic[RowT], frozen=True, kw_only=True):
    """Some rows of a list; `next_cursor` is None on the last page."""

    items: tuple[RowT, ...]
    next_cursor: str | None = None


def columns(table: Table, row: type[msgspec.Struct]) -> list[ColumnElement[Any]]:
    """The columns that a row struct holds, so that digests are not read where nobody needs them."""
    return [table.c[name] for name in row.__struct_fields__]


async def fetch_page(
    connection: AsyncConnection,
    query: Select[Any],
    table: Table,
    row: type[RowT],
    *,
    limit: int,
    cursor: str | None,
    shown: Shown | None = None,
    is_seen: IsSeen[RowT] | None = None,
) -> Page[RowT]:
    """Run a filtered query for one page of `limit` rows; raises InvalidCursor.

    Rows whose MAC does not fit are left out, and those that `is_seen` says no to, for a caller who may see only some: neither
    the page nor its cursor tells of them.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise ValueError(f"expected a limit from 1 to {MAX_LIMIT}, got {limit}")
    place = None if cursor is None else _decode(cursor)
    found: list[tuple[Raw, RowT]] = []
    while len(found) <= limit:
        following = query if place is None else query.where(_after(table, *place))
        rows = await read(connection, following.order_by(table.c.created_at, table.c.id).limit(limit + 1), table, row, shown)
        found += [(raw, one) for raw, one in rows if one is not None and (is_seen is None or is_seen(one))]
        place = _place([raw for raw, _ in rows])
        if len(rows) <= limit or place is None:
            break
    items = tuple(one for _, one in found[:limit])
    return Page(items=items, next_cursor=_encode([raw for raw, _ in found[:limit]]) if len(found) > limit else None)


def _after(table: Table, created_at: datetime, last_id: str) -> ColumnElement[bool]:
    later = table.c.created_at > created_at
    return or_(later, and_(table.c.created_at == created_at, table.c.id > last_id))


def _place(rows: Sequence[Raw]) -> tuple[datetime, str] | None:
    """Where the rows after these begin; one that somebody edited may have no place."""
    found = _last(rows)
    try:
        return None if found is None else (from_microseconds(found[0]), found[1])
    except OverflowError:
        return None


def _last(rows: Sequence[Raw]) -> tuple[int, str] | None:
    places = [(one["created_at"], one["id"]) for one in rows]
    found = [(at, row_id) for at, row_id in places if isinstance(at, int) and isinstance(row_id, str)]
    return found[-1] if found else None


def _encode(rows: Sequence[Raw]) -> str | None:
    """The position after the last row; one that somebody edited may have none."""
    position = _last(rows)
    if position is None:
        return None
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime, str]:
    try:
        raw = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        stored, last_id = msgspec.json.decode(raw, type=tuple[int, str])
        return from_microseconds(stored), last_id
    except (ValueError, OverflowError):
        raise InvalidCursor(
            "The cursor cannot be read: expected the next_cursor of the previous page, unchanged. Start again without a cursor."
        ) from None
