"""Kept rows: a warm request asks no database, and no change stays unseen for longer than the stated time."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.clock import Clock
from tests.tokens import add_key, add_server
from unified.service.runtime.row_cache import TTL_SECONDS, RowCache, TtlCache
from unified.store import accounts, api_keys, bearer_tokens, mcp_servers, tenants
from unified.store.accounts import AccountChanges
from unified.store.engine.engine import migrate, open_database
from unified.store.mcp_servers import McpServerChanges


@pytest.fixture
def time():
    return Clock(100.0)


@pytest.fixture
async def database(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path / 'unified.sqlite'}"
    await migrate(url)
    opened = await open_database(url)
    await tenants.add(opened, "ten_1", name="one")
    await accounts.add(opened, "ten_1", "acc_1", provider="hubspot", name="before")
    yield opened
    await opened.close()


@pytest.fixture
def statements(database):
    """The SQL that was sent since the fixture was made."""
    seen = []
    sa.event.listen(database._engine.sync_engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    return seen


async def _add_key(database, key_id="key_1", digest=b"d" * 32, **more):
    values = {"name": "k", "role": "app", "scope": None, "digest": digest, "last4": "1234", "expires_at": None}
    return await add_key(database, "ten_1", key_id, **{**values, **more})


async def test_a_second_look_asks_no_database(database, time, statements):
    await _add_key(database)
    rows = RowCache(database, time)
    assert (await rows.account("ten_1", "acc_1")).name == "before"
    await rows.use_key(b"d" * 32, await rows.key(b"d" * 32))
    before = len(statements)
    for _ in range(50):
        await rows.account("ten_1", "acc_1")
        await rows.use_key(b"d" * 32, await rows.key(b"d" * 32))
    assert before > 0
    assert len(statements) == before


@pytest.mark.parametrize("kind", ["key", "server"])
async def test_many_first_requests_note_the_use_once(database, time, statements, kind):
    digest = b"d" * 32
    await _add_key(database, digest=digest)
    ends = database.clock() + timedelta(hours=1)
    given = {"name": "s", "config": {}, "scope": {}, "limits": None, "made_by": None, "require_api_token_auth": False}
    await add_server(database, "ten_1", "mcp_1", **given, digest=digest, last4="1234", expires_at=ends)
    rows = RowCache(database, time)

    async def request():
        found = await getattr(rows, kind)(digest)
        await getattr(rows, f"use_{kind}")(digest, found)

    before = len(statements)
    await asyncio.gather(*(request() for _ in range(60)))
    assert len([one for one in statements[before:] if one.startswith("UPDATE")]) == 1


async def test_a_change_made_elsewhere_is_seen_within_the_stated_time(database, time):
    rows = RowCache(database, time)
    assert (await rows.account("ten_1", "acc_1")).name == "before"
    await accounts.update(database, "ten_1", "acc_1", AccountChanges(name="after"))
    assert (await rows.account("ten_1", "acc_1")).name == "before"
    time.now += TTL_SECONDS
    assert (await rows.account("ten_1", "acc_1")).name == "after"


async def test_an_account_that_could_not_be_called_is_looked_at_again_at_once(database, time):
    await accounts.update(database, "ten_1", "acc_1", AccountChanges(status="needs_reauth"))
    rows = RowCache(database, time)
    assert (await rows.account("ten_1", "acc_1")).status == "needs_reauth"
    await accounts.update(database, "ten_1", "acc_1", AccountChanges(status="active"))
    assert (await rows.account("ten_1", "acc_1")).status == "active"


async def test_a_key_revoked_elsewhere_ends_within_the_stated_time(database, time):
    await _add_key(database)
    rows = RowCache(database, time)
    assert await rows.key(b"d" * 32) is not None
    await bearer_tokens.revoke(database, api_keys.KEYS, "ten_1", "key_1")
    time.now += TTL_SECONDS
    assert await rows.key(b"d" * 32) is None


async def test_a_revoked_key_is_forgotten_at_once_here(database, time):
    await _add_key(database)
    rows = RowCache(database, time)
    database.subscribe(rows.invalidate)
    await rows.key(b"d" * 32)
    await bearer_tokens.revoke(database, api_keys.KEYS, "ten_1", "key_1")
    assert await rows.key(b"d" * 32) is None


async def test_a_kept_key_expires_to_the_second(database, time):
    await _add_key(database, expires_at=datetime.now(UTC) + timedelta(seconds=0.2))
    rows = RowCache(database, time)
    assert await rows.key(b"d" * 32) is not None
    database.clock = lambda: datetime.now(UTC) + timedelta(seconds=1)
    assert await rows.key(b"d" * 32) is None


async def test_other_tenants_accounts_and_unknown_ones_are_not_there(database, time):
    rows = RowCache(database, time)
    await rows.account("ten_1", "acc_1")
    assert await rows.account("ten_2", "acc_1") is None
    assert await rows.account("ten_1", "acc_2") is None


async def test_a_change_made_here_is_seen_at_once(database, time):
    rows = RowCache(database, time)
    database.subscribe(rows.invalidate)
    assert (await rows.account("ten_1", "acc_1")).name == "before"
    assert len(await rows.oldest_accounts("ten_1")) == 1
    await accounts.update(database, "ten_1", "acc_1", AccountChanges(name="after"))
    await accounts.add(database, "ten_1", "acc_2", provider="hubspot", name="another")
    assert (await rows.account("ten_1", "acc_1")).name == "after"
    assert [row.name for row in await rows.oldest_accounts("ten_1")] == ["after", "another"]
    await accounts.delete(database, "ten_1", "acc_1")
    assert await rows.account("ten_1", "acc_1") is None
    assert [row.id for row in await rows.oldest_accounts("ten_1")] == ["acc_2"]


async def test_a_change_of_a_server_made_here_is_seen_at_once(database, time):
    given = {"name": "s", "config": {}, "scope": {}, "limits": None, "made_by": None, "require_api_token_auth": False}
    ends = database.clock() + timedelta(hours=1)
    await add_server(database, "ten_1", "mcp_1", **given, digest=b"d" * 32, last4="1234", expires_at=ends)
    rows = RowCache(database, time)
    database.subscribe(rows.invalidate)
    assert (await rows.server(b"d" * 32)).name == "s"
    await mcp_servers.update(database, "ten_1", "mcp_1", McpServerChanges(name="renamed"), version=1)
    assert (await rows.server(b"d" * 32)).name == "renamed"
    await mcp_servers.rotate(database, "ten_1", "mcp_1", digest=b"e" * 32, last4="1234", version=2)
    assert await rows.server(b"d" * 32) is None
    assert await rows.server(b"e" * 32) is not None
    await bearer_tokens.revoke(database, mcp_servers.SERVERS, "ten_1", "mcp_1")
    assert await rows.server(b"e" * 32) is None


@pytest.mark.parametrize("seed", [*range(5), *(pytest.param(one, marks=pytest.mark.slow) for one in range(5, 20))])
async def test_whoever_used_an_old_copy_does_not_bring_it_back(database, time, seed):
    """Agents that read a server before it changes note their use after it, in any order with those who read it anew."""
    digest, rng = b"s" * 32, random.Random(seed)
    began = database.clock()
    given = {"name": "s", "config": {}, "scope": {}, "limits": None, "made_by": None, "require_api_token_auth": False}
    ends = began + timedelta(hours=1)
    await add_server(database, "ten_1", "mcp_1", **given, digest=digest, last4="1234", expires_at=ends)
    rows = RowCache(database, time)
    database.subscribe(rows.invalidate)
    names = []

    async def use():
        await asyncio.sleep(rng.uniform(0, 0.02))
        found = await rows.server(digest)
        await asyncio.sleep(rng.uniform(0, 0.02))
        await rows.use_server(digest, found)

    async def change():
        names.append(f"name {len(names)}")
        await mcp_servers.update(database, "ten_1", "mcp_1", McpServerChanges(name=names[-1]), version=len(names))

    for number in range(4):
        database.clock = lambda later=timedelta(minutes=2 * number): began + later  # so that each round's use is noted again
        await asyncio.gather(*(use() for _ in range(6)), change())
        assert (await rows.server(digest)).name == names[-1]


async def test_a_read_that_began_before_a_change_is_not_cached_over_it(database, time, monkeypatch):
    rows, may_answer, has_read = RowCache(database, time), asyncio.Event(), asyncio.Event()
    database.subscribe(rows.invalidate)
    get = accounts.get

    async def slow(*given):
        row = await get(*given)
        has_read.set()
        await may_answer.wait()
        return row

    monkeypatch.setattr(accounts, "get", slow)
    early = asyncio.create_task(rows.account("ten_1", "acc_1"))
    await has_read.wait()
    await accounts.update(database, "ten_1", "acc_1", AccountChanges(name="after"))
    may_answer.set()
    assert (await early).name == "before"
    assert (await rows.account("ten_1", "acc_1")).name == "after"


async def test_a_read_that_must_be_new_is_made_and_cached(database, time, statements):
    rows = RowCache(database, time)
    assert (await rows.account("ten_1", "acc_1")).name == "before"
    await accounts.update(database, "ten_1", "acc_1", AccountChanges(name="after"))
    assert (await rows.reread_account("ten_1", "acc_1")).name == "after"
    sent = len(statements)
    assert (await rows.account("ten_1", "acc_1")).name == "after"
    assert len(statements) == sent


async def test_a_row_is_kept_from_when_its_reading_began(time):
    kept = TtlCache(time)

    async def slow():
        time.now += TTL_SECONDS
        return "stale"

    assert await kept.find("a", slow) == "stale"
    assert kept.get("a") is None


async def test_many_who_miss_a_row_read_it_once(time):
    kept, reads = TtlCache(time), []

    async def read():
        reads.append(1)
        await asyncio.sleep(0.01)
        return "row"

    assert await asyncio.gather(*(kept.find("a", read) for _ in range(100))) == ["row"] * 100
    assert len(reads) == 1


async def test_what_was_being_read_when_a_row_was_forgotten_serves_no_later_caller(time):
    kept, going_on = TtlCache(time), asyncio.Event()

    async def old():
        await going_on.wait()
        return "old"

    async def new():
        return "new"

    early = asyncio.create_task(kept.find("a", old))
    await asyncio.sleep(0)
    kept.drop("a")
    assert await kept.find("a", new) == "new"
    going_on.set()
    await early
    assert kept.get("a") == "new"


def test_the_oldest_rows_go_first(time):
    kept = TtlCache(time, max_rows=2)
    for number in range(3):
        kept.put(number, number, time.now)
    assert [kept.get(number) for number in range(3)] == [None, 1, 2]
