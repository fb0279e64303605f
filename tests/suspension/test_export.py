"""The export has every row of the tenant, nothing of another, and no secret; the file is readable by its owner only."""

import json
import sqlite3
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.databases import WITH_SLOW_POSTGRESQL
from tests.security.world import open_world
from unified.store.engine.tables import INSTALLATION, METADATA
from unified.store.integrity.sealed import SEALED
from unified.store.maintenance.exporting import export_rows, is_exported

KEPT_BACK = {
    "accounts.credentials",
    "api_keys.digest",
    "approvals.payload",
    "audit_heads.hash",
    "connect_links.attempt",
    "connect_links.browser",
    "connect_links.digest",
    "connect_links.state",
    "idempotency.key_digest",
    "idempotency.request_digest",
    "mcp_servers.digest",
    "oauth_app_states.fingerprint",
    "oauth_apps.client",
    "sessions.digest",
    "tenant_logos.digest",
    "webhooks.previous_secret",
    "webhooks.secret",
}
"""Columns that stay, besides the MACs. A new column that may hold a secret belongs here, and is kept back by `is_exported`."""


def test_what_is_kept_back_is_known():
    columns = [one for table in METADATA.sorted_tables if table not in INSTALLATION for one in table.columns]
    kept = {f"{one.table.name}.{one.name}" for one in columns if not is_exported(one) and one.name != "mac"}
    assert kept == KEPT_BACK
    assert not [one for one in columns if one.name == "mac" and is_exported(one)]
    assert {one.name for one in SEALED if one.table not in INSTALLATION} <= kept


@pytest.mark.parametrize("kind", WITH_SLOW_POSTGRESQL)
async def test_every_row_of_the_tenant_is_exported_and_no_other(kind, tmp_path):
    async with open_world(kind, tmp_path, secret=b"planted-secret") as world:
        rows = [one async for one in export_rows(world.services.database, world.ours.id)]
        dump = await world.dump(world.ours)
        exported = {name: [row for table, row in rows if table == name] for name in dump}
        assert {name: len(found) for name, found in exported.items()} == {name: len(found) for name, found in dump.items()}
        text = json.dumps(rows)
        for name, found in dump.items():
            for row in found:
                assert all(str(row[one.name]) in text for one in METADATA.tables[name].primary_key if one.name != "key_digest")
        theirs = {row["id"] for found in (await world.dump(world.theirs)).values() for row in found if "id" in row}
        assert not [one for one in theirs if one in text]
        for name, found in dump.items():
            for row in found:
                secret = [row[column] for column in row if f"{name}.{column}" in KEPT_BACK or column == "mac"]
                seen = [one for one in secret if one and (one.hex() if isinstance(one, bytes) else one) in text]
                assert not seen, name
        assert "planted-secret" not in text


async def test_a_forged_row_is_not_exported(tmp_path):
    async with open_world("sqlite", tmp_path) as world:
        async with world.services.database.write() as connection:
            await connection.execute(sa.text("UPDATE webhooks SET url = 'https://evil.example'"))
        rows = [one async for one in export_rows(world.services.database, world.ours.id)]
        assert not [row for table, row in rows if table == "webhooks"]


@pytest.fixture
def tenant(run, folder):
    return json.loads(run("tenants", "add", "Acme", "--json")[1])


@pytest.fixture
def at_once(monkeypatch):
    """No waiting for other workers and running requests, of which these tests have none."""
    monkeypatch.setattr("unified.service.runtime.row_cache.TTL_SECONDS", 0.0)
    monkeypatch.setattr("unified.service.tenants.TTL_SECONDS", -1000.0)


@pytest.mark.slow
def test_the_commands_of_a_tenants_end(run, tenant, at_once, tmp_path):
    out = tmp_path / "acme.jsonl"
    assert run("tenants", "delete", "Acme", "--yes")[0] == 1
    assert run("tenants", "suspend", "Acme")[:2] == (0, f"{tenant['id']} suspended\n")
    assert run("tenants", "list")[1].count(tenant["id"]) == 1
    code, text, _ = run("tenants", "export", "Acme", "--out", str(out))
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert (code, text) == (0, f"{len(lines) - 2} rows written to {out}\n")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert (lines[0]["tenant_id"], lines[0]["export"]) == (tenant["id"], 1)
    assert sum(lines[-1]["end"].values()) == len(lines) - 2
    assert tenant["admin_key"] not in out.read_text()
    assert run("tenants", "export", "Acme", "--out", str(out))[::2] == (
        2,
        f"unified: --out: {out} exists already; choose another file\n",
    )
    code, _, err = run("tenants", "delete", "Acme", stdin="acme\n")
    assert (code, "nothing was deleted" in err) == (2, True)
    assert json.loads(run("tenants", "list", "--json")[1])["data"]
    code, text, _ = run("tenants", "delete", tenant["id"], stdin="Acme\n")
    assert (code, text.endswith(f"{tenant['id']} deleted\n")) == (0, True)
    assert json.loads(run("tenants", "list", "--json")[1])["data"] == []
    (record,) = json.loads(run("tenants", "list", "--deleted", "--json")[1])["data"]
    assert (record["id"], record["rows"]["tenants"]) == (tenant["id"], 1)
    assert run("tenants", "resume", "Acme")[0] == 2


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_an_export_that_does_not_fit_leaves_no_file(run, tenant, tmp_path, monkeypatch):
    out = tmp_path / "acme.jsonl"

    def created(path):
        path.touch()
        return Path("/dev/full").open("w", encoding="utf-8")  # takes what fits into a buffer, and fails when it is closed

    monkeypatch.setattr("unified.cli.operators.tenant_states._created", created)
    expected = f"unified: --out: {out} cannot be written: No space left on device; nothing of it was kept\n"
    assert run("tenants", "export", "Acme", "--out", str(out)) == (2, "", expected)
    assert not out.exists()


@pytest.mark.slow
def test_a_database_that_fails_within_a_command_is_said_in_one_line(run, tenant, monkeypatch):
    async def fail(*_, **__):
        cause = sqlite3.OperationalError("planted-secret")
        cause.sqlite_errorname = "SQLITE_FULL"
        raise sa.exc.OperationalError("planted-secret", {}, cause)

    monkeypatch.setattr("unified.service.tenants.set_suspended", fail)
    expected = (
        "unified: the database failed (disk full), and the command did not finish: free space on the disk of the database"
    )
    assert run("tenants", "suspend", "Acme") == (1, "", f"{expected}; the service recovers by itself\n")
