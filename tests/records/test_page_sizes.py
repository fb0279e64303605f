"""Providers that give other page sizes than they are asked for: every record comes once, whatever the type of paging."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.acme import Acme, open_acme
from tests.sizes import examples
from unified.service.records.reading.listing import list_records, next_cursor
from unified.transform.queries.query import Query

HEAD = "record: '{\"id\": id}'\nlist:\n  - request: GET /people\n    items: people\n    pagination: "
Rows = list[dict[str, Any]]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A provider with a page size of its own, and what its mapping says of it."""

    kind: str
    count: int
    cap: int
    floor: int
    default: int
    limit: int
    sized: bool
    known: bool
    """Whether the mapping says the largest size."""
    says_default: bool
    more: str = ""

    def page_size(self, asked: str | None) -> int:
        if asked is None:
            return self.default
        return max(self.floor, min(self.cap, int(asked)))

    def keys(self) -> dict[str, Any]:
        found = {"type": self.kind, **KEYS[self.kind], **MORE[self.kind][self.more]}
        found |= {"size": "query.size"} if self.sized else {}
        found |= {"max_size": self.cap} if self.sized and self.known else {}
        return found | ({"default_size": self.default} if self.says_default else {})


KEYS: dict[str, dict[str, Any]] = {
    "page": {"send": "query.page"},
    "offset": {"send": "query.skip"},
    "keyset": {"send": "query.since", "field": "id"},
    "cursor": {"send": "query.after", "next": "next"},
    "next_url": {"next": "url"},
    "link_header": {},
    "graphql": {"send": "query.after", "page_info": "info"},
}
COUNTED = {
    "": {},
    "more": {"more": "more"},
    "pages": {"total": "pages", "total_in": "pages"},
    "records": {"total": "total", "total_in": "records"},
}
MORE: dict[str, dict[str, dict[str, Any]]] = {
    **{kind: {"": {}} for kind in KEYS},
    "page": COUNTED,
    "offset": COUNTED,
    "cursor": {"": {}, "more": {"more": "more"}},
}


def provider(given: Given) -> Callable[[httpx2.Request], httpx2.Response]:
    rows: Rows = [{"id": n + 1} for n in range(given.count)]

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked = request.url.params
        size = given.page_size(asked.get("size"))
        first = (int(asked.get("page", 1)) - 1) * size if given.kind == "page" else int(asked.get("skip", 0))
        first = int(asked.get("since", first))
        first = int(asked.get("after", first))
        end, total = first + size, len(rows)
        after = str(end) if end < total else None
        url = f"/acme/people?after={end}" + (f"&size={asked['size']}" if "size" in asked else "")
        body = {"people": rows[first:end], "next": after, "more": end < total, "total": total}
        body |= {"url": after and url, "info": {"hasNextPage": end < total, "endCursor": after}, "pages": -(-total // size)}
        headers = {"Link": f'<{url}>; rel="next"'} if after else {}
        return httpx2.Response(200, content=json.dumps(body), headers=headers)

    return answer


@st.composite
def a_provider(draw: st.DrawFn) -> Given:
    kind = draw(st.sampled_from(sorted(KEYS)))
    cap = draw(st.integers(1, 12))
    floor = draw(st.integers(1, cap))
    return Given(
        kind=kind,
        count=draw(st.integers(0, 40)),
        cap=cap,
        floor=floor,
        default=draw(st.integers(floor, cap)),
        limit=draw(st.sampled_from([1, 2, 3, 7, 12, 13, 50, 200])),
        sized=draw(st.booleans()),
        known=draw(st.booleans()),
        says_default=draw(st.booleans()),
        more=draw(st.sampled_from(sorted(MORE[kind]))),
    )


async def read_all(acme: Acme, limit: int) -> list[str]:
    call, cursor, found = await acme.call("list"), None, list[str]()
    for _ in range(100):
        page = await list_records(call, Query(limit=limit, cursor=cursor))
        found += [one["id"] for one in page.data]
        cursor = next_cursor(call, page)
        if cursor is None:
            return found
    raise AssertionError("the list does not end")


@settings(max_examples=examples(120), deadline=None)
@given(given=a_provider())
def test_every_record_comes_once_whatever_size_a_page_has(given: Given) -> None:
    async def listed() -> tuple[list[str], int]:
        with TemporaryDirectory() as home:
            mapping = HEAD + json.dumps(given.keys()) + "\n"
            async with open_acme(Path(home), mapping, provider(given)) as acme:
                return await read_all(acme, given.limit), len(acme.arrived)

    found, requests = asyncio.run(listed())
    assert found == [str(n + 1) for n in range(given.count)]
    asked = min(given.limit, given.cap) if given.sized and given.known else given.limit
    size = given.page_size(str(asked) if given.sized else None)
    if given.limit >= given.cap:  # smaller answers read a page again for its rest
        assert requests <= -(-given.count // size) + 1


@pytest.mark.parametrize("kind", ["page", "offset", "keyset"])
async def test_a_short_page_ends_a_list_only_if_it_cannot_be_a_full_one(tmp_path: Path, kind: str) -> None:
    """The provider gives at most ten; whether its mapping says so decides whether a last request is made."""
    some = Given(kind=kind, count=14, cap=10, floor=1, default=10, limit=50, sized=True, known=True, says_default=False)
    for known, requests in ((True, 2), (False, 3)):
        given = msgspec.structs.replace(some, known=known)
        mapping = HEAD + json.dumps(given.keys()) + "\n"
        async with open_acme(tmp_path / str(known), mapping, provider(given)) as acme:
            assert len(await read_all(acme, 50)) == 14
            assert len(acme.arrived) == requests
