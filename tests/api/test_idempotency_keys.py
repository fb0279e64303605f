"""Every route that writes honors an Idempotency-Key or refuses it, and the OpenAPI document and the clients say which."""

import json
from functools import cache

import pytest
from litestar import Request

from tests.cases import each
from unified.api.request_checks import UNCHANGING, check_request
from unified.api.requests.declarations import declaration_of, shown_template
from unified.api.server import build_server
from unified.app.application import HANDLERS
from unified.errors.requests import MalformedRequest
from unified.settings.settings import Settings

KEY = {"Idempotency-Key": "k-1"}


@cache
def writes():
    """Method, path and handler of every route that writes, of programs, people and agents alike."""
    return [
        (method, shown_template(route.path), handler)
        for route in build_server(Settings(), None, HANDLERS).routes
        for method, (handler, _) in sorted(route.route_handler_map.items())
        if method not in UNCHANGING
    ]


def honored():
    return {(method, path) for method, path, handler in writes() if declaration_of(handler).keyed}


RECORD_TEMPLATES = {"/{category:str}/{model:str}", "/{category:str}/{model:str}/{third:str}"} | {
    "/{category:str}/{model:str}/{third:str}/{fourth:str}"
}


def request(method, path, handler, headers):
    sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "path_template": path, "headers": sent, "query_string": b""}
    return Request({**scope, "route_handler": handler, "path_params": {}, "state": {}})


async def test_a_route_that_writes_honors_a_key_or_refuses_it():
    for method, path, handler in writes():
        if (method, path) in honored():
            continue
        with pytest.raises(MalformedRequest) as refused:
            await check_request(request(method, path, handler, KEY))
        assert refused.value.detail == (
            f"Idempotency-Key: {method} {path} does not honor it and could be done twice: leave the header out. "
            "Writes of records honor it, alone and in batches, and so do POST /tools/{name} and MCP servers"
        )


def test_honored_are_writes_of_records_and_calls_of_tools():
    """`once` makes them so; tests/records/test_unknown_outcomes.py shows it for each way of writing."""
    own = {("POST", "/tools/{name}"), ("POST", "/mcp"), ("POST", "/mcp/{token}"), ("POST", "/mcp/{token}/mcp")}
    assert own <= honored()
    for method, path, handler in writes():
        if (method, path) in honored() - own:
            assert declaration_of(handler).template in RECORD_TEMPLATES


async def test_the_document_says_the_same(world):
    document = json.loads((await world.client.get("/openapi.json")).content)
    seen = set()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            parameters = [
                document["components"]["parameters"][one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one
                for one in operation.get("parameters", ())
            ]
            takes = any(one["name"] == "Idempotency-Key" and one["in"] == "header" for one in parameters)
            is_write = method != "get"
            is_own = path.split("/")[1] in {"crm", "hris", "ticketing"} or path == "/tools/{name}"
            assert takes == (is_write and is_own), f"{method} {path}"
            if takes and not path.endswith("/batch") and path != "/tools/{name}":
                assert {"409", "410"} <= set(operation["responses"]), f"{method} {path}"
            seen.add(takes)
    assert seen == {True, False}


@each(
    "asked",
    [
        ("POST", "/api-keys", {"name": "x"}),
        ("POST", "/webhooks", {"url": "https://x.example", "events": ["account.created"]}),
        ("POST", "/connect", {"provider": "hubspot"}),
        ("PATCH", "/tenant", {"name": "x"}),
        ("POST", "/proxy/crm/v3/objects/contacts", {"properties": {}}),
    ],
    ids=lambda one: one[1],
)
async def test_a_refusal_is_an_answer_of_the_service(world, asked):
    method, path, body = asked
    answer = await world.client.request(
        method, path, params={"account_id": world.accounts["hubspot"]} if "proxy" in path else {}, json=body, headers=KEY
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request"), answer.text
    assert answer.json()["detail"].startswith(f"Idempotency-Key: {method} ")
    assert await world.reached() == []


@pytest.mark.parametrize("path", ["/accounts", "/health", "/proxy/crm/v3/objects/contacts"])
async def test_a_key_of_a_read_is_not_a_mistake(world, path):
    answer = await world.client.get(
        path, params={"account_id": world.accounts["hubspot"]} if "proxy" in path else {}, headers=KEY
    )
    assert answer.status_code == 200


async def test_a_write_has_one_key(world):
    """A server on the way may join two lines into one, and then it would be another key."""
    params, lines = {"account_id": world.accounts["hubspot"]}, [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = await world.client.post("/crm/contacts", params=params, json={"last_name": "x"}, headers=lines)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert answer.json()["detail"] == "Idempotency-Key: given more than once; expected one value"
    assert await world.reached() == []
