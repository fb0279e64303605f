"""Writes that wait for a person (THREATS D20, E1): asked of clients that can open a page, told to all others, done by neither."""

from datetime import timedelta

import msgspec
import pytest
from mcp_types import ElicitResult

from tests.mcp.endpoint.conftest import BASE, ERAS, LEGACY, MODERN
from unified.mcp.tool_requests import STATE_REFUSED
from unified.settings.master_keys import MasterKey
from unified.vault.keys import KeyRing
from unified.vault.seal import Vault

CREATE = "create_crm_contact"
ADA = {"first_name": "Ada", "last_name": "Lovelace", "emails": [{"email": "ada@example.com"}]}
CAN = {"elicitation": {"url": {}}}
INVALID_PARAMS = -32602


@pytest.fixture
async def agent(place):
    return await place.agent(methods=["read", "write"], writes="approve")


async def writes(place):
    """What reached the provider to write."""
    return [one for one in await place.world.reached() if one["method"] == "POST" and one["path"].endswith("/contacts")]


async def decide(place, approval_id, how="approve"):
    world = place.world
    shown = (await world.client.get(f"/approvals/{approval_id}")).json()
    body = {"digest": shown["digest"]} if how == "approve" else {}
    answer = await world.client.post(f"/approvals/{approval_id}/{how}", json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def asked(agent, **more):
    """The first call: the question and its state."""
    told = await agent.call(CREATE, ADA, capabilities=CAN, **more)
    assert told["resultType"] == "input_required", told
    return told


async def again(agent, state, arguments=ADA, name=CREATE, **more):
    """The call after the question, as a client makes it."""
    params = {"requestState": state, "inputResponses": {"approval": {"action": "accept"}}}
    return await agent.call(name, arguments, params=params, capabilities=CAN, **more)


async def test_a_client_that_can_is_asked_to_open_the_page(place, agent):
    told = await asked(agent)
    ((key, question),) = told["inputRequests"].items()
    (waiting,) = (await place.world.client.get("/approvals")).json()["data"]
    assert (key, question["method"], question["params"]["mode"]) == ("approval", "elicitation/create", "url")
    assert question["params"]["url"] == f"{BASE}/approvals/{waiting['id']}"
    assert waiting["summary"] in question["params"]["message"]
    assert "Ada" not in msgspec.json.encode(told).decode()
    assert waiting["id"] not in told["requestState"]
    assert (await writes(place), waiting["tool"], waiting["requested_by"]) == ([], CREATE, agent.id)


CANNOT = [
    {},
    {"elicitation": {}},
    {"elicitation": {"form": {}}},
    {"sampling": {}},
    {"elicitation": None},
    {"elicitation": "url"},
]


@pytest.mark.parametrize("declared", CANNOT)
async def test_a_client_without_elicitation_gets_approval_required(place, agent, declared):
    answer = await agent.rpc("tools/call", {"name": CREATE, "arguments": ADA}, capabilities=declared)
    if answer.status_code == 400:  # what is declared has not the right form
        assert answer.json()["error"]["code"] == INVALID_PARAMS
        return
    told = answer.json()["result"]
    assert (told["resultType"], told["isError"]) == ("complete", False)
    assert told["structuredContent"]["status"] == "approval_required"
    assert told["structuredContent"]["approval"]["id"].startswith("apr_")
    assert await writes(place) == []


async def test_the_older_revision_is_reported(place, agent):
    told = await agent.call(CREATE, ADA, era=LEGACY)
    assert told["structuredContent"]["status"] == "approval_required"
    outcome = await agent.call("get_approval", {"approval_id": told["structuredContent"]["approval"]["id"]}, era=LEGACY)
    assert outcome["structuredContent"]["status"] == "pending"


async def test_until_a_decision_the_next_call_reports_it_as_pending(place, agent):
    state = (await asked(agent))["requestState"]
    for _ in range(3):
        told = await again(agent, state)
        assert told["structuredContent"]["status"] == "approval_required"
    assert len((await place.world.client.get("/approvals")).json()["data"]) == 1
    assert await writes(place) == []


async def test_after_approval_the_next_call_reports_the_outcome_and_does_nothing(place, agent):
    state = (await asked(agent))["requestState"]
    (waiting,) = (await place.world.client.get("/approvals")).json()["data"]
    done = await decide(place, waiting["id"])
    assert len(await writes(place)) == 1
    for _ in range(3):
        told = await again(agent, state)
        assert (told["isError"], told["structuredContent"]["status"]) == (False, "executed")
        assert told["structuredContent"]["approval"]["result"] == {**done["result"], "untrusted": True}
    assert len(await writes(place)) == 1


async def test_a_declined_write_is_an_error_that_says_so(place, agent):
    state = (await asked(agent))["requestState"]
    (waiting,) = (await place.world.client.get("/approvals")).json()["data"]
    await decide(place, waiting["id"], "decline")
    told = await again(agent, state)
    assert (told["isError"], told["structuredContent"]["status"]) == (True, "declined")
    assert await writes(place) == []


async def test_what_became_void_is_an_error_that_says_so(place, agent):
    state = (await asked(agent))["requestState"]
    narrowed = await place.world.client.patch(f"/mcp-servers/{agent.id}", json={"config": {"models": ["crm.contacts"]}})
    assert narrowed.is_success
    told = await again(agent, state)
    assert (told["isError"], told["structuredContent"]["status"]) == (True, "void")


REFUSED = {
    "edited": lambda state, _: {"state": state[:-2] + ("A" if state[-2] != "A" else "B") + state[-1]},
    "cut": lambda state, _: {"state": state[:-5]},
    "empty": lambda _state, _: {"state": ""},
    "another text": lambda _state, _: {"state": "apr_0123456789"},
    "1 MB": lambda _state, _: {"state": "A" * 500_000},
    "not ASCII": lambda state, _: {"state": state + "\u00e4"},
    "other arguments": lambda state, _: {"state": state, "arguments": {**ADA, "first_name": "Eve"}},
    "one argument more": lambda state, _: {"state": state, "arguments": {**ADA, "title": "Countess"}},
    "another tool": lambda state, _: {"state": state, "name": "get_approval"},
    "a tool that is not there": lambda state, _: {"state": state, "name": "delete_everything"},
    "another token": lambda state, other: {"state": state, "agent": other},
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_state_that_was_not_made_for_this_call_is_refused(place, agent, what):
    other = await place.agent(methods=["read", "write"], writes="approve")
    state = (await asked(agent))["requestState"]
    given = {"agent": agent, **REFUSED[what](state, other)}
    told = await again(given.pop("agent"), given.pop("state"), **given)
    assert (told["error"]["code"], told["error"]["message"]) == (INVALID_PARAMS, STATE_REFUSED)
    assert len((await place.world.client.get("/approvals")).json()["data"]) == 1, "nothing new was asked for"
    assert await writes(place) == []
    *_, row = await place.audit()
    assert (row["decision"], row["reason"]) == ("denied", "invalid_cursor")


async def test_a_state_of_another_installation_is_refused(place, agent, monkeypatch):
    state = (await asked(agent))["requestState"]
    strange = msgspec.structs.replace(place.services, vault=Vault(KeyRing((MasterKey("k", b"x" * 32),))))
    monkeypatch.setattr(place.world.server.state, "services", strange)
    assert (await again(agent, state))["error"]["message"] == STATE_REFUSED


async def test_a_state_ends_with_its_approval(place, agent, monkeypatch):
    state = (await asked(agent))["requestState"]
    (waiting,) = (await place.world.client.get("/approvals")).json()["data"]
    assert waiting["status"] == "pending"
    clock = place.services.database.clock
    monkeypatch.setattr(place.services.database, "clock", lambda: clock() + timedelta(days=365))
    answer = await again(agent, state)
    assert answer["error"]["code"] in {INVALID_PARAMS, -32000}
    assert await writes(place) == []


async def test_the_official_client_opens_the_page_and_continues(place, agent):
    opened = []

    async def opens(_context, params):
        opened.append(params.url)
        await decide(place, params.url.rpartition("/")[2])
        return ElicitResult(action="accept")

    async with agent.client(MODERN, elicitation_callback=opens) as client:
        told = await client.call_tool(CREATE, ADA)
    assert (told.is_error, told.structured_content["status"], len(opened)) == (False, "executed", 1)
    assert len(await writes(place)) == 1


@pytest.mark.parametrize("era", ERAS)
async def test_without_approvals_a_write_goes_out_at_once(place, era):
    agent = await place.agent(methods=["read", "write"], writes="direct")
    told = await agent.call(CREATE, ADA, era=era, capabilities=CAN)
    assert told["isError"] is False, told
    assert len(await writes(place)) == 1
