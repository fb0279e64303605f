"""The control surface: what was asked, faults, planting, reset."""

import time

import httpx2
import pytest

KNOWN = "GET /requests, POST /reset, POST /faults, GET /faults, DELETE /faults, POST /tokens, PUT /{provider}/{resource}/{id}"


async def seen(client, query=""):
    return (await client.get(f"/_sandbox/requests{query}")).json()["data"]


async def test_requests_are_listed_without_bodies(client):
    await client.get("/shelf/v1/books?page=2")
    await client.post("/shelf/v1/books", json={"title": "canary"}, headers={"authorization": "Bearer wrong"})
    first, second = await seen(client)
    assert first == {
        "n": 1,
        "at": "2026-11-02T12:00:00Z",
        "provider": "shelf",
        "method": "GET",
        "path": "/v1/books",
        "query": "page=2",
        "status": 200,
        "authorized": True,
        "operation": "",
    }
    assert (second["method"], second["status"], second["authorized"]) == ("POST", 401, False)
    assert await seen(client, "?since=1") == [second]
    assert await seen(client, "?provider=other") == []
    assert (await client.get("/_sandbox/requests?since=x")).json() == {
        "status": 422,
        "detail": "since must be the n of a request: the answer holds those after it.",
    }


async def test_the_list_is_bounded(client, sandbox):
    sandbox.journal.seen = type(sandbox.journal.seen)(maxlen=3)
    for _ in range(5):
        await client.get("/shelf/v1/books")
    assert [one["n"] for one in await seen(client)] == [3, 4, 5]


async def test_a_planned_fault_hits_so_often_and_only_what_matches(client):
    fault = {"provider": "shelf", "match": "GET /v1/books/*", "times": 2, "status": 429, "headers": {"Retry-After": "3"}}
    assert (await client.post("/_sandbox/faults", json=fault)).status_code == 201
    assert (await client.get("/shelf/v1/books")).status_code == 200
    for _ in range(2):
        answer = await client.get("/shelf/v1/books/9001")
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "3"
        assert answer.json()["error"]["code"] == "rate_limited"
    assert (await client.get("/shelf/v1/books/9001")).status_code == 200


async def test_a_fault_can_break_the_json(client):
    await client.post("/_sandbox/faults", json={"provider": "shelf", "match": "*", "body": '{"books": ['})
    answer = await client.get("/shelf/v1/books")
    assert (answer.status_code, answer.text) == (200, '{"books": [')


async def test_a_delay_alone_lets_the_call_through(client):
    await client.post("/_sandbox/faults", json={"provider": "shelf", "delay_ms": 60})
    start = time.monotonic()
    assert (await client.get("/shelf/v1/books")).json()["next_page"] == 2
    assert time.monotonic() - start >= 0.06


async def test_a_dripping_answer_arrives_whole(client):
    plain = (await client.get("/shelf/v1/books/9001")).content
    await client.post("/_sandbox/faults", json={"provider": "shelf", "drip_ms": 1})
    assert (await client.get("/shelf/v1/books/9001")).content == plain


async def test_planting_replaces_a_record(client):
    book = {"id": "9001", "author": "गीता", "updated": None}
    assert (await client.put("/_sandbox/shelf/books/9001", json=book)).json() == book
    assert (await client.get("/shelf/v1/books/9001")).json() == book


async def test_reset_brings_everything_back(client):
    before = (await client.get("/shelf/v1/books/9001")).json()
    await client.put("/_sandbox/shelf/books/9001", json={"id": "9001"})
    await client.post("/_sandbox/faults", json={"provider": "shelf", "status": 500, "times": 9})
    await client.post("/_sandbox/tokens", json={"provider": "shelf", "revoke": True})
    assert (await client.post("/_sandbox/reset")).status_code == 204
    assert await seen(client) == []
    assert (await client.get("/shelf/v1/books/9001")).json() == before


@pytest.mark.parametrize(
    ("call", "body", "status", "detail"),
    [
        (("POST", "/faults"), {"provider": "x"}, 422, "Unknown provider 'x'; known: shelf."),
        (("POST", "/faults"), {"provider": "shelf", "tims": 1}, 422, "Object contains unknown field `tims`"),
        (("POST", "/faults"), {"provider": "shelf", "times": 0}, 422, "times must be at least 1."),
        (("PUT", "/shelf/bookz/1"), {}, 422, "Unknown resource 'bookz' of shelf; known: books."),
        (("PUT", "/shelf/books/1"), [], 422, "Expected `object`, got `array`"),
        (
            ("PATCH", "/faults"),
            None,
            404,
            f"No PATCH /faults here; known: {KNOWN}.",
        ),
    ],
)
async def test_refusals_say_what_exists(client, call, body, status, detail):
    answer = await client.request(call[0], f"/_sandbox{call[1]}", json=body)
    assert answer.json() == {"status": status, "detail": detail}
    assert answer.status_code == status


async def test_only_loopback_steers(sandbox):
    transport = httpx2.ASGITransport(sandbox, client=("10.1.2.3", 5000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        answer = await client.post("/_sandbox/reset")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "The control surface answers on loopback only."
