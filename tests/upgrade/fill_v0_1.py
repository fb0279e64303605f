"""Fills a database with version 0.1's own code, and writes it down with the keys that open it.

This ran in a checkout of 0.1 (commit b2c151a), with the environment of this version, since 0.1 needs nothing older:

    git worktree add /tmp/v0.1 b2c151a
    PYTHONPATH=/tmp/v0.1 .venv/bin/python tests/upgrade/fill_v0_1.py sqlite
    PYTHONPATH=/tmp/v0.1 .venv/bin/python tests/upgrade/fill_v0_1.py postgresql

`make test-deploy` runs it again and serves what it makes; `make test` serves the files in v0_1/, which need no history of git.
"""

import asyncio
import json
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from unified.service.keys import revoke_key

from tests.approvals.conftest import open_world  # of 0.1
from tests.databases import fresh_url
from unified.version import __version__

PG_DUMP = ("pg_dump", "--no-owner", "--no-privileges", "--inserts", "--schema=public", "--no-comments")
DIRECT = {"methods": ["read", "write"]}


async def fill(kind: str, to: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with fresh_url(kind, folder) as url:
            async with open_world(url, folder, {}) as world:
                known = await use(world)
            known |= {"master_keys": (folder / "home" / "master.keys").read_text().strip(), "version": __version__}
            (to / f"{kind}.sql").write_text(dump(kind, url, folder))
            (to / f"{kind}.json").write_text(json.dumps(known, indent=2) + "\n")


async def use(world) -> dict:
    """Do with it what people do with an installation; what is needed to go on is returned."""
    hubspot = world.accounts["hubspot"]
    await world.key("writer", scope=DIRECT)
    await world.key("revoked", scope=DIRECT)
    await revoke_key(world.services, world.tenant, world.ids["revoked"])
    page = (await world.call("GET", "/crm/contacts", by="writer", account_id=hubspot, limit=2)).json()["data"]
    made = await world.call("POST", "/crm/contacts", {"last_name": "Hopper"}, by="writer", account_id=hubspot)
    assert made.status_code == 201, made.text
    waiting, approved, declined = [await world.contact(first_name=name) for name in ("Waits", "Approved", "Declined")]
    answer = await world.approve(await world.show(approved))
    assert answer.status_code == 200, answer.text
    assert (await world.decline(await world.show(declined))).status_code == 200
    server = await world.call(
        "POST", "/mcp-servers", {"name": "agent", "account_ids": [hubspot], "config": {"methods": ["read"]}}, by="admin"
    )
    hook = await world.call(
        "POST", "/webhooks", {"url": "https://hooks.example.com/unified", "events": ["account.needs_reauth"]}, by="admin"
    )
    link = await world.call("POST", "/connect", {"provider": "hubspot"}, by="admin")
    for one in (server, hook, link):
        assert one.status_code == 201, one.text
    refused = await world.call("POST", "/crm/contacts", {"last_name": "No"}, by="stranger", account_id=hubspot)
    assert refused.status_code in {403, 404}
    await world.trail()
    return {
        "tenants": {"ours": world.tenant, "theirs": world.other},
        "keys": world.keys,
        "accounts": world.accounts,
        "first_contact": page[0]["id"],
        "approvals": {"pending": waiting["id"], "executed": approved["id"], "declined": declined["id"]},
        "mcp_server": {name: server.json()[name] for name in ("id", "token", "url") if name in server.json()},
        "webhook": hook.json()["id"],
        "link": link.json()["url"],
        "filled_at": (await world.show(waiting))["created_at"],
    }


def dump(kind: str, url: str, folder: Path) -> str:
    if kind == "sqlite":
        with sqlite3.connect(folder / "home" / "unified.sqlite") as connection:
            return "\n".join(connection.iterdump()) + "\n"
    text = subprocess.run([*PG_DUMP, url], capture_output=True, text=True, check=True).stdout
    kept = (
        line for line in text.splitlines() if not line.startswith(("--", "\\", "SET ", "CREATE SCHEMA", "SELECT pg_catalog"))
    )
    return "\n".join(line for line in kept if line) + "\n"


if __name__ == "__main__":
    asyncio.run(fill(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "v0_1"))
