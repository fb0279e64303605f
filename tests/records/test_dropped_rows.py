"""Lists end where the provider's rows end, whatever `items` drops of them, and an answer of another shape is no empty list."""

import random
from typing import Any

import httpx2
import pytest

from tests.acme import open_acme
from tests.cases import each
from tests.world import catalog
from unified.catalog.wire import ProviderAnswer
from unified.errors.providers import ProviderMalformed
from unified.service.records.reading.listing import list_records, next_cursor
from unified.transform.queries.query import Query

MAPPING = """\
record: |
  {{"id": id, "first_name": name}}
list:
  - request: GET /people
    items: people[kept]
    pagination: {rules}
"""
RULES = {
    "page": "{type: page, send: query.page, size: query.size, max_size: 7}",
    "page_of_pages": "{type: page, send: query.page, size: query.size, max_size: 7, total: pages}",
    "page_of_records": "{type: page, send: query.page, size: query.size, max_size: 7, total: total, total_in: records}",
    "offset": "{type: offset, send: query.skip, size: query.size, max_size: 7}",
    "offset_of_records": "{type: offset, send: query.skip, size: query.size, max_size: 7, total: total}",
    "offset_of_pages": "{type: offset, send: query.skip, size: query.size, max_size: 7, total: pages, total_in: pages}",
    "offset_more": "{type: offset, send: query.skip, size: query.size, max_size: 7, more: more}",
    "keyset": '{type: keyset, send: query.after, size: query.size, max_size: 7, field: "$string(id)"}',
}


def provider(rows: list[dict[str, Any]]) -> Any:
    def answer(request: httpx2.Request) -> Any:
        asked = request.url.params
        size = int(asked["size"])
        start = int(asked.get("skip", 0)) or size * (int(asked.get("page", 1)) - 1)
        if "after" in asked:
            start = next(at + 1 for at, row in enumerate(rows) if str(row["id"]) == asked["after"])
        page = rows[start : start + size]
        return {"people": page, "total": len(rows), "pages": -(-len(rows) // size), "more": start + size < len(rows)}

    return {"GET /people": answer}


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_kept_row_comes_once_whatever_is_dropped(tmp_path, rules: str, seed: int) -> None:
    source = random.Random(seed)
    rows = [{"id": number, "name": f"n{number}", "kept": source.random() < 0.3} for number in range(40)]
    rows[7:14] = [{**row, "kept": False} for row in rows[7:14]]  # a whole page
    async with open_acme(tmp_path, MAPPING.format(rules=rules), provider(rows)) as acme:
        call, cursor, found = await acme.call("list"), None, []
        for _ in range(60):
            page = await list_records(call, Query(limit=source.choice((1, 3, 7, 50)), cursor=cursor))
            found += [one["id"] for one in page.data]
            cursor = next_cursor(call, page)
            if cursor is None:
                break
        assert found == [str(row["id"]) for row in rows if row["kept"]]


LISTS = [
    pytest.param(operation, id=f"{provider}/{model}/{operation.call.name or operation.place}")
    for provider, model in catalog().mappings()
    for operation in (*catalog().compiled(provider, model).lists,)
    if operation.call.request
]
BODIES: list[Any] = [{"maintenance": True}, {"error": {"message": "down"}}, {"html": "<p>"}, "text", 7, True]


@each("operation", LISTS)
def test_an_answer_of_another_shape_is_malformed(operation) -> None:
    for body in BODIES:
        if isinstance(body, dict) and operation.call.items == "$":
            continue  # one record is the whole answer; its `id` decides
        with pytest.raises(ProviderMalformed, match="expected the records at"):
            operation.objects(ProviderAnswer(status=200, headers={}, body=body), {"account": {}, "query": {}})


async def test_a_status_without_a_body_is_an_empty_list_where_the_file_says_so(tmp_path) -> None:
    answers = {"GET /people": httpx2.Response(304)}
    mapping = MAPPING.format(rules="{type: none}")
    async with open_acme(tmp_path / "1", mapping + "    errors: {empty: [304]}\n", answers) as acme:
        assert (await acme.list()).data == []
    async with open_acme(tmp_path / "2", mapping, answers) as acme:
        with pytest.raises(Exception, match="redirect"):
            await acme.list()
