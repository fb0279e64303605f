"""Zendesk's ways of paging: cursors with `page[size]`, numbered pages without, cursors and times in exports."""

from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlencode

from unified_sandbox.paging import after_id, by_page, opaque, read_opaque
from unified_sandbox.standin import Incoming, Record
from unified_sandbox.zendesk.errors import bad_page, bad_request

MAX_PAGE = 100
MAX_OFFSET = 10_000
MAX_EXPORT = 1_000

Show = Callable[[Record], Record]


def public(record: Record) -> Record:
    """Return the record as clients see it: without what the stand-in keeps for itself."""
    return {name: value for name, value in record.items() if not name.startswith("_")}


def listed(request: Incoming, key: str, rows: Sequence[Record], show: Show = public) -> Record:
    """Return one page of a plain list: by cursor when `page[size]` or `page[after]` is sent, else by number."""
    if "page[size]" in request.query or "page[after]" in request.query:
        return _by_cursor(request, key, rows, show)
    page, size = _number(request, "page", 1, MAX_OFFSET), _number(request, "per_page", MAX_PAGE, MAX_PAGE)
    if page * size > MAX_OFFSET:
        raise bad_request("InvalidPaginationDepth", f"Limited to the first {MAX_OFFSET} records")
    return numbered(request, key, rows, page=page, size=size, show=show)


def numbered(request: Incoming, key: str, rows: Sequence[Record], *, page: int, size: int, show: Show = public) -> Record:
    """Return one page by its number, with `count` and the addresses of its neighbours."""
    part = by_page(rows, page, size)
    return {
        key: [show(row) for row in part.rows],
        "next_page": link(request, page=page + 1) if part.next else None,
        "previous_page": link(request, page=page - 1) if page > 1 else None,
        "count": part.total,
    }


def _by_cursor(request: Incoming, key: str, rows: Sequence[Record], show: Show) -> Record:
    size = _number(request, "page[size]", MAX_PAGE, MAX_PAGE)
    part = after_id(rows, _place(request.query.get("page[after]")), size)
    ends = (opaque(v=str(part.rows[0]["id"])), opaque(v=str(part.rows[-1]["id"]))) if part.rows else (None, None)
    return {
        key: [show(row) for row in part.rows],
        "meta": {"has_more": part.next is not None, "after_cursor": ends[1], "before_cursor": ends[0]},
        "links": {"prev": None, "next": link(request, **{"page[after]": ends[1]}) if part.next is not None else None},
    }


def _place(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    found = (read_opaque(cursor) or {}).get("v")
    if not isinstance(found, str):
        raise bad_page("page[after] is not a valid cursor")
    return found


def _number(request: Incoming, name: str, default: int, highest: int) -> int:
    number = request.query.number(name, default)
    if number is None or not 1 <= number <= highest:
        raise bad_page(f"{name} must be an integer between 1 and {highest}")
    return number


def link(request: Incoming, **changed: object) -> str:
    """Return the asked address with some parameters changed; None leaves one out."""
    pairs = [(name, value) for name in request.query for value in request.query.all(name) if name not in changed]
    pairs += [(name, str(value)) for name, value in changed.items() if value is not None]
    return f"{request.url}?{urlencode(pairs)}"


def start_of(request: Incoming) -> int:
    """Evaluate `start_time` of an export; Zendesk refuses one that is less than a minute old."""
    start = request.query.number("start_time", -1)
    if start is None or start < 0:
        raise bad_request("InvalidValue", "start_time: expected seconds since 1970")
    if start > request.now.timestamp() - 60:
        raise bad_request("StartTimeTooRecent", "Too recent start_time. Use a start_time older than 1 minute")
    return start


def exported(request: Incoming, key: str, rows: Sequence[Record], show: Show = public) -> Record:
    """Return one page of a cursor export of rows in order of `_changed`; the stand-in does not hold back the last minute."""
    size = _number(request, "per_page", MAX_EXPORT, MAX_EXPORT)
    cursor = request.query.get("cursor")
    if cursor is None:
        start = start_of(request)
        left = [row for row in rows if changed_at(row) >= start]
    else:
        left = [row for row in rows if (changed_at(row), row["id"]) > _position(cursor)]
    page = left[:size]
    at = (changed_at(page[-1]), page[-1]["id"]) if page else (_position(cursor) if cursor else (start_of(request), 0))
    after = opaque(t=at[0], i=at[1])
    return {
        key: [show(row) for row in page],
        "after_url": link(request, cursor=after, start_time=None),
        "before_url": None,
        "after_cursor": after,
        "before_cursor": None,
        "end_of_stream": len(left) <= size,
    }


def _position(cursor: str) -> tuple[int, int]:
    found = read_opaque(cursor) or {}
    if not isinstance(found.get("t"), int) or not isinstance(found.get("i"), int):
        raise bad_page("cursor is not valid")
    return found["t"], found["i"]


def exported_by_time(request: Incoming, key: str, rows: Sequence[Record], show: Show = public) -> Record:
    """Return one page of a time-based export; a page never ends within a second, so none is lost or given twice."""
    size = _number(request, "per_page", MAX_EXPORT, MAX_EXPORT)
    start = start_of(request)
    left = [row for row in rows if changed_at(row) >= start]
    end = changed_at(left[min(size, len(left)) - 1]) if left else start
    page = [row for row in left if changed_at(row) <= end]
    following = end + 1 if page else start
    return {
        key: [show(row) for row in page],
        "next_page": link(request, start_time=following),
        "count": len(page),
        "end_of_stream": len(page) == len(left),
        "end_time": following,
    }


def changed_at(row: Record) -> int:
    """Return seconds since 1970 of the last change, which exports go by."""
    return int(row.get("generated_timestamp") or datetime.fromisoformat(row["updated_at"]).timestamp())
