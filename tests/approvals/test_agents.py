"""What an agent asks for through its MCP server is bound to that server: its token, its scope, and the key beside it."""

import msgspec
import pytest

from unified.service.access.mcp_authentication import authenticate_agent
from unified.service.mcp_servers.config import McpServerPatch, NewMcpServer
from unified.service.mcp_servers.servers import create_server, revoke_server, rotate_token, update_server
from unified.service.tools import call_tool

CONFIG = {"methods": ["read", "write"], "tags": ["crm"], "writes": "approve"}


@pytest.fixture
async def server(world):
    given = {"name": "agent", "account_ids": [world.accounts["hubspot"]], "config": CONFIG}
    asked = msgspec.convert(given, NewMcpServer)
    row, token, _ = await create_server(world.services, world.tenant, asked, maker=None)
    return row, token


async def asked_by_agent(world, server):
    """A new contact that an agent asked for; the approval as a program sees it."""
    agent = await authenticate_agent(world.services, server[1], world.keys["asker"])
    outcome = await call_tool(world.services, agent, "create_crm_contact", {"last_name": "Lovelace"})
    assert outcome.structured["status"] == "approval_required"
    return outcome.structured["approval"]


async def test_the_approval_names_server_and_tool_and_is_executed_for_them(world, server):
    approval = await asked_by_agent(world, server)
    assert await world.reached() == []
    shown = await world.show(approval)
    assert (shown["requested_by"], shown["tool"]) == (server[0].id, "create_crm_contact")
    done = (await world.approve(approval)).json()
    assert done["status"] == "executed"
    row = (await world.trail())[-1]
    assert (row.kind, row.actor, row.server, row.tool) == (
        "call",
        world.ids["approver"],
        server[0].id,
        "create_crm_contact",
    )


async def test_an_agent_is_told_what_became_of_its_write_and_nothing_more(world, server):
    approval = await asked_by_agent(world, server)
    agent = await authenticate_agent(world.services, server[1], world.keys["asker"])
    done = (await world.approve(approval)).json()
    told = (await call_tool(world.services, agent, "get_approval", {"approval_id": approval["id"]})).structured
    assert told["status"] == "executed"
    assert done["result"]["id"] in str(told)
    assert "Lovelace" not in str(told)


async def test_the_key_with_the_token_cannot_approve(world, server):
    agent = await authenticate_agent(world.services, server[1], world.keys["admin"])
    outcome = await call_tool(world.services, agent, "create_crm_contact", {"last_name": "Lovelace"})
    answer = await world.approve(outcome.structured["approval"], by="admin")
    assert (answer.status_code, answer.json()["code"]) == (403, "writes_denied")
    assert await world.reached() == []


async def _narrowed(world, server):
    asked = msgspec.convert({"config": {"methods": ["read", "create"]}}, McpServerPatch)
    await update_server(world.services, world.tenant, server[0].id, asked, caller=None)


async def _rotated(world, server):
    await rotate_token(world.services, world.tenant, server[0].id, caller=None)


async def _revoked(world, server):
    await revoke_server(world.services, world.tenant, server[0].id, caller=None)


async def _key_revoked(world, _server):
    assert (await world.call("DELETE", f"/api-keys/{world.ids['asker']}", by="admin")).status_code == 204


async def _expired(world, server):
    world.forward(days=2)


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        (_narrowed, "void", "scope_changed"),
        (_rotated, "void", "token_rotated"),
        (_revoked, "void", "requester_gone"),
        (_key_revoked, "void", "requester_gone"),
        (_expired, "expired", None),
    ],
)
async def test_a_server_that_is_not_what_it_was_voids(world, server, change, status, reason):
    approval = await asked_by_agent(world, server)
    await change(world, server)
    answer = await world.approve(approval)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    shown = await world.show(approval)
    assert (shown["status"], shown["status_reason"]) == (status, reason)
    assert await world.reached() == []


async def test_an_editing_approver_may_repeat_what_a_tool_takes(world, server):
    agent = await authenticate_agent(world.services, server[1], world.keys["asker"])
    made = (await world.approve(await asked_by_agent(world, server))).json()["result"]["id"]
    outcome = await call_tool(world.services, agent, "update_crm_contact", {"id": made, "title": "Countess"})
    edited = {"id": made, "title": "Analyst"}
    done = (await world.edit_and_approve(outcome.structured["approval"], edited)).json()
    assert (done["status"], done["result"]["id"]) == ("executed", made)
    record = await world.call("GET", f"/crm/contacts/{made}", by="asker", account_id=world.accounts["hubspot"])
    assert record.json()["title"] == "Analyst"
