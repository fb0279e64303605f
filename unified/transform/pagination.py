"""How one page leads to the next: a closed list of types, each a pure pair of functions.

`place` writes a position into a request, `advance` finds the next position in an answer. A position is a JSON value
(token, page number, number of records, URL); None is the first page on the way in, and the end on the way out.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from unified.catalog.provider import Pagination
from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors import ProviderMalformed
from unified.jsonata import UNDEFINED, Expression, JsonataError

MAX_TOKEN_LENGTH = 8_192
MAX_DIGITS = 18
_LINK = re.compile(r'<(?P<url>[^<>]*)>(?P<parameters>(?:[^,<"]|"[^"]*")*)')
"""One link of a Link header; commas and semicolons may stand inside of its URL and of quoted parameters."""
_RELATIONS = re.compile(r';\s*rel\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s;,"]+))', re.IGNORECASE)


class Pages(msgspec.Struct, frozen=True, kw_only=True):
    """A pagination with its expressions compiled."""

    rules: Pagination
    next: Expression | None = None
    more: Expression | None = None
    total: Expression | None = None
    field: Expression | None = None
    page_info: Expression | None = None


class PageSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What `advance` looks at: the answer, its objects, and where and how large the page was."""

    answer: ProviderAnswer
    items: list[Any]
    position: Any
    size: int


def page_size(rules: Pagination, limit: int) -> int:
    """How many records to ask for: the caller's limit, clipped to what the provider takes."""
    return min(limit, rules.max_size or limit)


def put_page(pages: Pages, request: ProviderRequest, position: Any, size: int) -> ProviderRequest:
    """The request for one page."""
    rules = pages.rules
    if rules.size:
        request = put(request, rules.size, size)
    return TYPES[rules.type or "none"][0](pages, request, position)


def advance(pages: Pages, seen: PageSeen) -> Any:
    """The position of the next page, or None at the end; ProviderMalformed when the provider goes round in circles."""
    following = TYPES[pages.rules.type or "none"][1](pages, seen)
    if following is None or following == "":
        return None
    if following == seen.position:
        raise ProviderMalformed("pagination: the provider gave the position that was asked for as the next one")
    if isinstance(following, str) and len(following) > MAX_TOKEN_LENGTH:
        raise ProviderMalformed(f"pagination: the next position has more than {MAX_TOKEN_LENGTH} characters")
    return following


def put(request: ProviderRequest, where: str, value: Any) -> ProviderRequest:
    """The request with a value at `query.NAME`, `body.a.b` or `header.NAME`."""
    kind, _, name = where.partition(".")
    if kind == "query":
        kept = tuple(pair for pair in request.query if pair[0] != name)
        return msgspec.structs.replace(request, query=(*kept, (name, str(value))))
    if kind == "header":
        return msgspec.structs.replace(request, headers={**request.headers, name: str(value)})
    body = request.body if isinstance(request.body, dict) else {}
    return msgspec.structs.replace(request, body=_with(body, name.split("."), value))


def _with(body: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    if len(path) == 1:
        return {**body, path[0]: value}
    inner = body.get(path[0])
    return {**body, path[0]: _with(inner if isinstance(inner, dict) else {}, path[1:], value)}


def _value(expression: Expression | None, seen: PageSeen, data: Any = UNDEFINED) -> Any:
    if expression is None:
        return None
    root = seen.answer.body if data is UNDEFINED else data
    try:
        found = expression.evaluate(root, {"headers": seen.answer.headers})
    except JsonataError as problem:
        raise ProviderMalformed(f"pagination: `{expression.source}` failed on the answer: {problem.code}") from None
    return None if found is UNDEFINED else found


def _ended(pages: Pages, seen: PageSeen, reached: int) -> bool:
    """Whether `more`, `total` or a short page say that nothing follows; `reached` counts in `total`'s unit."""
    if not seen.items:
        return True
    if pages.more is not None:
        return _value(pages.more, seen) is not True
    total = _value(pages.total, seen)
    if total is not None:
        return reached >= _count(total)
    return len(seen.items) < seen.size


def _count(found: Any) -> int:
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= MAX_DIGITS:
        return int(found)
    if isinstance(found, int | float) and not isinstance(found, bool):
        return int(found)
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
    if pages.more is not None and _value(pages.more, seen) is not True:
        return None
    return _scalar(_value(pages.next, seen))


def _scalar(found: Any) -> Any:
    if found is None or (isinstance(found, str | int | float) and not isinstance(found, bool)):
        return found
    raise ProviderMalformed("pagination: expected text or a number as the next position")


def _next_page(pages: Pages, seen: PageSeen) -> Any:
    current = _first(pages) if seen.position is None else int(seen.position)
    return None if _ended(pages, seen, current - _first(pages) + 1) else current + 1


def _next_offset(pages: Pages, seen: PageSeen) -> Any:
    reached = (_first(pages) if seen.position is None else int(seen.position)) + len(seen.items)
    return None if _ended(pages, seen, reached) else reached


def _next_link(_pages: Pages, seen: PageSeen) -> Any:
    return link_target(seen.answer.headers.get("link", ""), "next")


def _next_key(pages: Pages, seen: PageSeen) -> Any:
    if len(seen.items) < seen.size:
        return None
    return _scalar(_value(pages.field, seen, seen.items[-1]))


def _next_cursor(pages: Pages, seen: PageSeen) -> Any:
    info = _value(pages.page_info, seen)
    if not isinstance(info, dict):
        raise ProviderMalformed("pagination: expected an object with hasNextPage and endCursor")
    return _scalar(info.get("endCursor")) if info.get("hasNextPage") is True else None


def link_target(header: str, relation: str) -> str | None:
    """The URL of one relation in a Link header (RFC 8288), or None."""
    for link in _LINK.finditer(header):
        found = _RELATIONS.search(link["parameters"])
        if found and relation in (found["quoted"] or found["plain"] or "").lower().split():
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

KEYS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "none": (frozenset(), frozenset()),
    "cursor": (frozenset({"send", "next"}), frozenset({"more"})),
    "page": (frozenset({"send"}), frozenset({"first", "total", "more"})),
    "offset": (frozenset({"send"}), frozenset({"first", "total", "more"})),
    "link_header": (frozenset(), frozenset()),
    "next_url": (frozenset({"next"}), frozenset({"more"})),
    "keyset": (frozenset({"send", "field"}), frozenset()),
    "graphql": (frozenset({"send", "page_info"}), frozenset()),
}
"""Keys that each type needs, and those that it may have besides; size keys go with all."""
