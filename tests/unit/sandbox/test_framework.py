"""Routing, credentials, errors and limits, seen through the stand-in of docs/sandbox.md."""

import base64
import random

import httpx2
import msgspec
import pytest

from unified_sandbox.app import create_sandbox
from unified_sandbox.people import companies, people
from unified_sandbox.routing import Router
from unified_sandbox.running import running
from unified_sandbox.standin import Answer, ApiKey, Basic, Bearer, RateLimit


async def test_a_page_is_served_with_where_to_continue(client):
    first = (await client.get("/shelf/v1/books")).json()
    assert len(first["books"]) == 20
    assert first["next_page"] == 2
    last = (await client.get("/shelf/v1/books?page=2")).json()
    assert len(last["books"]) == 20
    assert last["next_page"] is None
    assert not {book["id"] for book in first["books"]} & {book["id"] for book in last["books"]}


async def test_every_run_starts_with_the_same_data(shelf_standin):
    one, two = (create_sandbox({"shelf": shelf_standin}) for _ in range(2))
    assert one.lives["shelf"].state == two.lives["shelf"].state


async def test_an_unknown_provider_names_the_known_ones(client):
    answer = await client.get("/shelv/v1/books")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "No stand-in at /shelv; known: shelf."


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/v1/books/1", 404, "no_book"),
        ("DELETE", "/v1/books", 405, "method_not_allowed"),
    ],
)
async def test_errors_have_the_providers_shape(client, method, path, status, code):
    answer = await client.request(method, f"/shelf{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("header", "code"),
    [("", "missing_credentials"), ("Basic abc", "missing_credentials"), ("Bearer wrong", "invalid_credentials")],
)
async def test_a_caller_without_good_credentials_is_refused_in_the_providers_shape(client, header, code):
    answer = await client.get("/shelf/v1/books", headers={"authorization": header})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)


async def test_a_failing_handler_is_a_500_of_the_provider(client, shelf_standin, caplog):
    def broken(request, state):
        raise KeyError("secret value")

    routes = (("GET", "/v1/books", broken),)
    app = create_sandbox({"shelf": msgspec.structs.replace(shelf_standin, routes=routes)})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox") as other:
        answer = await other.get("/shelf/v1/books", headers=client.headers)
    assert answer.json() == {"error": {"code": "server_error", "message": "The stand-in failed; its log says why."}}
    assert "the stand-in shelf failed on GET /v1/books" in caplog.text


async def test_broken_json_is_refused_before_the_handler_needs_to_care(client, shelf_standin):
    def create(request, state):
        return Answer(201, request.fields)

    routes = (("POST", "/v1/books", create),)
    app = create_sandbox({"shelf": msgspec.structs.replace(shelf_standin, routes=routes)})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox") as other:
        for body in ("{", "[1]"):
            answer = await other.post("/shelf/v1/books", content=body, headers=client.headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_json")


def kinds(standin, accepts, credentials):
    return create_sandbox({"shelf": msgspec.structs.replace(standin, accepts=accepts, demo_credentials=(credentials,))})


def basic(username, password):
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("accepts", "credentials", "sent", "status"),
    [
        (Basic(), ("basic", "ada", "pw"), ({"authorization": basic("ada", "pw")}, ""), 200),
        (Basic(), ("basic", "ada", "pw"), ({"authorization": basic("ada", "no")}, ""), 401),
        (Basic(any_password=True), ("basic", "key", "x"), ({"authorization": basic("key", "no")}, ""), 200),
        (Basic(any_password=True), ("api_key", "k1"), ({"authorization": basic("k1", "")}, ""), 200),
        (Basic(any_password=True), ("api_key", "k1"), ({"authorization": basic("k2", "")}, ""), 401),
        (Basic(), ("api_key", "k1"), ({"authorization": basic("k1", "")}, ""), 401),
        (ApiKey(header="X-Api-Key"), ("api_key", "k1"), ({"x-api-key": "k1"}, ""), 200),
        (ApiKey(header="X-Api-Key"), ("api_key", "k1"), ({"x-api-key": "k2"}, ""), 401),
        (ApiKey(query="token"), ("api_key", "k1"), ({}, "?token=k1"), 200),
        (Bearer(prefix="Token token="), ("bearer", "t1"), ({"authorization": "Token token=t1"}, ""), 200),
    ],
)
async def test_each_kind_of_credentials(shelf_standin, accepts, credentials, sent, status):
    names = {"basic": ("username", "password"), "api_key": ("key",), "bearer": ("token",)}[credentials[0]]
    app = kinds(shelf_standin, (accepts,), {"type": credentials[0], **dict(zip(names, credentials[1:], strict=True))})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox") as client:
        assert (await client.get(f"/shelf/v1/books{sent[1]}", headers=sent[0])).status_code == status


async def test_a_budget_is_reported_always_and_enforced_on_request(client, clock, shelf_standin):
    limit = RateLimit(requests=2, window_s=10, headers=lambda most, left, _s: {"X-Left": f"{left}/{most}"})
    standin = msgspec.structs.replace(shelf_standin, limit=limit)
    for enforce, statuses in ((False, [200, 200, 200]), (True, [200, 200, 429])):
        app = create_sandbox({"shelf": standin}, clock=clock, enforce_limits=enforce)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox") as other:
            answers = [await other.get("/shelf/v1/books", headers=client.headers) for _ in range(3)]
            assert [answer.status_code for answer in answers] == statuses
            clock.forward(seconds=11)
            assert (await other.get("/shelf/v1/books", headers=client.headers)).status_code == 200
        assert answers[2].headers["x-left"] == ("0/2" if enforce else "1/2")


def test_literal_routes_come_before_variables():
    def one(request, state): ...
    def two(request, state): ...
    def three(request, state): ...
    def four(request, state): ...

    router = Router(
        (("GET", "/a/{id}", one), ("GET", "/a/{id}.json", two), ("GET", "/a/me", three), ("GET", "/{rest:path}", four))
    )
    found = {path: router.find("GET", path) for path in ("/a/x%2Fy", "/a/7.json", "/a/me", "/a/b/c")}
    assert [one_.handler for one_ in found.values()] == [one, two, three, four]
    assert [one_.params for one_ in found.values()] == [{"id": "x/y"}, {"id": "7"}, {}, {"rest": "a/b/c"}]
    assert router.find("POST", "/a/me") is None


def test_people_are_many_and_unlike():
    rng = random.Random(3)
    made = people(rng, 200, companies(rng, 40))
    assert len({one.email for one in made}) == 200
    assert len({one.domain for one in companies(rng, 40)}) == 40
    assert sum(not one.full_name.isascii() for one in made) > 30
    assert all(one.email.isascii() and one.email.endswith(".example") for one in made)


def test_it_runs_on_a_port(shelf_standin):
    with running(create_sandbox({"shelf": shelf_standin})) as url, httpx2.Client(trust_env=False) as client:
        answer = client.get(f"{url}/shelf/v1/books", headers={"authorization": "Bearer demo-shelf"})
        assert answer.status_code == 200
        drop = {"provider": "shelf", "match": "GET *", "drop": True}
        assert client.post(f"{url}/_sandbox/faults", json=drop).status_code == 201
        with pytest.raises(httpx2.RemoteProtocolError):
            client.get(f"{url}/shelf/v1/books")
