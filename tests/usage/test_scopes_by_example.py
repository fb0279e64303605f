"""Every scope of docs/scopes-by-example.md, with the real service: one call that it allows, and one that it refuses."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.mcp.test_api import bearer
from unified.cli.authors.scopes_page import EXAMPLES, read_examples

ROOT = Path(__file__).parents[2]
FOUND = read_examples((ROOT / EXAMPLES).read_text(encoding="utf-8"))
METHODS = {"GET": "read", "POST": "create", "PATCH": "update", "DELETE": "delete"}


async def filled(world, value: Any, account: str, provider: str) -> Any:
    """A value with the ids that its placeholders stand for."""
    text = msgspec.json.encode(value).decode().replace("{account}", account)
    if "{ticketing.tickets}" in text:
        text = text.replace("{ticketing.tickets}", await first(world, "/ticketing/tickets", provider))
    return msgspec.json.decode(text)


async def first(world, path: str, provider: str) -> str:
    answer = await world.get(path, provider=provider, limit=1)
    return answer.json()["data"][0]["id"]


async def made(world, key, example, asked):
    """The answer to one of the two calls."""
    provider = asked.at or example.provider
    account = world.accounts[provider]
    method, path = asked.call.split(" ")
    if "{id}" in path:
        path = path.replace("{id}", await first(world, path.partition("/{id}")[0], provider))
    body = await filled(world, asked.body, account, provider) if asked.body is not None else None
    query = {"account_id": account, **asked.query} if path.count("/") > 1 else asked.query
    return await world.client.request(method, path, params=query, json=body, headers=bearer(key))


@pytest.mark.parametrize("example", FOUND, ids=[one.need for one in FOUND])
async def test_an_example_allows_the_one_call_and_refuses_the_other(world, example):
    account = world.accounts[example.provider]
    scope = await filled(world, example.scope, account, example.provider)
    made_key = await world.client.post("/api-keys", json={"name": "example", "role": example.role, "scope": scope})
    assert made_key.status_code == 201, made_key.text
    key = made_key.json()["key"]
    allowed = await made(world, key, example, example.allowed)
    assert allowed.status_code < 300, allowed.text
    refused = await made(world, key, example, example.refused)
    assert (refused.status_code >= 400, refused.json()["code"]) == (True, example.refused.code), refused.text


def test_there_are_twenty_different_needs():
    assert len({one.need for one in FOUND}) == len({msgspec.json.encode(one.scope) for one in FOUND}) == len(FOUND) >= 20
