"""A database of version 0.1 is taken over once, by the start that upgrades it, with its tokens; nothing is taken over later."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.dialects import sqlite

from tests.databases import WITH_SLOW_POSTGRESQL, fresh_url
from tests.filled_rows import filled
from tests.world import catalog
from unified.app.assembly import assembled
from unified.app.preparation import prepare
from unified.errors.access import Unauthenticated
from unified.errors.configuration import ConfigurationError
from unified.service.access.mcp_authentication import authenticate_agent
from unified.service.access.principals import authenticate
from unified.service.access.sessions import resume
from unified.service.accounts.credentials import connection_of
from unified.service.maintenance.key_rotation import count_sealed, count_unmarked
from unified.service.maintenance.row_adoption import GUARDED_FILE
from unified.settings.settings import Settings
from unified.store import accounts
from unified.store.engine.engine import open_database
from unified.store.engine.stored_values import intended
from unified.store.engine.tables import (
    ACCOUNTS,
    API_KEYS,
    CONNECT_LINKS,
    MCP_SERVERS,
    METADATA,
    OAUTH_APPS,
    SERVICE_KEYS,
    SESSIONS,
    TENANTS,
    WEBHOOKS,
)
from unified.store.engine.upgrade import migration_config
from unified.store.integrity.guarded import guarded_table
from unified.store.maintenance.adoption import WAS_FREE
from unified.vault.key_file import KEY_FILE
from unified.vault.seal import open_vault
from unified.vault.tokens import new_token

CATALOG = catalog()
NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=1)


def _old(token):
    return hashlib.sha256(token.encode()).digest()


@pytest.fixture(params=WITH_SLOW_POSTGRESQL)
async def settings(request, tmp_path):
    async with fresh_url(request.param, tmp_path) as url:
        yield Settings(home=tmp_path / "home", database_url=url)


@pytest.fixture
async def tokens(settings):
    """A database as 0.1 left it; answers the tokens that work with it."""
    made = {"key": new_token("uk_"), "server": new_token("um_"), "session": new_token("us_")}
    vault = open_vault(settings)
    sealed = vault.seal(b'{"type":"bearer","token":"t"}', context=("accounts", "credentials", "ten_1", "acc_1"))
    attempt = vault.seal(b"{}", context=("connect_links", "attempt", "ten_1", "con_1", "0" * 64))
    who = {"tenant_id": "ten_1", "created_at": NOW}
    rows = {
        TENANTS: {"id": "ten_1", "name": "Acme", "return_origins": ["https://app.test"], "created_at": NOW},
        API_KEYS: {**who, "id": "key_1", "name": "k", "role": "admin", "digest": _old(made["key"]), "last4": "abcd"},
        ACCOUNTS: {
            **who,
            "id": "acc_1",
            "provider": "hubspot",
            "name": "a",
            "settings": {},
            "resources": {"crm.accounts": ["1"]},
            "status": "active",
            "credentials": sealed,
            "credentials_type": "bearer",
            "version": 1,
            "updated_at": NOW,
        },
        MCP_SERVERS: {
            **who,
            "id": "mcp_1",
            "name": "s",
            "config": {},
            "scope": {"accounts": ["acc_1"]},
            "require_api_token_auth": False,
            "digest": _old(made["server"]),
            "last4": "abcd",
            "version": 1,
            "updated_at": NOW,
            "expires_at": LATER,
        },
        SESSIONS: {**who, "id": "ses_1", "key_id": "key_1", "digest": _old(made["session"]), "expires_at": LATER},
        CONNECT_LINKS: {
            **who,
            "id": "con_1",
            "digest": _old("uc_x"),
            "status": "open",
            "state": _old("state"),
            "attempt": attempt,
            "attempt_expires_at": LATER,
            "expires_at": LATER,
        },
    }
    database = await open_database(settings.database_url)
    async with database.write() as connection:
        await connection.run_sync(lambda sync: command.upgrade(migration_config(sync), "0003"))
        for table, row in rows.items():
            await connection.execute(sa.insert(table).values(row))
    await database.close()
    return made


async def _works(services, tokens):
    assert (await authenticate(services, f"Bearer {tokens['key']}")).key_id == "key_1"
    assert (await authenticate_agent(services, tokens["server"], None)).key_id == "mcp_1"
    assert (await resume(services, tokens["session"])).caller.key_id == "key_1"
    account = await accounts.get(services.database, "ten_1", "acc_1")
    assert account.resources == {"crm.accounts": ["1"]}
    assert connection_of(services, account).open_credentials()["token"] == "t"


async def test_tokens_accounts_and_sessions_of_the_old_version_work(settings, tokens):
    async with assembled(settings, catalog=CATALOG) as services:
        await _works(services, tokens)
        assert await count_unmarked(services.database) == {}
        assert {one.column for one in await count_sealed(services.database, services.vault)} == {
            "accounts.credentials",
            "service_keys.secret",
            *(f"{name}.mac" for name in ("tenants", "api_keys", "accounts", "mcp_servers", "sessions", "connect_links")),
        }
        async with services.database.read() as connection:
            stored = (await connection.execute(sa.select(API_KEYS.c.digest))).scalar()
        assert stored == services.digest(tokens["key"]) != _old(tokens["key"])
    async with assembled(settings, catalog=CATALOG) as again:
        await _works(again, tokens)


async def test_several_workers_may_upgrade_at_once(settings, tokens):
    await asyncio.gather(*(prepare(settings) for _ in range(3)))
    async with assembled(settings, catalog=CATALOG) as services:
        await _works(services, tokens)


async def test_rows_without_a_mark_are_not_taken_over_later(settings, tokens):
    """Neither by another start, nor when every trace of marks was taken away: a database is upgraded once."""
    async with assembled(settings, catalog=CATALOG):
        pass
    planted = new_token("uk_")
    row = {"id": "key_2", "tenant_id": "ten_1", "name": "k", "role": "admin", "digest": _old(planted), "last4": "abcd"}
    database = await open_database(settings.database_url)
    async with database.write() as connection:
        await connection.execute(sa.insert(API_KEYS).values(**row, created_at=NOW))
        for table in (TENANTS, API_KEYS, ACCOUNTS, MCP_SERVERS, SESSIONS, CONNECT_LINKS):
            await connection.execute(sa.update(table).values(mac=None))
        await connection.execute(sa.delete(SERVICE_KEYS))
    await database.close()
    async with assembled(settings, catalog=CATALOG) as services:
        for token in (planted, tokens["key"]):
            with pytest.raises(Unauthenticated):
                await authenticate(services, f"Bearer {token}")
        assert (await count_unmarked(services.database))["api_keys"].total() == 2


@pytest.mark.slow
async def test_tables_that_were_taken_back_to_the_old_version_are_not_taken_over(settings, tokens):
    """Whoever may change tables can undo the upgrade; a file outside of the database knows that it took place."""
    await prepare(settings)
    database = await open_database(settings.database_url)
    async with database.write() as connection:
        await connection.run_sync(lambda sync: command.downgrade(migration_config(sync), "0004"))
    await database.close()
    marker = settings.home / GUARDED_FILE
    with pytest.raises(ConfigurationError) as refused:
        await prepare(settings)
    assert str(refused.value) == (
        f"The database is one of version 0.1, and {marker} says that its rows had marks already. If it is really that old, such "
        "as a backup, remove that file and start again. If not, someone changed the tables so that forged rows would be "
        "accepted: restore a backup."
    )
    marker.unlink()
    await prepare(settings)


async def test_processes_that_start_at_once_agree_on_the_key_of_digests(settings):
    await prepare(settings)
    database = await open_database(settings.database_url)
    async with database.write() as connection:
        await connection.execute(sa.delete(SERVICE_KEYS))
    await database.close()

    async def one():
        async with assembled(settings, catalog=CATALOG, prepared=True) as services:
            return services.digest("uk_x")

    assert len(set(await asyncio.gather(*(one() for _ in range(4))))) == 1


async def test_an_edited_key_of_digests_stops_the_start_with_advice(settings):
    await prepare(settings)
    database = await open_database(settings.database_url)
    async with database.write() as connection:
        other = open_vault(settings).seal(b"k" * 32, context=("service_keys", "secret", "service", "other"))
        await connection.execute(sa.update(SERVICE_KEYS).values(secret=other))
    await database.close()
    with pytest.raises(
        Exception,
        match=r"^service_keys\.secret does not open: .* First check that the master keys are those of this database.* put the row back from a backup\.",
    ):
        await prepare(settings)


def _marked_before(vault, columns, row):
    """A row as the version before wrote it, with its mark."""
    guarded = msgspec.structs.replace(guarded_table(columns), free=WAS_FREE[columns.name])
    raw = intended(sqlite.dialect(), {one.name: one for one in columns.columns}, {}, row)
    return {**row, "mac": vault.mac(guarded.content(raw), context=guarded.place(raw))}


def _columns(connection, table):
    found = sa.inspect(connection)
    return {one["name"] for one in found.get_columns(table)} if found.has_table(table) else set()


@pytest.fixture
async def marked(tmp_path):
    """A database as the version before left it, and a row that somebody edited there."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / GUARDED_FILE).touch()
    settings = Settings(home=home)
    vault = open_vault(settings)
    database = await open_database(settings.database_url)
    async with database.write() as connection:
        await connection.run_sync(lambda sync: command.upgrade(migration_config(sync), "0009"))
        known = await connection.run_sync(lambda sync: {name: _columns(sync, name) for name in METADATA.tables})
    rows = []
    for columns in (TENANTS, ACCOUNTS, MCP_SERVERS, WEBHOOKS, OAUTH_APPS, CONNECT_LINKS):
        row = filled(
            columns, id="ten_1" if columns is TENANTS else "row_1", tenant_id="ten_1", provider="hubspot", status="open"
        )
        if columns is ACCOUNTS:
            plain = b'{"type":"bearer","token":"t"}'
            sealed = vault.seal(plain, context=("accounts", "credentials", "ten_1", "row_1"))
            row |= {"settings": {"a": "b"}, "connections": 7, "credentials": sealed, "status": "active"}
        row |= dict.fromkeys(row.keys() - known[columns.name])  # columns of later versions
        kept = _marked_before(vault, columns, row)
        rows.append((columns, {name: value for name, value in kept.items() if name in known[columns.name]}))
    forged = {**rows[1][1], "id": "row_2", "settings": {"a": "evil"}}
    async with database.write() as connection:
        for columns, row in (*rows, (ACCOUNTS, forged)):
            await connection.execute(sa.insert(columns).values(row))
    await database.close()
    return settings


async def test_rows_that_were_marked_before_are_marked_and_bound_again_if_they_fit(marked):
    async with assembled(marked, catalog=CATALOG) as services:
        account = await accounts.get(services.database, "ten_1", "row_1")
        assert connection_of(services, account).open_credentials()["token"] == "t"
        assert await accounts.get(services.database, "ten_1", "row_2") is None
        unfit = await count_unmarked(services.database)
        assert {table: by_key.total() for table, by_key in unfit.items()} == {"accounts": 1}
    assert (marked.home / GUARDED_FILE).read_text() == "0010\n"
    async with assembled(marked, catalog=CATALOG) as again:
        assert await accounts.get(again.database, "ten_1", "row_1") is not None


async def test_tables_that_were_taken_back_by_a_version_are_not_taken_over(marked):
    await prepare(marked)
    database = await open_database(marked.database_url)
    async with database.write() as connection:
        await connection.run_sync(lambda sync: command.downgrade(migration_config(sync), "0009"))
    await database.close()
    with pytest.raises(ConfigurationError, match=r"^The database is one of an earlier version, and .* had newer marks already"):
        await prepare(marked)


async def test_a_missing_master_key_stops_the_upgrade_before_it_changes_anything(marked):
    file = marked.home / KEY_FILE
    kept = file.read_text()
    file.write_text(kept.replace(kept.partition(":")[0], "k_other", 1))
    with pytest.raises(ConfigurationError, match=r"accounts\.credentials needs the master key '\w+' to be upgraded"):
        await prepare(marked)
    file.write_text(kept)
    await prepare(marked)
    async with assembled(marked, catalog=CATALOG) as services:
        account = await accounts.get(services.database, "ten_1", "row_1")
        assert connection_of(services, account).open_credentials()["token"] == "t"
