"""The ways providers page, over lists held in memory; each answers the rows and where to continue."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import msgspec

Row = TypeVar("Row")


class Slice(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """One page. `next` is the id, offset or page number to ask for next; None at the end."""

    rows: Sequence[Row]
    next: Any = None
    total: int


def after_id(rows: Sequence[Row], after: str | None, limit: int, key: str = "id") -> Slice[Row]:
    """Return the page of rows behind the one with the id `after`; an unknown id gives an empty page.

    `next` is the id of the page's last row.
    """
    start = 0
    if after is not None:
        places = [place for place, row in enumerate(rows) if str(_value(row, key)) == after]
        start = places[0] + 1 if places else len(rows)
    page = rows[start : start + limit]
    has_more = start + limit < len(rows)
    return Slice(rows=page, next=str(_value(page[-1], key)) if has_more and page else None, total=len(rows))


def by_offset(rows: Sequence[Row], offset: int, limit: int) -> Slice[Row]:
    """Return the page that starts at an offset from 0; `next` is the next offset."""
    end = offset + limit
    return Slice(rows=rows[offset:end], next=end if end < len(rows) else None, total=len(rows))


def by_page(rows: Sequence[Row], page: int, size: int, first: int = 1) -> Slice[Row]:
    """Return the page with a number, counted from `first`; `next` is the next number."""
    start = (page - first) * size
    end = start + size
    return Slice(rows=rows[start:end], next=page + 1 if end < len(rows) else None, total=len(rows))


def page_count(total: int, size: int) -> int:
    """Return how many pages of a size hold that many rows; 0 for none."""
    return -(-total // size)


def opaque(**values: Any) -> str:
    """Return a cursor that does not show what it holds, for providers with sealed cursors."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def read_opaque(cursor: str) -> dict[str, Any] | None:
    """Return what `opaque` was given, or None for a cursor that it did not make."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        value = msgspec.json.decode(base64.urlsafe_b64decode(padded))
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def link_header(url: str, pages: Mapping[str, Mapping[str, Any] | None]) -> str:
    """Return a `Link` header of RFC 8288: relation -> query; relations that are None are left out."""
    present = {relation: query for relation, query in pages.items() if query is not None}
    return ", ".join(f'<{url}?{urlencode(query)}>; rel="{relation}"' for relation, query in present.items())


def _value(row: Any, key: str) -> Any:
    return row[key] if isinstance(row, Mapping) else getattr(row, key)
