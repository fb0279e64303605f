"""Pages of management lists: oldest first, continued after the last row's (created_at, id).

Rows that are added while someone pages are found at the end; none is shown twice or left out.
"""

import base64
from collections.abc import Sequence
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
) -> Page[RowT]:
    """Run a filtered query for one page of `limit` rows, those left out whose MAC does not fit; raises InvalidCursor."""
    if not 1 <= limit <= MAX_LIMIT:
        raise ValueError(f"expected a limit from 1 to {MAX_LIMIT}, got {limit}")
    if cursor is not None:
        query = query.where(_after(table, *_decode(cursor)))
    query = query.order_by(table.c.created_at, table.c.id).limit(limit + 1)
    found = await read(connection, query, table, row, shown)
    items = tuple(one for _, one in found[:limit] if one is not None)
    return Page(items=items, next_cursor=_encode([raw for raw, _ in found[:limit]]) if len(found) > limit else None)


def _after(table: Table, created_at: datetime, last_id: str) -> ColumnElement[bool]:
    later = table.c.created_at > created_at
    return or_(later, and_(table.c.created_at == created_at, table.c.id > last_id))


def _encode(rows: Sequence[Raw]) -> str | None:
    """The position after the last row; one that somebody edited may have none."""
    places = [(one["created_at"], one["id"]) for one in rows]
    found = [(at, row_id) for at, row_id in places if isinstance(at, int) and isinstance(row_id, str)]
    if not found:
        return None
    position = found[-1]
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime, str]:
    try:
        raw = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        stored, last_id = msgspec.json.decode(raw, type=tuple[int, str])
        return from_microseconds(stored), last_id
    except (ValueError, OverflowError):
        raise InvalidCursor(
            "The cursor cannot be read: expected the next_cursor of the page before, unchanged. Start again without a cursor."
        ) from None
