"""Whatever a store function writes to a row that is cached, it publishes: after the commit, and only then."""

import importlib
import inspect
import pkgutil
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.tokens import add_key, add_server
from unified import store
from unified.store import (
    access_pauses,
    account_lists,
    accounts,
    api_keys,
    bearer_tokens,
    lineage,
    mcp_servers,
    refreshes,
    tenants,
)
from unified.store.access_pauses import Pause
from unified.store.accounts import AccountChanges, SealedCredentials
from unified.store.deliveries import Event
from unified.store.engine.tables import ACCOUNTS, API_KEYS, MCP_SERVERS
from unified.store.maintenance import credential_loss, erasure
from unified.store.mcp_servers import McpServerChanges
from unified.store.queries import row_counts

CACHED = (ACCOUNTS, API_KEYS, MCP_SERVERS)
LEAST_USED = ("api_keys.touch", "mcp_servers.touch")
"""They write `last_used_at` only, which decides nothing, and which the cache corrects in its copy itself."""
OUTSIDE = {
    "guarded": "makes the changes of the others, and is tested by them",
    "sealed": "rotation of the master keys, from the command line: a process without a cache",
    "marks": "the same, and the start",
    "adoption": "the start, before anything is cached",
    "tables": "the tables themselves",
    "sessions": "reads the key of a session, and writes sessions only",
    "service_keys": "looks whether there is a key, and writes service keys only",
}
SEALED = SealedCredentials(sealed="v1.k.s", type="oauth2", masked="…", refreshable=True)
PAUSE = Pause(at="2026-11-30T00:00:00Z", by=None, reason="runaway")
SERVER = {"name": "s", "config": {}, "scope": {}, "limits": None, "made_by": None, "require_api_token_auth": False}


def _event(row):
    return Event(name="account.needs_reauth", payload=row.id)


class CachedRows:
    """A database with one row of each cached table, and the changes that it published."""

    def __init__(self, database, clock):
        self.database, self.clock, self.changes = database, clock, []
        self.ends = clock() + timedelta(hours=1)

    async def fill(self):
        self.account = await self.add_account("acc_1")
        self.key = await self.add_key("key_1", b"k" * 32)
        self.server = await self.add_server("mcp_1", b"s" * 32)
        self.database.subscribe(lambda change: self.changes.append((change.table, change.tenant_id, change.id)))
        return self

    async def add_account(self, account_id):
        return await accounts.add(self.database, "ten_1", account_id, provider="hubspot", name="n", credentials=SEALED)

    async def add_key(self, key_id, digest):
        values = {"name": "k", "role": "app", "scope": None, "digest": digest, "last4": "1234", "expires_at": None}
        return await add_key(self.database, "ten_1", key_id, **values)

    async def add_server(self, server_id, digest):
        values = {"digest": digest, "last4": "1234", "expires_at": self.ends}
        return await add_server(self.database, "ten_1", server_id, **SERVER, **values)

    async def begun(self):
        return await refreshes.begin(self.database, self.account, holder="h", lease=timedelta(seconds=9))


async def _finish(world):
    return await refreshes.finish(world.database, await world.begun(), SEALED)


async def _refuse(world):
    return await refreshes.refuse(world.database, await world.begun(), reason="invalid_grant", event_of=_event)


async def _give_back(world):
    begun = await world.begun()
    world.changes.clear()
    await refreshes.give_back(world.database, begun, holder="h", not_before=world.clock(), definite=True)


async def _give_up_credentials(world):
    assert await credential_loss.give_up_credentials(world.database, "k", _event) == 1


async def _erase(world):
    await tenants.set_suspended(world.database, "ten_1", suspended=True)
    assert await erasure.erase_tenant(world.database, "ten_1")


def _transition(world):
    return accounts.transition(world.database, "ten_1", "acc_1", to="needs_reauth", reason="x", event_of=_event)


CALLS = {
    "accounts.add": lambda world: world.add_account("acc_2"),
    "account_lists.count": lambda world: account_lists.count(world.database, "ten_1"),
    "accounts.get": lambda world: accounts.get(world.database, "ten_1", "acc_1"),
    "account_lists.list_page": lambda world: account_lists.list_page(world.database, "ten_1"),
    "accounts.update": lambda world: accounts.update(world.database, "ten_1", "acc_1", AccountChanges(name="after")),
    "accounts.transition": _transition,
    "accounts.delete": lambda world: accounts.delete(world.database, "ten_1", "acc_1"),
    "refreshes.begin": CachedRows.begun,
    "refreshes.finish": _finish,
    "refreshes.refuse": _refuse,
    "refreshes.give_back": _give_back,
    "refreshes.list_due": lambda world: refreshes.list_due(world.database, within=timedelta(hours=1), limit=9),
    "credential_loss.mark_unreadable": lambda world: credential_loss.mark_unreadable(world.database, world.account, _event),
    "credential_loss.give_up_credentials": _give_up_credentials,
    "api_keys.add": lambda world: world.add_key("key_2", b"l" * 32),
    "api_keys.find_by_digest": lambda world: bearer_tokens.find_by_digest(world.database, api_keys.KEYS, b"k" * 32),
    "api_keys.find_former": lambda world: bearer_tokens.find_former(world.database, api_keys.KEYS, b"k" * 32),
    "api_keys.get": lambda world: bearer_tokens.get(world.database, api_keys.KEYS, "ten_1", "key_1"),
    "api_keys.get_usable": lambda world: bearer_tokens.get_usable(world.database, api_keys.KEYS, "ten_1", "key_1"),
    "api_keys.list_page": lambda world: bearer_tokens.list_page(world.database, api_keys.KEYS, "ten_1"),
    "api_keys.revoke": lambda world: bearer_tokens.revoke(world.database, api_keys.KEYS, "ten_1", "key_1"),
    "api_keys.announce_ends": lambda world: api_keys.announce_ends(
        world.database, ahead=timedelta(days=14), longest=None, event_of=_event
    ),
    "access_pauses.set_pause": lambda world: access_pauses.set_pause(
        world.database, "api_key", "ten_1", "key_1", PAUSE, event=_event(world.key)
    ),
    "api_keys.touch": lambda world: bearer_tokens.touch(world.database, api_keys.KEYS, "ten_1", "key_1"),
    "mcp_servers.add": lambda world: world.add_server("mcp_2", b"t" * 32),
    "mcp_servers.find_by_digest": lambda world: bearer_tokens.find_by_digest(world.database, mcp_servers.SERVERS, b"s" * 32),
    "mcp_servers.find_former": lambda world: bearer_tokens.find_former(world.database, mcp_servers.SERVERS, b"s" * 32),
    "mcp_servers.get": lambda world: bearer_tokens.get(world.database, mcp_servers.SERVERS, "ten_1", "mcp_1"),
    "mcp_servers.get_usable": lambda world: bearer_tokens.get_usable(world.database, mcp_servers.SERVERS, "ten_1", "mcp_1"),
    "mcp_servers.list_page": lambda world: bearer_tokens.list_page(world.database, mcp_servers.SERVERS, "ten_1"),
    "mcp_servers.update": lambda world: mcp_servers.update(
        world.database, "ten_1", "mcp_1", McpServerChanges(name="after"), version=1
    ),
    "mcp_servers.rotate": lambda world: mcp_servers.rotate(
        world.database, "ten_1", "mcp_1", digest=b"t" * 32, last4="1234", version=1
    ),
    "mcp_servers.revoke": lambda world: bearer_tokens.revoke(world.database, mcp_servers.SERVERS, "ten_1", "mcp_1"),
    "mcp_servers.touch": lambda world: bearer_tokens.touch(world.database, mcp_servers.SERVERS, "ten_1", "mcp_1"),
    "erasure.erase_tenant": _erase,
    "erasure.list_deleted": lambda world: erasure.list_deleted(world.database),
    "row_counts.is_full": lambda world: row_counts.is_full(world.database, "ten_1", "accounts", most=9),
    "row_counts.makers_above": lambda world: row_counts.makers_above(world.database, "ten_1", "key_1"),
    "lineage.list_links": lambda world: lineage.list_links(world.database, "ten_1"),
    "lineage.list_callers": lambda world: lineage.list_callers(world.database, "ten_1"),
}


def _functions():
    """Every public function that works on a database, of the modules that name a cached table, or take one."""
    for name, one in vars(bearer_tokens).items():
        if inspect.iscoroutinefunction(one) and one.__module__ == bearer_tokens.__name__ and not name.startswith("_"):
            yield from (f"{kind.table.name}.{name}" for kind in (api_keys.KEYS, mcp_servers.SERVERS))
    for found in pkgutil.walk_packages(store.__path__, "unified.store."):
        if found.name.startswith("unified.store.migrations"):
            continue
        module = importlib.import_module(found.name)
        name_of_module = found.name.rpartition(".")[2]
        if name_of_module not in OUTSIDE and any(one in CACHED for one in vars(module).values() if isinstance(one, sa.Table)):
            yield from (
                f"{name_of_module}.{name}"
                for name, one in vars(module).items()
                if inspect.iscoroutinefunction(one) and one.__module__ == module.__name__ and not name.startswith("_")
            )


def test_every_function_on_a_cached_table_is_called_here():
    assert set(_functions()) == set(CALLS)


@pytest.fixture
async def world(database, clock):
    return await CachedRows(database, clock).fill()


@pytest.mark.parametrize("name", sorted(CALLS))
async def test_committed_changes_are_published(world, name):
    written = []

    def note(_connection, _cursor, statement, *_more):
        found = re.match(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)", statement)
        written.extend(found.groups() if found else ())

    sa.event.listen(world.database._engine.sync_engine, "before_cursor_execute", note)
    await CALLS[name](world)
    tables = {one for one in written if one in {table.name for table in CACHED}}
    if name in LEAST_USED:
        assert tables
        assert world.changes == []
        return
    ids = {"accounts": "acc", "api_keys": "key", "mcp_servers": "mcp"}
    expected = {(table, "ten_1", f"{ids[table]}_{2 if name.endswith('.add') else 1}") for table in tables}
    assert {one for one in world.changes if one[0] in ids} == expected


@pytest.mark.parametrize("name", ["accounts.transition", "credential_loss.mark_unreadable"])
async def test_a_condition_that_no_row_meets_is_published_too(world, name):
    """The caller acted on a copy that is not the newest any more."""
    await accounts.update(world.database, "ten_1", "acc_1", AccountChanges(status="needs_reauth"))
    world.changes.clear()
    assert await CALLS[name](world) is None
    assert world.changes == [("accounts", "ten_1", "acc_1")]


async def test_nothing_is_published_for_a_transaction_that_was_rolled_back(world):
    async def fail():
        async with world.database.write() as transaction:
            await accounts.update(world.database, "ten_1", "acc_1", AccountChanges(name="x"), within=transaction)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert world.changes == []


async def test_it_is_published_when_the_outer_transaction_was_committed_and_once(world):
    async with world.database.write() as transaction:
        for name in ("a", "b"):
            await accounts.update(world.database, "ten_1", "acc_1", AccountChanges(name=name), within=transaction)
        assert world.changes == []
    assert world.changes == [("accounts", "ten_1", "acc_1")]


async def test_a_reader_sees_the_change_when_it_is_published(world):
    seen = []
    world.database.subscribe(lambda _change: seen.append(world.database.read()))
    await accounts.update(world.database, "ten_1", "acc_1", AccountChanges(name="after"))
    async with seen[0] as connection:
        assert (await connection.execute(sa.select(ACCOUNTS.c.name))).scalar_one() == "after"
