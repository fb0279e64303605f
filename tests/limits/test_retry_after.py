"""How long to wait: every 429 and 503 says so in whole seconds, whatever a provider says or leaves out."""

import random
import string

import pytest

from tests.cases import each
from tests.mcp.endpoint.conftest import Place
from unified.errors.error import USUAL_WAIT_SECONDS, UnifiedError
from unified.errors.requests import ConnectFailed, LinkOver, MethodNotAllowed
from unified.errors.writes import ApprovalStale
from unified.mcp.endpoint import get_endpoint

LIST = "/crm/contacts"
GARBAGE = (
    *(None, "", "soon", "-5", "NaN", "Infinity", "1e3", "0x10", "5 minutes", "9" * 400, "1.2.3", "٣"),
    *("Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Nov 2026", "1 Jan 2020 99:99:99 +99999999999999", "31 Dec 9999 23:59:59 -2359"),
)


def noise(count: int) -> list[str]:
    chance = random.Random(11)
    return ["".join(chance.choices(string.printable[:95], k=chance.randrange(1, 40))).strip() or "x" for _ in range(count)]


@pytest.fixture
def more_settings():
    return {"public_url": "http://unified"}


@pytest.fixture
async def agent(world):
    place = Place(world=world, app=world.server)
    yield await place.agent()
    await get_endpoint(world.server, world.services).close()


async def plan(world, value: str | None, status: int = 429) -> None:
    """Let the provider refuse the next calls, with this wait."""
    await world.sandbox.post("/_sandbox/reset")
    world.services.client._budget.__init__()
    headers = {} if value is None else {"Retry-After": value}
    fault = {"provider": "hubspot", "match": "* /crm/*", "times": 9, "status": status, "headers": headers}
    planned = await world.sandbox.post("/_sandbox/faults", json=fault)
    assert planned.status_code == 201, planned.text


def whole(text: str) -> int:
    assert text.isascii()
    assert text.isdigit()
    assert int(text) >= 1
    return int(text)


async def test_a_rate_limit_without_a_readable_wait_gets_the_default(world, agent, monkeypatch) -> None:
    monkeypatch.setattr(world.services.client, "_jitter", lambda: 0.0)
    for value in (*GARBAGE, *noise(10)):
        await plan(world, None if value is None else value.encode("ascii", "ignore").decode())
        answer = await world.get(LIST)
        assert answer.status_code == 429
        assert answer.json()["code"] == "provider_rate_limited"
        assert whole(answer.headers["Retry-After"]) >= answer.json()["retry_after"] >= 1
        assert int(answer.headers["Retry-After"]) <= 86_400


async def test_the_wait_is_reported_by_every_interface(world, agent, monkeypatch) -> None:
    monkeypatch.setattr(world.services.client, "_jitter", lambda: 0.0)
    await plan(world, "soon")
    called = await agent.call("list_crm_contacts", {})
    assert called["structuredContent"]["error"]["retry_after"] == USUAL_WAIT_SECONDS
    await plan(world, "soon")
    asked = {"arguments": {}, "account_id": world.accounts["hubspot"]}
    answer = await world.client.post("/tools/list_crm_contacts", json=asked)
    assert "30" in answer.text
    await plan(world, "soon")
    answer = await world.get("/proxy/crm/v3/objects/contacts")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    await plan(world, "0")
    answer = await world.get("/proxy/crm/v3/objects/contacts")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")


async def test_a_provider_that_is_down_may_not_say_when(world) -> None:
    await plan(world, None, status=503)
    answer = await world.get("/proxy/crm/v3/objects/contacts")
    assert (answer.status_code, whole(answer.headers["Retry-After"])) == (503, 30)


async def test_a_service_that_drains_says_when(world) -> None:
    world.services.lifecycle.drain()
    answer = await world.client.get("/ready")
    assert answer.status_code == 503
    whole(answer.headers["Retry-After"])


def every_kind(kind: type[UnifiedError] = UnifiedError) -> list[type[UnifiedError]]:
    return [kind, *(found for below in kind.__subclasses__() for found in every_kind(below))]


NEED_MORE = {ConnectFailed, ApprovalStale, LinkOver, MethodNotAllowed}
"""Kinds that are made of more than a text, and never ask to come again."""


@each("kind", [one for one in every_kind() if one not in NEED_MORE], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("given", [None, 0, 0.001, 1, 86_400])
def test_no_kind_of_refusal_asks_to_come_again_without_a_time(kind, given) -> None:
    refused = kind("x", retry_after=given)
    if kind.status in {429, 503} or given is not None:
        assert refused.wait is not None
        assert refused.wait >= 1
    else:
        assert refused.wait is None
