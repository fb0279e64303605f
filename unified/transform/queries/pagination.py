"""How to get from one page to the next: a closed list of types, each a pair of pure functions.

The first one writes a position into a request, the second one finds the next position in a response. A position is a JSON
value (token, page number, number of records, URL); None is the first page in a request, and the end in a response.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from unified.catalog.provider import Pagination
from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors.providers import ProviderMalformed
from unified_jsonata import UNDEFINED, Expression, JsonataError, Refusal

MAX_TOKEN_LENGTH = 8_192
MAX_DIGITS = 18
_LINK = re.compile(r'<(?P<url>[^<>]*)>(?P<parameters>(?:[^,<"]|"[^"]*")*)')
"""One link of a Link header; its URL and quoted parameters may contain commas and semicolons."""
_RELATIONS = re.compile(r';\s*rel\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s;,"]+))', re.IGNORECASE)


class Pages(msgspec.Struct, frozen=True, kw_only=True):
    """A pagination with its expressions compiled."""

    rules: Pagination
    next: Expression | None = None
    more: Expression | None = None
    total: Expression | None = None
    field: Expression | None = None
    page_info: Expression | None = None

    is_sized: bool = False
    """Whether a call says how many records it wants, by `size` or by reading `$limit`."""


class PageSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The input of `advance`: the response, its rows, and the position and size of the page."""

    answer: ProviderAnswer
    rows: Sequence[Any]
    """The rows that the provider sent, with those that `items` drops."""
    position: Any
    size: int
    """How many records the call wanted."""
    before: int = 0
    """Rows of the pages before it."""


def page_size(rules: Pagination, limit: int) -> int:
    """Return how many records to request: the caller's limit, capped at the provider's maximum."""
    return min(limit, rules.max_size or limit)


def put_page(pages: Pages, request: ProviderRequest, position: Any, size: int) -> ProviderRequest:
    """Return the request for one page."""
    rules = pages.rules
    if rules.size:
        request = put(request, rules.size, size)
    return TYPES[rules.type or "none"][0](pages, request, position)


def advance(pages: Pages, seen: PageSeen) -> Any:
    """Return the position of the next page; None at the end.

    Raises:
        ProviderMalformed: The provider repeats the position, or gives an unusable one.
    """
    following = TYPES[pages.rules.type or "none"][1](pages, seen)
    if following is None or following == "":
        return None
    if following == seen.position:
        raise ProviderMalformed("pagination: the provider gave the requested position as the next one")
    if isinstance(following, str) and len(following) > MAX_TOKEN_LENGTH:
        raise ProviderMalformed(f"pagination: the next position has more than {MAX_TOKEN_LENGTH} characters")
    return following


def put(request: ProviderRequest, where: str, value: Any) -> ProviderRequest:
    """Return the request with a value at `query.NAME`, `body.a.b` or `header.NAME`."""
    kind, _, name = where.partition(".")
    if kind == "query":
        others = tuple(pair for pair in request.query if pair[0] != name)
        return msgspec.structs.replace(request, query=(*others, (name, str(value))))
    if kind == "header":
        return msgspec.structs.replace(request, headers={**request.headers, name: str(value)})
    body = request.body if isinstance(request.body, dict) else {}
    return msgspec.structs.replace(request, body=_with(body, name.split("."), value))


def _with(body: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    if len(path) == 1:
        return {**body, path[0]: value}
    inner = body.get(path[0])
    return {**body, path[0]: _with(inner if isinstance(inner, dict) else {}, path[1:], value)}


def full_page(pages: Pages, seen: PageSeen) -> int | None:
    """Return how many rows a page has that is not the last one; None where that is not known.

    A provider gives fewer records than a call wants where that is more than its maximum. So a short page is the last one only
    if the provider cannot have done so.
    """
    rules = pages.rules
    largest = rules.max_size or rules.default_size
    wanted = seen.size if pages.is_sized else rules.default_size
    return max(wanted, len(seen.rows)) if wanted and largest and wanted <= largest else None


def lacks_bound(pages: Pages) -> bool:
    """Return whether a page may be shorter than it was wanted although it is not the last one, and nothing says so."""
    return (pages.rules.type or "none") in COUNTED and pages.is_sized and pages.rules.max_size is None


def counting_size(pages: Pages, size: int, rows: int) -> int:
    """Return the size to ask the next pages for: a provider with a smallest page counts in that."""
    is_counted = (pages.rules.type or "none") in COUNTED and pages.is_sized
    return max(size, min(rows, pages.rules.max_size or rows)) if is_counted else size


def _value(expression: Expression | None, seen: PageSeen, data: Any = UNDEFINED) -> Any:
    if expression is None:
        return None
    root = seen.answer.body if data is UNDEFINED else data
    try:
        value = expression.evaluate(root, {"headers": seen.answer.headers})
    except JsonataError as problem:
        raise ProviderMalformed(f"pagination: `{expression.source}` failed on the answer: {problem.code}") from None
    except Refusal as problem:
        raise ProviderMalformed(f"pagination: `{expression.source}` failed on the answer: {problem}") from None
    return None if value is UNDEFINED else value


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a list was read with this page, in the units of `total`; None where that cannot be counted."""

    records: int
    pages: int | None


def _ended(pages: Pages, seen: PageSeen, read: _Read) -> bool:
    """Return whether `more`, `total` or a short page says that nothing follows, whichever exists first.

    A page without rows ends the list only if nothing else says whether more follow: a provider may leave out whole pages of
    records that the connected user must not see.
    """
    more = _value(pages.more, seen)
    if more is not None:
        return more is not True
    total, full = _value(pages.total, seen), full_page(pages, seen)
    if total is None:
        return _is_last(seen, full)
    unit = pages.rules.total_in or _UNITS[pages.rules.type or "none"]
    reached = read.pages if unit == "pages" else read.records
    is_counted = reached is not None and (unit == "pages" or full is not None)
    return (reached or 0) >= _count(total) or (not is_counted and not seen.rows)


def _is_last(seen: PageSeen, full: int | None) -> bool:
    """Return whether a page can have no other behind it, where the provider does not say it."""
    return not seen.rows or (full is not None and len(seen.rows) < full)


_UNITS = {"page": "pages", "offset": "records"}
"""The unit of `total`, unless `total_in` says another."""


def _count(total: Any) -> int:
    if isinstance(total, str) and total.isascii() and total.isdigit() and len(total) <= MAX_DIGITS:
        return int(total)
    if isinstance(total, int | float) and not isinstance(total, bool):
        return int(total)
    raise ProviderMalformed("pagination: expected a number as the total")


def _stay(_pages: Pages, request: ProviderRequest, _position: Any) -> ProviderRequest:
    return request


def _send(pages: Pages, request: ProviderRequest, position: Any) -> ProviderRequest:
    return request if position is None else put(request, pages.rules.send or "", position)


def _send_number(pages: Pages, request: ProviderRequest, position: Any) -> ProviderRequest:
    return put(request, pages.rules.send or "", _first(pages) if position is None else position)


def _first(pages: Pages) -> int:
    return (1 if pages.rules.type == "page" else 0) if pages.rules.first is None else pages.rules.first


def _follow(_pages: Pages, request: ProviderRequest, position: Any) -> ProviderRequest:
    return request if position is None else msgspec.structs.replace(request, path=str(position), query=(), is_link=True)


def _no_next(_pages: Pages, _seen: PageSeen) -> Any:
    return None


def _next_token(pages: Pages, seen: PageSeen) -> Any:
    if _value(pages.more, seen) not in {None, True}:
        return None
    return _scalar(_value(pages.next, seen))


def _scalar(value: Any) -> Any:
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, bool)):
        return value
    raise ProviderMalformed("pagination: expected text or a number as the next position")


def _next_page(pages: Pages, seen: PageSeen) -> Any:
    current, full = _first(pages) if seen.position is None else int(seen.position), full_page(pages, seen)
    count = current - _first(pages) + 1
    read = _Read(pages=count, records=max(seen.before + len(seen.rows), count * (full or 0)))
    return None if _ended(pages, seen, read) else current + 1


def _next_offset(pages: Pages, seen: PageSeen) -> Any:
    """Advance by a full page, if its size is known: of a page, the provider may have left some records out."""
    first, full = _first(pages), full_page(pages, seen)
    following = (first if seen.position is None else int(seen.position)) + (len(seen.rows) if full is None else full)
    read = _Read(records=following - first, pages=-(-(following - first) // full) if full else None)
    return None if _ended(pages, seen, read) else following


def _next_link(_pages: Pages, seen: PageSeen) -> Any:
    return link_target(seen.answer.headers.get("link", ""), "next")


def _next_key(pages: Pages, seen: PageSeen) -> Any:
    if _is_last(seen, full_page(pages, seen)):
        return None
    return _scalar(_value(pages.field, seen, seen.rows[-1]))


def _next_cursor(pages: Pages, seen: PageSeen) -> Any:
    info = _value(pages.page_info, seen)
    if not isinstance(info, dict):
        raise ProviderMalformed("pagination: expected an object with hasNextPage and endCursor")
    return _scalar(info.get("endCursor")) if info.get("hasNextPage") is True else None


def link_target(header: str, relation: str) -> str | None:
    """Return the URL of one relation in a Link header (RFC 8288), or None."""
    for link in _LINK.finditer(header):
        relations = _RELATIONS.search(link["parameters"])
        if relations and relation in (relations["quoted"] or relations["plain"] or "").lower().split():
            return link["url"].strip()
    return None


WritePage = Callable[[Pages, ProviderRequest, Any], ProviderRequest]
Advance = Callable[[Pages, PageSeen], Any]

TYPES: dict[str, tuple[WritePage, Advance]] = {
    "none": (_stay, _no_next),
    "cursor": (_send, _next_token),
    "page": (_send_number, _next_page),
    "offset": (_send_number, _next_offset),
    "link_header": (_follow, _next_link),
    "next_url": (_follow, _next_token),
    "keyset": (_send, _next_key),
    "graphql": (_send, _next_cursor),
}

COUNTED = frozenset({"page", "offset", "keyset"})
"""Types with positions in units of the size of a page, or that end with a short one."""

KEYS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "none": (frozenset(), frozenset()),
    "cursor": (frozenset({"send", "next"}), frozenset({"more"})),
    "page": (frozenset({"send"}), frozenset({"first", "total", "total_in", "more"})),
    "offset": (frozenset({"send"}), frozenset({"first", "total", "total_in", "more"})),
    "link_header": (frozenset(), frozenset()),
    "next_url": (frozenset({"next"}), frozenset({"more"})),
    "keyset": (frozenset({"send", "field"}), frozenset()),
    "graphql": (frozenset({"send", "page_info"}), frozenset()),
}
"""The keys that each type needs, and those that it may have; size keys are allowed with all types."""
