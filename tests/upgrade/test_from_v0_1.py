"""An upgrade from version 0.1: a database that its own code filled is served by this version, with everything in it.

`fill_v0_1.py` says how the files in v0_1/ were made; with the mark `deploy`, they are made anew from the history of git.
"""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import msgspec
import pytest
import time_machine

from tests.databases import WITH_SLOW_POSTGRESQL, fresh_url
from tests.docs.pages import ROOT
from tests.waiting import until
from tests.world import lend_server, open_client, open_sandbox, open_services, provider_urls
from unified.service.access.mcp_authentication import authenticate_agent
from unified.service.audit.verification import verify_chain
from unified.service.maintenance.key_rotation import count_unmarked
from unified.settings.settings import Settings
from unified.vault.key_file import KEY_FILE

FILES = Path(__file__).parent / "v0_1"
PROVIDERS = ("hubspot", "jira", "zendesk")
COMMIT = "b2c151a"


class Upgraded(msgspec.Struct, kw_only=True):
    """Today's service on a database of 0.1."""

    client: httpx2.AsyncClient
    sandbox: httpx2.AsyncClient
    services: Any
    known: dict[str, Any]

    async def call(self, method: str, path: str, body: Any = None, *, by: str, **query: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.known['keys'][by]}"}
        return await self.client.request(method, path, params=query, json=body, headers=headers)

    async def reached(self) -> list[dict[str, Any]]:
        """What arrived at HubSpot's stand-in."""
        return (await self.sandbox.get("/_sandbox/requests", params={"provider": "hubspot"})).json()["data"]


async def load(kind: str, url: str, script: str) -> None:
    if kind == "postgresql":
        connection = await asyncpg.connect(url)
        await connection.execute(script)
        await connection.close()
        return
    await asyncio.to_thread(_load_file, Path(url.partition(":///")[2]), script)


def _load_file(path: Path, script: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    with sqlite3.connect(path) as connection:
        connection.executescript(script)
    connection.close()


@asynccontextmanager
async def opened(kind: str, files: Path, folder: Path):
    known = json.loads((files / f"{kind}.json").read_text(encoding="utf-8"))
    home = folder / "home"
    home.mkdir(mode=0o700)
    (home / KEY_FILE).touch(mode=0o600)
    (home / KEY_FILE).write_text(known["master_keys"] + "\n")
    async with fresh_url(kind, folder) as url, open_sandbox(*PROVIDERS) as (sandbox, steering):
        await load(kind, url, (files / f"{kind}.sql").read_text(encoding="utf-8"))
        settings = Settings(home=home, database_url=url, provider_urls=provider_urls(PROVIDERS), allow_loopback=True)
        async with (
            open_services(settings, transport=httpx2.ASGITransport(sandbox), prepared=False) as services,
            lend_server(services) as server,
            open_client(server) as client,
        ):
            yield Upgraded(client=client, sandbox=steering, services=services, known=known)


@pytest.fixture(params=WITH_SLOW_POSTGRESQL)
def kind(request):
    return request.param


@pytest.fixture
async def upgraded(kind, tmp_path):
    filled = datetime.fromisoformat(json.loads((FILES / f"{kind}.json").read_text())["filled_at"])
    with time_machine.travel(filled + timedelta(minutes=1)):
        async with opened(kind, FILES, tmp_path) as one:
            yield one


async def use(upgraded: Upgraded) -> None:
    """Everything of 0.1 that must work: keys, accounts, approvals, servers, webhooks, links, the trail."""
    known, accounts = upgraded.known, upgraded.known["accounts"]
    assert known["version"] == "0.1.0"
    for name in known["keys"]:
        status = (await upgraded.call("GET", "/tenant", by=name)).status_code
        assert (status == 401) == (name == "revoked"), (name, status)
    for provider, account in accounts.items():
        path = "/crm/contacts" if provider == "hubspot" else "/ticketing/tickets"
        answer = await upgraded.call("GET", path, by="writer", account_id=account, limit=2)
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"], provider
        assert (await upgraded.call("GET", path, by="stranger", account_id=account)).status_code in {403, 404}
    made = await upgraded.call("POST", "/crm/contacts", {"last_name": "Today"}, by="writer", account_id=accounts["hubspot"])
    assert made.status_code == 201, made.text
    await use_approvals(upgraded)
    server = await upgraded.call("GET", f"/mcp-servers/{known['mcp_server']['id']}", by="admin")
    assert server.status_code == 200, server.text
    assert (await upgraded.call("GET", f"/webhooks/{known['webhook']}", by="admin")).json()["status"] == "active"
    await use_tokens(upgraded)


async def use_approvals(upgraded: Upgraded) -> None:
    """Decided writes are shown as they were; one that waited is void, since what was asked for then may mean something else now."""
    approvals = upgraded.known["approvals"]
    before = await upgraded.reached()
    expected = {"executed": "executed", "declined": "declined", "pending": "void"}
    for status, row in approvals.items():
        shown = (await upgraded.call("GET", f"/approvals/{row}", by="approver")).json()
        assert shown["status"] == expected[status], shown
    decided = await upgraded.call("POST", f"/approvals/{approvals['pending']}/approve", {"digest": "sha256:0"}, by="approver")
    assert decided.status_code == 409, decided.text
    assert await upgraded.reached() == before
    new = await upgraded.call(
        "POST", "/crm/contacts", {"last_name": "Asks"}, by="asker", account_id=upgraded.known["accounts"]["hubspot"]
    )
    assert new.status_code == 202, new.text


async def use_tokens(upgraded: Upgraded) -> None:
    """The token of the MCP server still opens it, and the connect link still opens its page."""
    agent = await authenticate_agent(upgraded.services, upgraded.known["mcp_server"]["token"], upgraded.known["keys"]["writer"])
    assert agent.tenant_id == upgraded.known["tenants"]["ours"]
    link = upgraded.known["link"].removeprefix("http://127.0.0.1:8400")
    page = await upgraded.client.get(link, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "HubSpot" in page.text


async def is_intact(upgraded: Upgraded) -> None:
    """The audit chain of 0.1 goes on without a break, and every row has a mark that holds."""
    await until(lambda: upgraded.services.audit.waiting == 0)
    for tenant in upgraded.known["tenants"].values():
        verdict = await verify_chain(upgraded.services.database, tenant)
        assert verdict.fault is None
    ours = await verify_chain(upgraded.services.database, upgraded.known["tenants"]["ours"])
    assert ours.rows > 10
    assert await count_unmarked(upgraded.services.database) == {}


async def test_everything_that_0_1_wrote_is_served(upgraded):
    await is_intact(upgraded)
    await use(upgraded)
    await is_intact(upgraded)


async def test_it_is_upgraded_once_and_rows_that_appear_later_are_not_taken_in(upgraded):
    services = upgraded.services
    key = upgraded.known["keys"]["writer"]
    async with services.database.write() as connection:
        await connection.exec_driver_sql("UPDATE api_keys SET mac = NULL WHERE name = 'writer'")
    async with open_services(services.settings, prepared=False):
        pass
    assert (await upgraded.call("GET", "/tenant", by="admin")).status_code == 200
    refused = await upgraded.client.get("/tenant", headers={"Authorization": f"Bearer {key}"})
    assert refused.status_code == 401


@pytest.mark.deploy
@pytest.mark.takes(seconds=60)
@pytest.mark.parametrize("kind", WITH_SLOW_POSTGRESQL)
async def test_the_same_holds_for_what_0_1_writes_now(kind, tmp_path):
    await asyncio.to_thread(_fill_with_v0_1, kind, tmp_path)
    async with opened(kind, tmp_path, tmp_path) as one:
        await is_intact(one)
        await use(one)
        await is_intact(one)


def _fill_with_v0_1(kind: str, folder: Path) -> None:
    old = folder / "v0.1"
    old.mkdir()
    packed = subprocess.run(["git", "archive", COMMIT], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        pytest.fail(f"{COMMIT} is version 0.1 and is not in this clone: fetch the whole history, git fetch --unshallow")
    subprocess.run(["tar", "-x", "-C", str(old)], input=packed.stdout, check=True)
    words = [sys.executable, str(Path(__file__).with_name("fill_v0_1.py")), kind, str(folder)]
    ended = subprocess.run(
        words, cwd=old, env={**os.environ, "PYTHONPATH": str(old)}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
