"""Lists whose arguments are in a body: what is not described is refused, and an order can be a list of objects."""

import httpx2
import pytest

from unified_sandbox.app import create_sandbox
from unified_sandbox.described import load_standin

TEXT = """
docs: https://fleet.example.com/docs
credentials: [{type: bearer, token: demo}]
accepts: [{type: bearer}]
moments: iso_ns
errors: '{"code": $code, "message": $message}'
paging:
  rows: {kind: offset, at: page.from, size: page.count, default: 20, max: 50}
list: '{"ships": [$items]}'
collections:
  ships:
    rows: 6
    created: built
    fields: {name: text}
    seed: '{"name": "S" & $n % 3, "size": $n, "built": $moment(90)}'
routes:
  POST /ships/query:
    list: ships
    arguments: body
    filters: {name: name}
    sort: {argument: order, entry: '(down ? "-" : "") & by', fields: {name: name, size: size}}
  POST /ships: {create: ships}
"""


@pytest.fixture
async def client(tmp_path, clock):
    path = tmp_path / "fleet.sandbox.yaml"
    path.write_text(TEXT, encoding="utf-8")
    app = create_sandbox({"fleet": load_standin(path)}, clock=clock)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox/fleet") as client:
        client.headers["authorization"] = "Bearer demo"
        yield client


async def asked(client, body):
    return (await client.post("/ships/query", json=body)).json()


async def test_an_order_of_objects_is_read_by_its_expression(client):
    found = (await asked(client, {"order": [{"by": "name", "down": True}, {"by": "size"}]}))["ships"]
    assert [(one["name"], one["size"]) for one in found] == [("S2", 2), ("S2", 5), ("S1", 1), ("S1", 4), ("S0", 0), ("S0", 3)]
    assert (await asked(client, {"order": [{"by": "colour"}]}))["code"] == "invalid_argument"


async def test_pages_and_filters_of_a_body(client):
    found = (await asked(client, {"name": "S1", "page": {"from": 1, "count": 5}}))["ships"]
    assert [one["size"] for one in found] == [4]


async def test_an_unknown_key_of_the_body_is_refused(client):
    refused = await asked(client, {"nam": "S1"})
    assert refused == {"code": "unknown_argument", "message": "nam: no such parameter; known: name, order, page."}


async def test_moments_of_nanoseconds(client):
    made = (await client.post("/ships", json={"name": "Argo"})).json()
    assert made["built"].endswith("000Z")
    assert len(made["built"]) == len("2026-11-02T09:00:00.000000000Z")
