"""Stand-ins as data: habits of single providers, in a file about a time clock."""

import httpx2
import pytest

from unified.text.xml_text import decode_xml
from unified_sandbox.app import create_sandbox
from unified_sandbox.described import load_standin

CLOCK = """\
docs: https://clock.example.com/docs
credentials: [{type: bearer, token: t}]
accepts: [{type: bearer}]
errors: |
  $code = "late" ? {"error": $message}
error_headers: {X-Reason: '$code = "late" ? null : $message', X-Status: $string($status)}
statuses: {late: 409}
collections:
  shifts:
    id: {kind: text, first: 8}
    order: [id]
    rows: 4
    seed: |
      {"day": "2026-07-0" & (1 + $n), "from": $utc("2026-07-01T09:00", "America/Denver", "offset"), "note": null}
routes:
  GET /shifts:
    - {when: '$headers.accept = "text/xml"', answer: '{"shifts": {"_count": 4}}', answers: xml}
    - list: shifts
      wrap: $items
      sort: {argument: order, fields: {id: id}}
      select: {argument: fields, always: [id], without: always}
  POST /shifts:
    create: shifts
    take: shifts
    store: |
      day = "" ? $refuse("late", "a day is needed") : $
    wrap: '{"made": $items}'
  POST /shifts/clear:
    answer: '{"cleared": $count($rows("shifts")[id in $body.ids])}'
    also: [{delete: shifts, where: id in $body.ids}]
"""


@pytest.fixture
async def client(tmp_path):
    path = tmp_path / "clock.sandbox.yaml"
    path.write_text(CLOCK, encoding="utf-8")
    transport = httpx2.ASGITransport(create_sandbox({"clock": load_standin(path)}))
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox/clock") as client:
        client.headers["authorization"] = "Bearer t"
        yield client


async def ids(client, **params):
    return [one["id"] for one in (await client.get("/shifts", params=params)).json()]


async def test_an_error_may_say_why_in_a_header(client):
    missing = await client.get("/nothing")
    assert (missing.status_code, missing.content, missing.headers["x-reason"]) == (404, b"", "No GET /nothing here.")
    late = await client.post("/shifts", json={"shifts": [{"day": ""}]})
    assert (late.status_code, late.json(), late.headers["x-status"]) == (409, {"error": "a day is needed"}, "409")
    assert "x-reason" not in late.headers
    foreign = await client.get("/日")
    assert foreign.headers["x-reason"].isascii()


async def test_ids_of_digits_are_in_the_order_of_their_numbers(client):
    assert await ids(client) == ["8", "9", "10", "11"]
    assert await ids(client, order="-id") == ["11", "10", "9", "8"]


async def test_without_the_argument_only_the_usual_fields_come(client):
    assert (await client.get("/shifts")).json()[0] == {"id": "8"}
    one = (await client.get("/shifts", params={"fields": "from,day"})).json()[0]
    assert one == {"id": "8", "day": "2026-07-01", "from": "2026-07-01T15:00:00+00:00"}


async def test_one_route_may_answer_xml(client):
    answer = await client.get("/shifts", headers={"accept": "text/xml"})
    assert answer.headers["content-type"].startswith("application/xml")
    assert decode_xml(answer.content) == {"shifts": {"_count": "4"}}


async def test_a_list_makes_a_record_of_each_or_none(client):
    made = await client.post("/shifts", json={"shifts": [{"day": "2026-08-01"}, {"id": "9", "day": "2026-08-02"}]})
    assert made.status_code == 201
    assert [(one["id"], one["day"]) for one in made.json()["made"]] == [("12", "2026-08-01"), ("9", "2026-08-02")]
    refused = await client.post("/shifts", json={"shifts": [{"id": "8", "day": "2026-09-01"}, {"day": ""}]})
    assert refused.status_code == 409
    rows = (await client.get("/shifts", params={"fields": "day"})).json()
    assert [one["day"] for one in rows] == ["2026-07-01", "2026-08-02", "2026-07-03", "2026-07-04", "2026-08-01"]


async def test_an_answer_may_change_records(client):
    cleared = await client.post("/shifts/clear", json={"ids": ["8", "10", "77"]})
    assert cleared.json() == {"cleared": 2}
    assert await ids(client) == ["9", "11"]
