"""Calls of `before`: made only when this query or body needs them, and read to their end."""

import httpx2
import pytest

from tests.acme import open_acme
from unified.errors.providers import ProviderError
from unified.errors.requests import ScanLimit

MAPPING = """\
record: |
  {"id": id, "first_name": first, "title": $titles[id = $$.title_id][0].name}
write: |
  ( $unused := $links;
    {"first": first_name, "title_id": title ? $titles[name = $$.title][0].id} )
list:
  - request: GET /people
    items: people
    before: &titles
      titles: {request: GET /titles, items: titles, pagination: {type: page, send: query.page, size: query.size, max_size: 2}}
get: {request: "GET /people/{id}", before: *titles}
create: {request: POST /people, before: *titles, new_id: id, read_back: true}
update:
  request: PATCH /people/{id}
  before:
    titles: {request: GET /titles, items: titles, pagination: {type: page, send: query.page, size: query.size, max_size: 2}}
    links: {request: "GET /people/{id}/links", when: $exists(tags)}
  after:
    - when: $exists(tags) and $count($links.accounts) > 0
      request: POST /people/{id}/links/{links.set}
      body: '{"remove": $links.accounts}'
  read_back: true
"""
TITLES = [{"id": str(number), "name": f"Title {number}"} for number in range(5)]


def titles(request: httpx2.Request) -> object:
    first = 2 * (int(request.url.params["page"]) - 1)
    return {"titles": TITLES[first : first + 2]}


ANSWERS = {
    "GET /titles": titles,
    "GET /people": {"people": [{"id": 1, "first": "Ada", "title_id": "4"}]},
    "GET /people/1": {"id": 1, "first": "Ada", "title_id": "4"},
    "POST /people": {"id": 1},
    "GET /people/1/links": {"accounts": ["7"], "set": "a/b"},
}
PAGES = [f"GET /titles?size=2&page={number}" for number in (1, 2, 3)]


async def test_all_pages_are_read(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        assert (await acme.list()).data[0]["title"] == "Title 4"
        assert sorted(acme.arrived) == sorted([*PAGES, "GET /people"])


async def test_a_call_whose_result_no_requested_field_needs_is_not_made(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        await acme.list(fields=["first_name"])
        assert acme.arrived == ["GET /people"]


@pytest.mark.parametrize("method", ["create", "update"])
@pytest.mark.parametrize("body", [{"first_name": "Zed"}, {"title": "Title 3"}])
async def test_a_write_makes_only_the_calls_that_its_body_needs(tmp_path, method, body) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        await acme.write(method, body, record_id="1" if method == "update" else None)
        planned = acme.arrived[: next(at for at, one in enumerate(acme.arrived) if one.startswith(("POST", "PATCH")))]
        assert planned == (PAGES if "title" in body else [])


async def test_when_of_a_call_is_honoured_and_its_result_can_be_part_of_a_path(tmp_path) -> None:
    mapping = MAPPING.replace('"first": first_name', '"first": first_name, "accounts": tags')
    async with open_acme(tmp_path, mapping, ANSWERS) as acme:
        await acme.write("update", {"tags": ["9"]}, record_id="1")
        assert acme.arrived[:3] == ["GET /people/1/links", "PATCH /people/1", "POST /people/1/links/a%2Fb"]
        assert acme.bodies[1:3] == [{"accounts": ["9"]}, {"remove": ["7"]}]


def endless(request: httpx2.Request) -> object:
    page = int(request.url.params["page"])
    return {"titles": [{"id": f"{page}-{one}", "name": "x"} for one in range(2)]}


async def test_a_read_warns_of_a_list_that_is_too_long_and_a_write_is_refused(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, {**ANSWERS, "GET /titles": endless}) as acme:
        page = await acme.list()
        assert [one.code for one in page.warnings] == ["incomplete"]
        assert page.warnings[0].message == (
            "mappings/acme/crm.contacts.yaml:10: the provider has more than the 40 records that are read of GET /titles; "
            "fields that need the others are empty"
        )
        acme.arrived.clear()
        with pytest.raises(ScanLimit) as caught:
            await acme.write("update", {"title": "Title 3"}, record_id="1")
        assert caught.value.detail.endswith("of GET /titles, and this update needs all of them; nothing was sent")
        assert all(one.startswith("GET") for one in acme.arrived)


async def test_a_404_of_a_call_before_is_not_a_missing_record(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, {**ANSWERS, "GET /titles": httpx2.Response(404, json={})}) as acme:
        for read in (acme.list(), acme.get("1")):
            with pytest.raises(ProviderError) as caught:
                await read
            assert caught.value.detail == (
                "mappings/acme/crm.contacts.yaml:10: the provider has nothing at GET /titles, which this needs"
            )


CANCELLED = """\
record: |
  {"id": id, "first_name": first, "is_deleted": gone = true}
get: {request: "GET /people/{id}"}
custom_methods:
  cancel:
    before:
      person: {request: "GET /people/{id}"}
    request: DELETE /people/{id}
    item: |
      $merge([$person, {"gone": true}])
describe:
  cancel: Deletes a contact.
"""


async def test_what_the_item_of_a_write_reads_is_read_before_the_write(tmp_path) -> None:
    gone = {**ANSWERS, "DELETE /people/1": httpx2.Response(204)}
    async with open_acme(tmp_path, CANCELLED, gone) as acme:
        written = await acme.write("cancel", record_id="1")
        assert acme.arrived == ["GET /people/1", "DELETE /people/1"]
        assert (written.record["first_name"], written.record["is_deleted"], written.warnings) == ("Ada", True, ())


TWICE = """\
record: |
  {"id": id, "first_name": $one.first, "last_name": $two.last}
get:
  before:
    one: {request: "GET /more/{id}"}
    two: {request: "GET /more/{id}", item: inner}
  request: GET /people/{id}
write: |
  {"first": first_name}
update:
  before:
    held: {request: "GET /people/{id}"}
    found: {request: POST /search, body: '{"id": $query.id}', items: rows}
  request: PATCH /people/{id}
  body: |
    $merge([$write, {"version": $held.version}])
  read_back: true
  after:
    - when: title and $again.version = $held.version and $count($found) = $count($more)
      before:
        again: {request: "GET /people/{id}"}
        more: {request: POST /search, body: '{"id": $query.id}', items: rows}
      request: PUT /people/{id}/title
      body: |
        {"title": title}
"""


async def test_one_request_is_sent_once_however_many_calls_ask_it(tmp_path) -> None:
    answers = {
        "GET /people/7": {"id": "7", "version": 3},
        "GET /more/7": {"first": "Ada", "inner": {"last": "Lovelace"}},
        "POST /search": {"rows": [1]},
    }
    async with open_acme(tmp_path, TWICE, answers) as acme:
        assert (await acme.get("7"))["first_name"] == "Ada"
        assert sorted(acme.arrived) == ["GET /more/7", "GET /people/7"]
        acme.arrived.clear()
        await acme.write("update", {"first_name": "Bo", "title": "T"}, record_id="7")
        assert acme.arrived[:2] == ["GET /people/7", "POST /search"]
        assert acme.arrived[2:4] == ["PATCH /people/7", "PUT /people/7/title"]
        assert sorted(acme.arrived[4:]) == ["GET /more/7", "GET /people/7"], "what was written is read anew"
