"""One effect per intent: a client that repeats a write gets the outcome of the first, in both eras and on both paths."""

import asyncio
from datetime import timedelta

import pytest
from mcp import MCPError

from tests.mcp.endpoint.conftest import ERAS, MODERN, on_a_socket
from tests.waiting import until
from unified.mcp.endpoint import get_endpoint
from unified.mcp.tool_requests import KEY_META, KEY_REFUSED
from unified.service.records.writing.write_duration import lost_after
from unified.store import idempotency
from unified.store.engine.tables import IDEMPOTENCY

CREATE, UPDATE, DELETE = "create_crm_contact", "update_crm_contact", "delete_crm_contact"
ADA = {"first_name": "Ada", "last_name": "Lovelace"}
WINDOW = 600
PATHS = ("direct", "sdk")


@pytest.fixture
async def agent(place):
    return await place.agent(methods=["read", "write"], writes="direct")


@pytest.fixture(params=PATHS)
async def path(request, place):
    """How calls are answered: directly, or by the SDK."""
    endpoint = get_endpoint(place.app, place.services)
    await endpoint.start()
    if request.param == "sdk":
        endpoint._direct = None
    return request.param


async def sent(place):
    """How many writes arrived at the provider."""
    return sum(
        one["method"] in {"POST", "PATCH", "DELETE"} and "search" not in one["path"] and "batch/read" not in one["path"]
        for one in await place.world.reached()
    )


def later(place, **more):
    """Let the clock of the service go on."""
    clock, more = place.services.database.clock, timedelta(**more)
    place.services.database.clock = lambda: clock() + more


async def did(agent, name, arguments, **more):
    """The result of a call that must succeed."""
    result = await agent.call(name, arguments, **more)
    assert not result["isError"], result
    return result["structuredContent"]


def refused(result):
    assert result["isError"], result
    return result["structuredContent"]["error"]


@pytest.mark.parametrize("era", ERAS)
async def test_the_same_write_is_done_once_and_says_so(place, agent, path, era):
    first = await did(agent, CREATE, ADA, era=era)
    again = await did(agent, CREATE, dict(reversed(ADA.items())), era=era)
    assert "replayed" not in first
    assert (again["replayed"], again["data"]["id"]) == (True, first["data"]["id"])
    (warning,) = [one for one in again["warnings"] if one["code"] == "replayed"]
    assert "call again with a new idempotency_key" in warning["message"]
    assert await sent(place) == 1


async def test_the_window_slides_from_the_first_write(place, agent):
    first = await did(agent, CREATE, ADA)
    later(place, seconds=WINDOW - 1)
    assert (await did(agent, CREATE, ADA))["data"]["id"] == first["data"]["id"]
    later(place, seconds=2)
    assert "replayed" not in await did(agent, CREATE, ADA)
    assert await sent(place) == 2


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("where", ["argument", "meta", "header"])
async def test_a_new_key_does_it_again_and_the_same_key_does_not(place, agent, path, era, where):
    def with_key(key):
        return {
            "argument": {"arguments": {**ADA, "idempotency_key": key}},
            "meta": {"arguments": ADA, "params": {"_meta": {KEY_META: key}}},
            "header": {"arguments": ADA, "Idempotency_Key": key},
        }[where]

    made = [await did(agent, CREATE, **with_key(key), era=era) for key in ("one", "two", "two")]
    assert len({one["data"]["id"] for one in made}) == 2
    assert [one.get("replayed", False) for one in made] == [False, False, True]
    other = with_key("two")
    other["arguments"] = {**other["arguments"], "first_name": "Augusta"}
    assert refused(await agent.call(CREATE, **other, era=era))["code"] == "idempotency_mismatch"
    assert await sent(place) == 2


async def test_a_key_counts_for_one_server_only(place, agent):
    other = await place.agent(name="other", methods=["read", "write"], writes="direct")
    for one in (agent, other):
        assert "replayed" not in await did(one, CREATE, ADA)
        assert "replayed" not in await did(one, CREATE, {**ADA, "idempotency_key": "k"})
    assert await sent(place) == 4


async def test_two_places_must_name_the_same_key(place, agent):
    meta = {"_meta": {KEY_META: "one"}}
    answer = await agent.rpc("tools/call", {"name": CREATE, "arguments": ADA, **meta}, Idempotency_Key="two")
    assert answer.json()["error"]["message"] == KEY_REFUSED
    told = refused(await agent.call(CREATE, {**ADA, "idempotency_key": "two"}, params=meta))
    assert told["errors"][0]["pointer"] == "/idempotency_key"
    for wrong in ("", "x" * 256, "line\nbreak", 7):
        assert refused(await agent.call(CREATE, {**ADA, "idempotency_key": wrong}))["code"] == "validation_failed"
    assert await sent(place) == 0


async def test_a_repetition_while_the_first_runs_is_told_so(place, agent):
    fault = {"provider": "hubspot", "match": "POST /crm/*", "times": 1, "delay_ms": 400}
    await place.world.sandbox.post("/_sandbox/faults", json=fault)
    running = asyncio.create_task(did(agent, CREATE, ADA))
    await until(lambda: place.services.client.bulkhead.in_flight() == 1)
    told = refused(await agent.call(CREATE, ADA))
    assert (told["code"], told["retryable"]) == ("idempotency_in_progress", True)
    first = await running
    assert (await did(agent, CREATE, ADA))["data"]["id"] == first["data"]["id"]
    assert await sent(place) == 1


async def test_a_write_that_surely_did_nothing_can_be_repeated(place, agent):
    fault = {"provider": "hubspot", "match": "POST /crm/*", "times": 1, "status": 429}
    await place.world.sandbox.post("/_sandbox/faults", json=fault)
    assert refused(await agent.call(CREATE, ADA))["code"] == "provider_rate_limited"
    assert "replayed" not in await did(agent, CREATE, ADA)


async def test_an_unknown_outcome_stays_unknown_and_says_what_to_look_for(place, agent):
    fault = {"provider": "hubspot", "match": "POST /crm/*", "times": 1, "status": 500}
    await place.world.sandbox.post("/_sandbox/faults", json=fault)
    assert "with a new idempotency key" in refused(await agent.call(CREATE, ADA))["detail"]
    for _ in range(2):
        told = refused(await agent.call(CREATE, ADA))
        assert (told["code"], told["retryable"]) == ("outcome_unknown", False)
        assert "look whether the record exists" in told["detail"]
    assert "replayed" not in await did(agent, CREATE, {**ADA, "idempotency_key": "sure"})


@pytest.mark.parametrize("method", [CREATE, UPDATE, DELETE])
async def test_a_doubt_is_resolved_by_what_the_record_shows(place, agent, monkeypatch, method):
    """The worker is lost after the write, before it could note the outcome."""
    held = (await did(agent, CREATE, {"last_name": "There"}))["data"]["id"]
    arguments = {
        CREATE: {**ADA, "emails": [{"email": "ada@new.example"}]},
        UPDATE: {"id": held, "first_name": "New"},
        DELETE: {"id": held},
    }[method]

    async def killed(*_place, **_outcome):
        return None

    with monkeypatch.context() as worker:
        worker.setattr(idempotency, "finish", killed)
        await did(agent, method, arguments)
    before = await sent(place)
    assert refused(await agent.call(method, arguments))["code"] == "idempotency_in_progress"
    later(place, seconds=lost_after(place.services).total_seconds() + 1)
    for _ in range(2):
        assert (await did(agent, method, arguments))["replayed"] is True
    assert await sent(place) == before


async def test_open_closed_and_open_again_are_three_writes(place, agent):
    held = (await did(agent, CREATE, {"last_name": "There"}))["data"]["id"]
    one, other = ({"id": held, "first_name": name} for name in ("One", "Other"))
    for change in (one, other, one):
        assert "replayed" not in await did(agent, UPDATE, change)
    told = await did(agent, UPDATE, one)
    assert (told["replayed"], told["data"]["first_name"]) == (True, "One")
    assert await sent(place) == 4


async def test_a_deleted_record_is_not_made_again_by_a_repetition(place, agent):
    made = (await did(agent, CREATE, ADA))["data"]["id"]
    await did(agent, DELETE, {"id": made})
    assert (await did(agent, DELETE, {"id": made}))["replayed"] is True
    assert refused(await agent.call(CREATE, ADA))["code"] == "gone"


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("capabilities", [{}, {"elicitation": {"url": {}}}], ids=["told", "asked"])
async def test_a_write_that_waits_has_one_approval(place, path, era, capabilities):
    agent = await place.agent(methods=["read", "write"], writes="approve")
    told = [await agent.call(CREATE, ADA, era=era, capabilities=capabilities) for _ in range(3)]
    (waiting,) = (await place.world.client.get("/approvals")).json()["data"]
    if capabilities and era == MODERN:
        assert all(waiting["id"] in one["inputRequests"]["approval"]["params"]["url"] for one in told)
        return
    shown = [one["structuredContent"] for one in told]
    assert {one["approval"]["id"] for one in shown} == {waiting["id"]}
    assert [one.get("replayed", False) for one in shown] == [False, True, True]


async def decide(place, how):
    (waiting,) = (await place.world.client.get("/approvals", params={"status": "pending"})).json()["data"]
    shown = (await place.world.client.get(f"/approvals/{waiting['id']}")).json()
    body = {"digest": shown["digest"]} if how == "approve" else {}
    assert (await place.world.client.post(f"/approvals/{waiting['id']}/{how}", json=body)).is_success
    return waiting["id"]


async def test_an_approved_write_is_a_repetition_from_its_decision_on(place):
    agent = await place.agent(methods=["read", "write"], writes="approve")
    await did(agent, CREATE, ADA)
    later(place, seconds=2 * WINDOW)
    assert (await did(agent, CREATE, ADA))["replayed"] is True
    await decide(place, "approve")
    done = await did(agent, CREATE, ADA)
    assert (done["replayed"], done["data"]["first_name"]) == (True, "Ada")
    later(place, seconds=WINDOW + 1)
    assert (await did(agent, CREATE, ADA))["status"] == "approval_required"
    assert await sent(place) == 1


async def test_what_a_person_declined_is_not_asked_again_and_what_no_one_decided_is(place):
    agent = await place.agent(methods=["read", "write"], writes="approve")
    await did(agent, CREATE, ADA)
    await decide(place, "decline")
    told = refused(await agent.call(CREATE, ADA))
    assert (told["code"], "ended as declined" in told["detail"]) == ("conflict", True)
    other = {"first_name": "Augusta", "last_name": "King"}
    first = (await did(agent, CREATE, other))["approval"]["id"]
    later(place, seconds=place.services.settings.approval_lifetime + 120)
    await place.world.client.get("/approvals")
    second = await did(agent, CREATE, other)
    assert ("replayed" in second, second["approval"]["id"] == first) == (False, False)


class TestTurnedOff:
    @pytest.fixture
    def more_settings(self, more_settings):
        return {**more_settings, "mcp_repeat_window": 0}

    async def test_without_a_window_only_a_key_makes_a_repetition(self, place, agent):
        for _ in range(2):
            assert "replayed" not in await did(agent, CREATE, ADA)
        for expected in (False, True):
            told = await did(agent, CREATE, {**ADA, "idempotency_key": "k"})
            assert told.get("replayed", False) is expected
        assert await sent(place) == 3


async def test_marks_hold_nothing_that_was_written(place, agent):
    await did(agent, CREATE, {**ADA, "idempotency_key": "cAnArY-key"})
    async with place.services.database.read() as connection:
        (row,) = (await connection.execute(IDEMPOTENCY.select())).mappings()
    assert not any("cAnArY" in str(value) or "Ada" in str(value) for value in row.values())


@pytest.mark.parametrize("era", ERAS)
async def test_writes_list_the_argument_and_reads_do_not(place, agent, era):
    listed = (await agent.rpc("tools/list", era=era)).json()["result"]["tools"]
    having = {one["name"] for one in listed if "idempotency_key" in one["inputSchema"]["properties"]}
    assert having == {one["name"] for one in listed if not one["annotations"]["readOnlyHint"]} >= {CREATE, UPDATE, DELETE}


class TestOverASocket:
    @pytest.fixture
    def more_settings(self):
        return {}

    @pytest.mark.parametrize("mode", [MODERN, "legacy"])
    async def test_a_real_client_that_waits_too_long_and_repeats(self, place, agent, mode):
        """The official client gives up and goes away; the write ends all the same, and the repetition gets its record."""
        async with on_a_socket(place.app) as url:
            fault = {"provider": "hubspot", "match": "POST /crm/*", "times": 1, "delay_ms": 1000}
            await place.world.sandbox.post("/_sandbox/faults", json=fault)
            async with agent.at(url).client(mode) as client:
                with pytest.raises(MCPError):
                    await client.call_tool(CREATE, ADA, read_timeout_seconds=0.5)
            async with agent.at(url).client(mode) as client:
                await until(lambda: place.services.client.bulkhead.in_flight() == 0)
                told = (await client.call_tool(CREATE, ADA)).structured_content
        assert (told["replayed"], told["data"]["first_name"]) == (True, "Ada")
        assert await sent(place) == 1
