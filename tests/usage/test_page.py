"""The page about what a server uses: shown as data, and the scope narrowed after a question."""

import re
from datetime import UTC, datetime

import pytest

from tests.audit.test_api import rows
from tests.web.people import signed_in
from unified.store import audit
from unified.store.audit_chain import AuditEntry
from unified.vault.tokens import new_id

NAME = "<b>Agents</b>"


async def made(world):
    """A server, and rows of what its agent did."""
    account = world.accounts["hubspot"]
    body = {"name": NAME, "account_ids": [account], "config": {"methods": ["read", "create"], "writes": "approve"}}
    server = (await world.client.post("/mcp-servers", json=body)).json()["id"]
    usual = {"created_at": datetime.now(UTC), "actor": server, "server": server, "model": "crm.contacts", "account_id": account}
    done = {"kind": "call", "decision": "allowed", "tool": "list_crm_contacts", "method": "list", "fields": "emails,id"}
    refused = {"kind": "refusal", "decision": "denied", "tool": "list_crm_contacts", "method": "list", "reason": "field_hidden"}
    entries = [AuditEntry(id=new_id("aud_"), **usual, **one) for one in (done, done, refused)]
    await audit.append(world.services.database, {world.tenant: entries})
    return server


async def config_of(world, server):
    return (await world.client.get(f"/mcp-servers/{server}")).json()["config"]


async def test_the_scope_is_narrowed_after_a_question_and_leaves_a_row(world):
    server = await made(world)
    async with signed_in(world) as person:
        assert f"/ui/mcp/{server}/usage" in (await person.get(f"/ui/mcp/{server}")).text
        page = (await person.get(f"/ui/mcp/{server}/usage")).text
        assert NAME not in page
        for words in ("crm.contacts", "emails", "field_hidden", "Refused", f"/ui/mcp/{server}/narrow"):
            assert words in page
        question = (await person.get(f"/ui/mcp/{server}/narrow")).text
        shown = re.search(r'name="shown" value="([^"]+)"', question)
        assert shown is not None
        before = await config_of(world, server)
        stale = await person.send(f"/ui/mcp/{server}/narrow", shown="hmac-sha256:other")
        assert (stale.status_code, await config_of(world, server)) == (409, before)
        answer = await person.send(f"/ui/mcp/{server}/narrow", shown=shown[1])
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/ui/mcp/{server}")
        config = await config_of(world, server)
        assert (config["methods"], config["models"], config["writes"]) == (["list"], ["crm.contacts"], "deny")
        assert "crm.contacts.phone_numbers" in config["fields"]["hide"]
        again = (await person.get(f"/ui/mcp/{server}/usage")).text
        assert "Everything that the server may do was used." in again
    changes = await rows(world, kind="management")
    assert ("POST /ui/mcp/{id}/narrow", server) in [(one["method"], one["target"]) for one in changes]


async def test_the_page_shows_what_is_left_of_each_limit(world):
    server = await made(world)
    await world.client.patch(f"/mcp-servers/{server}", json={"limits": {"writes": {"day": 7}, "calls": {"total": 12}}})
    async with signed_in(world) as person:
        page = re.sub(r"<[^>]+>", "", (await person.get(f"/ui/mcp/{server}/usage")).text)
    for words in ("What is left of its limits", "Writes per day", "7 of 7", "Calls in all", "12 of 12", "This server", "Never"):
        assert words in page


@pytest.mark.parametrize("manage", [["servers"], ["audit"]])
async def test_without_both_permissions_there_is_no_page(world, manage):
    server = await made(world)
    scope = {"methods": ["read", "write"], "writes": "direct", "manage": manage}
    async with signed_in(world, key=await world.key(role="admin", scope=scope)) as person:
        for act in ("usage", "narrow"):
            assert (await person.get(f"/ui/mcp/{server}/{act}")).status_code == 403
        page = await person.get(f"/ui/mcp/{server}")
        assert f"/ui/mcp/{server}/usage" not in page.text
