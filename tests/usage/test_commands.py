"""`unified mcp usage|what-if|narrow` and `unified keys usage|what-if`: what the routes do, on the command line."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from tests.mcp.test_commands import BOOKS
from unified.app.assembly import assembled
from unified.settings.settings import Settings
from unified.store import audit, tenants
from unified.store.audit_chain import AuditEntry
from unified.vault.tokens import new_id

NO_CALLS = "no call was recorded in this period that the present scope allows: nothing shows what is needed"


@pytest.fixture
def account(run, folder):
    run("tenants", "add", "Acme", "--json")
    return json.loads(run("accounts", "add", *BOOKS)[1])["id"]


@pytest.fixture
def server(run, account):
    return json.loads(run("mcp", "add", "--name", "Support", "--account", account)[1])


def called(home, server, **told):
    """One call of the server's agent, in the trail."""

    async def append():
        async with assembled(Settings(home=home), background=False) as services:
            (tenant,) = (await tenants.list_page(services.database)).items
            row = {"created_at": datetime.now(UTC), "actor": server, "server": server, "kind": "call", "decision": "allowed"}
            await audit.append(services.database, {tenant.id: [AuditEntry(id=new_id("aud_"), **row, **told)]})

    asyncio.run(append())


def test_a_server_without_calls_is_not_narrowed(run, server):
    code, out, err = run("mcp", "usage", server["id"])
    assert (code, err) == (0, "")
    assert out.startswith("Nothing was recorded since ")
    assert out.endswith(f"no proposal: {NO_CALLS}\n")
    assert run("mcp", "narrow", server["id"]) == (1, "", f"unified: cannot be narrowed: {NO_CALLS}\n")
    for words in (("usage", "mcp_nobody"), ("narrow", "mcp_nobody")):
        assert run("mcp", *words) == (1, "", "unified: no such MCP server\n")


def test_a_server_is_tried_and_narrowed(run, home, server, account):
    tool = next(one for one in server["tools"] if one["method"] == "list")
    called(home, server["id"], tool=tool["name"], model=tool["model"], method="list", account_id=account, fields="id")
    usage = json.loads(run("mcp", "usage", server["id"], "--json")[1])
    assert [(one["tool"], one["count"]) for one in usage["calls"]] == [(tool["name"], 1)]
    table = run("mcp", "usage", server["id"])[1]
    assert tool["name"] in table
    assert "proposed scope:" in table
    assert "left: 200 of 200 writes (this day, until " in table
    assert f"by the limit of {server['id']}" in table
    tried = json.loads(run("mcp", "what-if", server["id"], "--json", "-", stdin='{"scope": {"methods": ["get"]}}')[1])
    assert [(one["reason"], one["count"]) for one in tried["refused"]] == [("method_not_allowed_by_scope", 1)]
    code, out, err = run("mcp", "narrow", server["id"])
    assert (code, err) == (0, "")
    assert json.loads(out)["config"]["methods"] == ["list"]
    assert "The scope is as narrow as its use:" in run("mcp", "usage", server["id"])[1]
    rows = json.loads(run("audit", "list", "--json")[1])["data"]
    assert ("mcp narrow", server["id"]) in [(one["method"], one["target"]) for one in rows]


def test_a_key_has_its_usage(run, account):
    key = json.loads(run("keys", "add", "--name", "reader")[1])["id"]
    usage = json.loads(run("keys", "usage", key, "--json")[1])
    assert (usage["id"], usage["calls"], usage["proposal"]) == (key, [], None)
    assert json.loads(run("keys", "what-if", key, "--json", "-", stdin="{}")[1])["calls"] == 0
    assert run("keys", "usage", "key_nobody") == (1, "", "unified: no such key\n")
