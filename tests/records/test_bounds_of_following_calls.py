"""What calls beside the first one may not do: repeat a write, show what is outside, change something, or grow without bound."""

import contextlib
from functools import partial

import httpx2
import msgspec
import pytest

from tests.acme import open_acme, write_catalog
from tests.records.test_over_parents import FILES
from unified.errors.configuration import CatalogError
from unified.errors.error import UnifiedError
from unified.service.records.reading.listing import list_records
from unified.service.records.visibility.boundary.boundary import Boundary
from unified.service.records.writing.idempotency import once
from unified.service.records.writing.write import Write
from unified.service.records.writing.write_keys import key_of_request
from unified.service.records.writing.writing import execute_write
from unified.transform.queries.query import Query

FIND = """\
record: |
  {"id": id, "first_name": first}
write: |
  {"first": first_name}
get: {request: "GET /people/{id}"}
create:
  request: POST /people
  find_new: {request: GET /last, query: '{"by": first_name}', new_id: "people[0].id"}
  read_back: true
"""
LASTS = [
    httpx2.Response(404, json={}),
    httpx2.Response(429, json={}),
    httpx2.Response(403, json={}),
    {"people": [{"id": ".."}]},
]


@pytest.mark.parametrize("last", LASTS)
async def test_a_create_that_cannot_be_found_again_is_not_made_twice(tmp_path, last) -> None:
    async with open_acme(tmp_path, FIND, {"POST /people": {"ok": 1}, "GET /last": last}) as acme:
        write = Write(method="create", body={"first_name": "Ada"})
        for _ in range(2):
            call = await acme.call("create")
            with contextlib.suppress(UnifiedError):
                await once(call, key_of_request(call, write, "key-1"), write, partial(execute_write, call, write))
        assert acme.arrived.count("POST /people") == 1


TYPES = """\
record: |
  {"id": id, "name": name, "collection_id": $w[id = $$.id].project}
list:
  - request: GET /types
    items: types
    per_page: {w: {request: POST /where, body: '{"ids": [$page.id]}', items: found}}
"""
COLLECTIONS = """\
record: |
  {"id": id, "name": name}
list: [{request: GET /projects, items: projects}]
get: {request: "GET /projects/{id}"}
"""


def bounded(call, **chosen):
    boundary = Boundary(chosen={name.replace("__", "."): frozenset(ids) for name, ids in chosen.items()})
    return msgspec.structs.replace(call, visibility=msgspec.structs.replace(call.visibility, boundary=boundary))


async def test_a_record_whose_place_a_following_call_tells_is_outside_if_that_says_so(tmp_path) -> None:
    answers = {
        "GET /types": {"types": [{"id": "1", "name": "in"}, {"id": "2", "name": "secret"}]},
        "POST /where": {"found": [{"id": "1", "project": "A"}, {"id": "2", "project": "B"}]},
    }
    files = {"ticketing.ticket_types": TYPES, "ticketing.collections": COLLECTIONS}
    async with open_acme(tmp_path, files, answers) as acme:
        call = bounded(await acme.call("list", "ticketing.ticket_types"), ticketing__collections=["A"])
        page = await list_records(call, Query())
        assert [one["name"] for one in page.data] == ["in"]


READS = [
    ('update: {before: {x: {request: DELETE /x}}, request: "PATCH /people/{id}", body: "$x"}', "DELETE", "before"),
    ("list: [{before: {x: {request: PUT /x}}, request: GET /people, items: $x}]", "PUT", "before"),
    ("list: [{request: DELETE /people}]", "DELETE", "list"),
    ('get: {request: "PUT /people/{id}"}', "PUT", "get"),
    ('list: [{request: GET /people, per_record: {x: {request: "PATCH /people/{id}"}}}]', "PATCH", "per_record"),
    ("list: [{request: GET /people, per_page: {x: {request: DELETE /x}}}]", "DELETE", "per_page"),
]


@pytest.mark.parametrize(("calls", "verb", "method"), READS)
def test_a_read_that_could_change_something_is_refused(tmp_path, calls: str, verb: str, method: str) -> None:
    title = ', "title": $x' if method in {"per_page", "per_record"} else ""
    mapping = f'record: |\n  {{"id": id{title}}}\n{calls}\n'
    with pytest.raises(CatalogError, match=f"`{verb}` in a call of `{method}`: expected GET, or POST for a search"):
        write_catalog(tmp_path, {"crm.contacts": mapping})


def test_a_write_that_only_reads_is_refused(tmp_path) -> None:
    mapping = 'record: |\n  {"id": id}\ndelete: {request: "GET /people/{id}"}\n'
    with pytest.raises(CatalogError, match="`GET` in a call of `delete`: expected POST, PUT, PATCH or DELETE"):
        write_catalog(tmp_path, {"crm.contacts": mapping})


async def test_a_limited_caller_is_not_refused_because_of_a_parent_outside(tmp_path) -> None:
    employees = (
        FILES["hris.employees"].replace('"first_name": name', '"group_ids": groups') + 'get: {request: "GET /people/{id}"}\n'
    )
    groups = COLLECTIONS

    def answer(request: httpx2.Request) -> object:
        path, page = request.url.path.removeprefix("/acme"), request.url.params.get("page")
        people = [{"id": 1, "groups": ["A"]}, {"id": 2, "groups": ["B"]}]
        if path == "/people":
            return {"people": people if page == "1" else []}
        if path == "/people/2/balances":
            return httpx2.Response(403, json={})
        if path.endswith("balances"):
            return {"balances": [{"id": "1-1"}] if page == "1" else []}
        return people[int(path[-1]) - 1]

    async with open_acme(tmp_path, {**FILES, "hris.employees": employees, "hris.groups": groups}, answer) as acme:
        call = bounded(await acme.call("list", "hris.time_off_balances"), hris__groups=["A"])
        assert [one["id"] for one in (await list_records(call, Query())).data] == ["1-1"]


EACH = """\
record: |
  {"id": id, "description": $note[0].text, "title": $titles[id = $$.t].name}
list:
  - request: GET /people
    items: people
    per_page: {titles: {request: POST /titles, items: titles}}
    per_record: {note: {request: "GET /people/{id}/notes", items: notes, pagination: {type: page, send: query.page, size: query.size}}}
"""


def endless(request: httpx2.Request) -> object:
    path = request.url.path.removeprefix("/acme")
    if path == "/people":
        return {"people": [{"id": str(n), "t": "t"} for n in range(600)]}
    return {"titles": []} if path == "/titles" else {"notes": [{"text": "x"}] * 200}


async def test_an_answer_makes_at_most_200_calls_of_each(tmp_path) -> None:
    async with open_acme(tmp_path, EACH, endless) as acme:
        await acme.list(limit=20, fields=["description"])
        assert len([one for one in acme.arrived if "notes" in one]) <= 200


async def test_an_answer_makes_one_call_of_with_for_a_page(tmp_path) -> None:
    async with open_acme(tmp_path, EACH, endless) as acme:
        await acme.list(limit=1, filter={"title": "none"}, fields=["title"])
        assert acme.arrived.count("POST /titles") == 1
