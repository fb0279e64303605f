"""How one page leads to the next: for each type, what is sent for a position and what an answer leads to."""

from typing import Any

import msgspec
import pytest

from unified.catalog.provider import Pagination
from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors.providers import ProviderMalformed
from unified.transform.queries.pagination import KEYS, TYPES, Pages, PageSeen, advance, link_target, page_size, put, put_page
from unified_jsonata import compile as compiled

GET = ProviderRequest(method="GET", path="/things", query=(("q", "x"),))
POST = ProviderRequest(method="POST", path="/things", body={"filter": {"a": 1}, "page": {"sort": "id"}})


def pages(**rules: Any) -> Pages:
    expressions = ("next", "more", "total", "field", "page_info")
    return Pages(
        rules=Pagination(**rules),
        is_sized="size" in rules,
        **{key: compiled(rules[key]) for key in expressions if key in rules},
    )


def seen(body: Any, *, items: int = 2, position: Any = None, size: int = 2, headers: dict[str, str] | None = None) -> PageSeen:
    answer = ProviderAnswer(status=200, headers=headers or {}, body=body)
    return PageSeen(answer=answer, rows=[{"id": n + 1} for n in range(items)], position=position, size=size)


CURSOR = pages(type="cursor", send="query.after", next="next")
PAGE = pages(type="page", send="query.page")
SIZED: dict[str, Any] = {"size": "query.n", "max_size": 10}
OFFSET = pages(type="offset", send="body.page.offset", size="body.page.limit", max_size=10)
GRAPHQL = pages(type="graphql", send="body.variables.after", page_info="data.things.pageInfo")
KEYSET = pages(type="keyset", send="query.since_id", field="id")
LINK = pages(type="link_header", size="query.per_page")
URL = pages(type="next_url", next="links.next")

PLACED = [
    ("none", pages(type="none"), GET, None, GET.query, msgspec.UNSET),
    ("none keeps its size", pages(type="none", size="query.n"), GET, None, (("q", "x"), ("n", "2")), msgspec.UNSET),
    ("cursor first", CURSOR, GET, None, GET.query, msgspec.UNSET),
    ("cursor next", CURSOR, GET, "t1", (("q", "x"), ("after", "t1")), msgspec.UNSET),
    ("cursor number", CURSOR, GET, 7, (("q", "x"), ("after", "7")), msgspec.UNSET),
    (
        "cursor in the body",
        pages(type="cursor", send="body.after", size="body.limit", next="next"),
        POST,
        "t1",
        (),
        {**POST.body, "limit": 2, "after": "t1"},
    ),
    ("page first", PAGE, GET, None, (("q", "x"), ("page", "1")), msgspec.UNSET),
    ("page from zero", pages(type="page", send="query.page", first=0), GET, None, (("q", "x"), ("page", "0")), msgspec.UNSET),
    ("page next", PAGE, GET, 3, (("q", "x"), ("page", "3")), msgspec.UNSET),
    ("offset first", OFFSET, POST, None, (), {"filter": {"a": 1}, "page": {"sort": "id", "limit": 2, "offset": 0}}),
    ("offset next", OFFSET, POST, 4, (), {"filter": {"a": 1}, "page": {"sort": "id", "limit": 2, "offset": 4}}),
    ("keyset first", KEYSET, GET, None, GET.query, msgspec.UNSET),
    ("keyset next", KEYSET, GET, 9, (("q", "x"), ("since_id", "9")), msgspec.UNSET),
    ("graphql first", GRAPHQL, POST, None, (), POST.body),
    ("graphql next", GRAPHQL, POST, "c1", (), {**POST.body, "variables": {"after": "c1"}}),
    ("link first", LINK, GET, None, (("q", "x"), ("per_page", "2")), msgspec.UNSET),
]


@pytest.mark.parametrize(
    ("rules", "request_", "position", "query", "body"), [c[1:] for c in PLACED], ids=[c[0] for c in PLACED]
)
def test_a_position_is_written_into_the_request(rules, request_, position, query, body) -> None:
    placed = put_page(rules, request_, position, 2)
    assert (placed.query, placed.body, placed.path, placed.is_link) == (query, body, "/things", False)


@pytest.mark.parametrize("rules", [LINK, URL])
def test_a_link_replaces_path_and_query(rules: Pages) -> None:
    placed = put_page(rules, GET, "https://x.example/things?page=2", 2)
    assert (placed.path, placed.query, placed.is_link) == ("https://x.example/things?page=2", (), True)


def test_a_value_is_put_where_it_belongs() -> None:
    assert put(GET, "query.q", 5).query == (("q", "5"),)
    assert put(GET, "query.page[size]", 5).query == (("q", "x"), ("page[size]", "5"))
    assert put(GET, "header.X-Page", 5).headers == {"X-Page": "5"}
    assert put(GET, "body.a.b", 5).body == {"a": {"b": 5}}
    assert put(POST, "body.filter.a.b", 5).body["filter"] == {"a": {"b": 5}}
    assert POST.body == {"filter": {"a": 1}, "page": {"sort": "id"}}


MORE = {"send": "query.p", "more": "more"}
TOTAL = {"send": "query.p", "total": "total"}
ADVANCED = [
    ("none", pages(type="none"), seen({"next": "x"}), None),
    ("cursor", CURSOR, seen({"next": "t1"}), "t1"),
    (
        "cursor nested",
        pages(type="cursor", send="query.a", next="paging.next.after"),
        seen({"paging": {"next": {"after": "5"}}}),
        "5",
    ),
    (
        "cursor in a header",
        pages(type="cursor", send="query.a", next='$headers."x-next"'),
        seen([], headers={"x-next": "h"}),
        "h",
    ),
    ("cursor number", CURSOR, seen({"next": 12}), 12),
    ("cursor missing", CURSOR, seen({}), None),
    ("cursor null", CURSOR, seen({"next": None}), None),
    ("cursor empty", CURSOR, seen({"next": ""}), None),
    ("cursor and an empty page", CURSOR, seen({"next": "t2"}, items=0, position="t1"), "t2"),
    ("cursor more", pages(type="cursor", next="next", **MORE), seen({"next": "t", "more": True}), "t"),
    ("cursor no more", pages(type="cursor", next="next", **MORE), seen({"next": "t", "more": False}), None),
    ("cursor more missing", pages(type="cursor", next="next", **MORE), seen({"next": "t"}), "t"),
    ("page full", PAGE, seen([]), 2),
    ("page later", PAGE, seen([], position=4), 5),
    ("page short", pages(type="page", send="query.p", **SIZED), seen([], items=1), None),
    ("page short of an unknown size", PAGE, seen([], items=1), 2),
    ("page short of the usual size", pages(type="page", send="query.p", default_size=2), seen([], items=1), None),
    ("page short, but the size has no bound", pages(type="page", send="query.p", size="query.n"), seen([], items=1), 2),
    ("page short, within the usual size", pages(type="page", send="q.p", size="q.n", default_size=2), seen([], items=1), None),
    ("page short, but more than the usual", pages(type="page", send="q.p", size="q.n", default_size=1), seen([], items=1), 2),
    ("page empty", PAGE, seen([], items=0, size=0), None),
    ("page from zero", pages(type="page", send="query.p", first=0), seen([]), 1),
    ("page more, though short", pages(type="page", **MORE), seen({"more": True}, items=1), 2),
    ("page no more, though full", pages(type="page", **MORE), seen({"more": False}), None),
    ("page more, though empty", pages(type="page", **MORE), seen({"more": True}, items=0), 2),
    ("page before the last", pages(type="page", **TOTAL), seen({"total": 3}, position=2), 3),
    ("page before the last, though short", pages(type="page", **TOTAL), seen({"total": 3}, position=2, items=1), 3),
    ("page last", pages(type="page", **TOTAL), seen({"total": 3}, position=3), None),
    ("page last from zero", pages(type="page", first=0, **TOTAL), seen({"total": 3}, position=2), None),
    ("page total as text", pages(type="page", **TOTAL), seen({"total": "3"}, position=3), None),
    ("page total missing", pages(type="page", **TOTAL), seen({}, position=3), 4),
    ("offset full", OFFSET, seen([]), 2),
    ("offset later", OFFSET, seen([], position=4), 6),
    ("offset short", OFFSET, seen([], items=1, position=4), None),
    ("offset counts what came", pages(type="offset", **TOTAL), seen({"total": 9}, items=1, position=4), 5),
    ("offset at the total", pages(type="offset", **TOTAL), seen({"total": 6}, position=4), None),
    ("offset total as number", pages(type="offset", **TOTAL), seen({"total": 6.0}, position=4), None),
    ("offset beyond what was wanted", OFFSET, seen([], items=5, position=4), 9),
    ("offset short of an unknown size", pages(type="offset", send="query.p"), seen([], items=1, position=4), 5),
    ("page missing total, short", pages(type="page", **TOTAL, **SIZED), seen({}, position=3, items=1), None),
    ("page total of records", pages(type="page", total_in="records", **TOTAL), seen({"total": 9}, position=3), 4),
    ("page total of records, empty", pages(type="page", total_in="records", **TOTAL), seen({"total": 9}, items=0), None),
    ("page more missing, short", pages(type="page", **MORE, **SIZED), seen({}, items=1), None),
    ("offset from one", pages(type="offset", send="query.p", first=1), seen([]), 3),
    ("link", LINK, seen([], headers={"link": '<https://x/a?p=2>; rel="next", <https://x/a>; rel="first"'}), "https://x/a?p=2"),
    ("link last", LINK, seen([], headers={"link": '<https://x/a>; rel="prev"'}), None),
    ("link none", LINK, seen([]), None),
    ("url", URL, seen({"links": {"next": "/a?p=2"}}), "/a?p=2"),
    ("url last", URL, seen({"links": {}}), None),
    ("keyset", KEYSET, seen([]), 2),
    ("keyset short of an unknown size", KEYSET, seen([], items=1), 1),
    ("keyset short", pages(type="keyset", send="query.s", field="id", **SIZED), seen([], items=1), None),
    ("keyset empty", KEYSET, seen([], items=0), None),
    ("keyset without the field", pages(type="keyset", send="query.s", field="nothing"), seen([]), None),
    ("graphql", GRAPHQL, seen({"data": {"things": {"pageInfo": {"hasNextPage": True, "endCursor": "c"}}}}), "c"),
    ("graphql last", GRAPHQL, seen({"data": {"things": {"pageInfo": {"hasNextPage": False, "endCursor": "c"}}}}), None),
]


@pytest.mark.parametrize(("rules", "page", "following"), [c[1:] for c in ADVANCED], ids=[c[0] for c in ADVANCED])
def test_an_answer_leads_to_the_next_position(rules: Pages, page: PageSeen, following: Any) -> None:
    assert advance(rules, page) == following


LOOP = "pagination: the provider gave the requested position as the next one"
SCALAR = "pagination: expected text or a number as the next position"
COUNT = "pagination: expected a number as the total"
REFUSED = [
    (CURSOR, seen({"next": "t1"}, position="t1"), LOOP),
    (URL, seen({"links": {"next": "/a"}}, position="/a"), LOOP),
    (LINK, seen([], position="/a", headers={"link": '</a>; rel="next"'}), LOOP),
    (KEYSET, seen([], position=2), LOOP),
    (GRAPHQL, seen({"data": {"things": {"pageInfo": {"hasNextPage": True, "endCursor": "c"}}}}, position="c"), LOOP),
    (CURSOR, seen({"next": "t" * 8193}), "pagination: the next position has more than 8192 characters"),
    (CURSOR, seen({"next": {"after": "x"}}), SCALAR),
    (CURSOR, seen({"next": ["a", "b"]}), SCALAR),
    (CURSOR, seen({"next": True}), SCALAR),
    (GRAPHQL, seen({"data": None}), "pagination: expected an object with hasNextPage and endCursor"),
    (GRAPHQL, seen({"data": {"things": {"pageInfo": []}}}), "pagination: expected an object with hasNextPage and endCursor"),
    (pages(type="page", **TOTAL), seen({"total": "many"}), COUNT),
    (pages(type="page", **TOTAL), seen({"total": True}), COUNT),
    (pages(type="offset", **TOTAL), seen({"total": {"value": 3}}), COUNT),
    (pages(type="offset", **TOTAL), seen({"total": "1" * 5000}), COUNT),
    (
        pages(type="cursor", send="query.a", next="$number(next)"),
        seen({"next": "secret"}),
        "pagination: `$number(next)` failed on the answer: D3030",
    ),
]


@pytest.mark.parametrize(("rules", "page", "message"), REFUSED)
def test_a_position_that_cannot_be_used_is_refused(rules: Pages, page: PageSeen, message: str) -> None:
    with pytest.raises(ProviderMalformed) as caught:
        advance(rules, page)
    assert caught.value.detail == message


def test_the_longest_token_is_followed() -> None:
    assert advance(CURSOR, seen({"next": "t" * 8192})) == "t" * 8192


@pytest.mark.parametrize(("rules", "limit", "size"), [({}, 50, 50), ({"max_size": 100}, 200, 100), ({"max_size": 100}, 7, 7)])
def test_the_page_size_is_what_both_sides_take(rules: dict, limit: int, size: int) -> None:
    assert page_size(Pagination(**rules), limit) == size


LINKS = [
    ('<https://x/a>; rel="next"', "https://x/a"),
    ("<https://x/a>; rel=next", "https://x/a"),
    ('<https://x/a>;rel="next";title="b"', "https://x/a"),
    ('<https://x/a>; title="b, c"; rel = "next"', "https://x/a"),
    ('<https://x/a>; REL="Next"', "https://x/a"),
    ('<https://x/a>; rel="last next"', "https://x/a"),
    ('<https://x/a?f=1,2;3>; rel="next"', "https://x/a?f=1,2;3"),
    ('<https://x/p>; rel="prev", <https://x/a?f=1,2>; rel="next"', "https://x/a?f=1,2"),
    ('<https://x/a>; rel="next-archive"', None),
    ("<https://x/a>; rel=nextish", None),
    ('<https://x/a>; title="rel=next"', None),
    ('<https://x/a>; rel="prev"', None),
    ("<https://x/a>", None),
    ("https://x/a; rel=next", None),
    ("", None),
    ("<" * 5000, None),
]


@pytest.mark.parametrize(("header", "target"), LINKS)
def test_a_link_header_is_read_as_rfc_8288_says(header: str, target: str | None) -> None:
    assert link_target(header, "next") == target


def test_every_type_has_its_functions_and_its_keys() -> None:
    assert TYPES.keys() == KEYS.keys()
