"""Pages of management lists: oldest first, continued after the last row's (created_at, id).

Rows added while someone pages appear at the end; none is shown twice or left out. A list for people may have the newest rows
first instead: rows added meanwhile are then on pages before the one that is open.
"""

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Select, Table, and_, or_

from unified.errors.requests import InvalidCursor
from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.stored_times import from_microseconds
from unified.store.engine.stored_values import Raw
from unified.store.integrity.guarded import Shown, read

MAX_LIMIT = 500
DEFAULT_LIMIT = 50

RowT = TypeVar("RowT", bound=msgspec.Struct)
IsSeen = Callable[[RowT], bool]
"""Returns whether a caller may see a row."""


class Page(msgspec.Struct, Generic[RowT], frozen=True, kw_only=True):
    """Some rows of a list; `next_cursor` is None on the last page."""

    items: tuple[RowT, ...]
    next_cursor: str | None = None


def columns(table: Table, row: type[msgspec.Struct]) -> list[ColumnElement[Any]]:
    """Return the columns that a row struct holds, so that digests are not read where they are not needed."""
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
    newest_first: bool = False,
) -> Page[RowT]:
    """Run a filtered query for one page of `limit` rows.

    Rows with an invalid MAC are left out, and so are those that `is_seen` refuses, for a caller who may see only some rows:
    neither the page nor its cursor reveals them.

    Raises:
        InvalidCursor: The cursor is not one of a previous page.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise ValueError(f"expected a limit from 1 to {MAX_LIMIT}, got {limit}")
    position = None if cursor is None else _decode(cursor)
    visible: list[tuple[Raw, RowT]] = []
    order = [one.desc() if newest_first else one for one in (table.c.created_at, table.c.id)]
    while len(visible) <= limit:
        following = query if position is None else query.where(_after(table, *position, newest_first=newest_first))
        rows = await read(connection, following.order_by(*order).limit(limit + 1), table, row, shown)
        visible += [(raw, one) for raw, one in rows if one is not None and (is_seen is None or is_seen(one))]
        position = _position([raw for raw, _ in rows])
        if len(rows) <= limit or position is None:
            break
    items = tuple(one for _, one in visible[:limit])
    return Page(items=items, next_cursor=_encode([raw for raw, _ in visible[:limit]]) if len(visible) > limit else None)


def _after(table: Table, created_at: datetime, last_id: str, *, newest_first: bool) -> ColumnElement[bool]:
    time, row_id = table.c.created_at, table.c.id
    if newest_first:
        return or_(time < created_at, and_(time == created_at, row_id < last_id))
    return or_(time > created_at, and_(time == created_at, row_id > last_id))


def _position(rows: Sequence[Raw]) -> tuple[datetime, str] | None:
    """Return the position after these rows; after tampering, a row may have none."""
    last = _last(rows)
    try:
        return None if last is None else (from_microseconds(last[0]), last[1])
    except OverflowError:
        return None


def _last(rows: Sequence[Raw]) -> tuple[int, str] | None:
    stored = [(one["created_at"], one["id"]) for one in rows]
    positions = [(at, row_id) for at, row_id in stored if isinstance(at, int) and isinstance(row_id, str)]
    return positions[-1] if positions else None


def _encode(rows: Sequence[Raw]) -> str | None:
    """Encode the position after the last row; after tampering, a row may have none."""
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
