"""The policy for agents holds on every route by which they call: an MCP server's, and the one of function calling."""

import itertools
from datetime import timedelta

import msgspec
import pytest

from tests.access.test_policy import server
from tests.cases import each
from tests.mcp.endpoint.conftest import Agent
from unified.settings.policy_rules import NO_DIRECT_AGENT_WRITES, NO_URL_ONLY_SERVERS, POLICY_RULES

DIRECT = {"methods": ["read", "write"], "writes": "direct"}
POLICIES = [frozenset(one) for count in range(len(POLICY_RULES) + 1) for one in itertools.combinations(POLICY_RULES, count)]
CREATE = ("create_ticketing_ticket", {"name": "x", "description": "y"})


def calls(ticket):
    """A call of each kind; what one deletes, no other one needs."""
    change = ("update_ticketing_ticket", {"id": ticket, "name": "x"})
    return (CREATE, change, ("delete_ticketing_ticket", {"id": ticket}))


@pytest.fixture
def more_settings():
    return {"public_url": "http://unified", "mcp_repeat_window": 0, "stop_loops": False}  # each policy sees the same calls


class Agents:
    """One agent by an MCP server and one by function calling, both made without any policy, with the same rights."""

    def __init__(self, world, token, key):
        self.world, self.key = world, key
        self.server = Agent(app=world.server, token=token, key=key)

    async def by_server(self, tool, arguments):
        answer = await self.server.rpc("tools/call", {"name": tool, "arguments": arguments})
        return answer.json()["result"]["structuredContent"]

    async def by_function(self, tool, arguments):
        body = {"account_id": self.world.accounts["zendesk"], "arguments": arguments}
        answer = await self.world.client.post(f"/tools/{tool}", json=body, headers={"Authorization": f"Bearer {self.key}"})
        return answer.json()["result"] if answer.status_code == 200 else answer.json()

    async def listed(self):
        by_server = (await self.server.rpc("tools/list")).json()["result"]["tools"]
        by_function = await self.world.client.get("/tools", headers={"Authorization": f"Bearer {self.key}"})
        return {one["name"] for one in by_server}, {one["name"] for one in by_function.json()["data"]}


@pytest.fixture
async def agents(world):
    _, token, _ = await server(world.services, world, methods=("read", "write"), writes="direct")
    key = await world.key(scope={**DIRECT, "accounts": [world.accounts["zendesk"]]})
    return Agents(world, token, key)


def under(world, **settings):
    """Run the same service under other settings from now on."""
    changed = msgspec.structs.replace(world.services.settings, **settings)
    world.server.state.services = msgspec.structs.replace(world.services, settings=changed)


async def writes(world):
    return [one for one in await world.reached("zendesk") if one["method"] != "GET"]


@each("policy", POLICIES, ids=lambda one: " ".join(sorted(one)) or "none")
async def test_an_agent_writes_directly_where_the_policy_lets_it_by_any_route(world, agents, policy):
    under(world, policy=policy, mcp_repeat_window=0)  # the same writes under each policy
    waits = NO_DIRECT_AGENT_WRITES in policy
    by_server, by_function = await agents.listed()
    assert ("get_approval" in by_server) == waits
    assert ("get_approval" in by_function) == waits
    tickets = [one["id"] for one in (await world.get("/ticketing/tickets", "zendesk", limit=50)).json()["data"]]
    for ticket, way in zip(tickets, (agents.by_server, agents.by_function), strict=False):
        for tool, arguments in calls(ticket):
            before = await writes(world)
            got = await way(tool, arguments)
            if waits:
                assert got["status"] == "approval_required", (way.__name__, tool, got)
                assert await writes(world) == before
            else:
                assert got.get("status") != "approval_required", (way.__name__, tool, got)
                assert tool != CREATE[0] or len(await writes(world)) > len(before), "it was sent"
    by_program = await world.client.patch(
        f"/ticketing/tickets/{tickets[2]}",
        params={"account_id": world.accounts["zendesk"]},
        json={"name": "x"},
        headers={"Authorization": f"Bearer {agents.key}"},
    )
    assert by_program.status_code == 200, "a program that calls a model's API itself, and no tool, is no agent"
    assert NO_URL_ONLY_SERVERS not in policy or agents.server.key


async def test_a_write_that_a_tool_requested_is_approved_with_the_same_limits(world, agents):
    """It holds while the policy does, and is void once the requester's rights are others."""
    approver = {"Authorization": f"Bearer {world.admin_key}"}
    for policy, status in ((frozenset({NO_DIRECT_AGENT_WRITES}), 200), (frozenset(), 409)):
        under(world, policy=frozenset({NO_DIRECT_AGENT_WRITES}))
        asked = await agents.by_function(*CREATE)
        under(world, policy=policy)
        path = f"/approvals/{asked['approval']['id']}/approve"
        done = await world.client.post(path, json={"digest": asked["approval"]["digest"]}, headers=approver)
        assert done.status_code == status, done.text
        own = await world.client.get(path.removesuffix("/approve"), headers={"Authorization": f"Bearer {agents.key}"})
        assert own.json()["status"] == ("executed" if status == 200 else "void")


async def test_the_lifetimes_of_the_policy_end_both(world, agents):
    for settings, way in (({"key_max_lifetime": 60}, agents.by_function), ({"mcp_max_lifetime": 60}, agents.by_server)):
        under(world, **settings)
        clock = world.services.database.clock
        world.services.database.clock = lambda: clock() + timedelta(minutes=2)  # noqa: B023 - called within the turn
        if way == agents.by_function:
            assert (await way(*CREATE))["code"] == "unauthenticated"
        else:
            assert (await agents.server.rpc("tools/list")).status_code == 404
        world.services.database.clock = clock
    assert await writes(world) == []
