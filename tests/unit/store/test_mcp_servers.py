"""MCP servers: the query itself refuses what expired or was revoked, changes do not cross, tenants do not see each other."""

import asyncio
import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.tokens import add_server
from unified.errors.writes import Conflict
from unified.store import bearer_tokens, mcp_servers
from unified.store.bearer_tokens import FormerToken
from unified.store.mcp_servers import McpServerChanges, McpServerRow


def _digest(text):
    return hashlib.sha256(text.encode()).digest()


async def _add(database, clock, server_id="mcp_1", tenant="ten_1", **changes):
    values = {"name": "support", "config": {"methods": ["read"]}, "scope": {"methods": ["read"]}, "limits": None}
    values |= {"made_by": "key_1", "require_api_token_auth": True, "last4": "a1b2"}
    values |= {"expires_at": clock.now + timedelta(days=1), "digest": _digest(server_id)} | changes
    return await add_server(database, tenant, server_id, **values)


async def test_a_server_is_found_by_its_digest(database, clock):
    scope = {"methods": ["read"], "accounts": ["acc_1"], "fields": {"hide": ["crm.contacts.ä"]}}
    added = await _add(database, clock, scope=scope, limits={"methods": ["read", "write"]})
    assert added == McpServerRow(
        id="mcp_1",
        tenant_id="ten_1",
        name="support",
        config={"methods": ["read"]},
        scope=scope,
        limits={"methods": ["read", "write"]},
        made_by="key_1",
        require_api_token_auth=True,
        last4="a1b2",
        version=1,
        created_at=clock.now,
        updated_at=clock.now,
        expires_at=clock.now + timedelta(days=1),
        revoked_at=None,
        last_used_at=None,
    )
    assert await bearer_tokens.find_by_digest(database, mcp_servers.SERVERS, _digest("mcp_1")) == added
    assert await bearer_tokens.get(database, mcp_servers.SERVERS, "ten_1", "mcp_1") == added
    assert await bearer_tokens.get_usable(database, mcp_servers.SERVERS, "ten_1", "mcp_1") == added
    assert await bearer_tokens.find_by_digest(database, mcp_servers.SERVERS, _digest("mcp_2")) is None


async def test_a_server_expires_in_the_query(database, clock):
    await _add(database, clock, expires_at=clock.now + timedelta(seconds=10))
    clock.forward(seconds=9, microseconds=999_999)
    assert await bearer_tokens.find_by_digest(database, mcp_servers.SERVERS, _digest("mcp_1")) is not None
    assert await bearer_tokens.get_usable(database, mcp_servers.SERVERS, "ten_1", "mcp_1") is not None
    clock.forward(microseconds=1)
    assert await bearer_tokens.find_by_digest(database, mcp_servers.SERVERS, _digest("mcp_1")) is None
    assert await bearer_tokens.get_usable(database, mcp_servers.SERVERS, "ten_1", "mcp_1") is None
    assert (await bearer_tokens.get(database, mcp_servers.SERVERS, "ten_1", "mcp_1")).id == "mcp_1"
    assert len((await bearer_tokens.list_page(database, mcp_servers.SERVERS, "ten_1")).items) == 1


async def test_a_revoked_server_is_gone_at_once_and_its_row_stays(database, clock):
    await _add(database, clock)
    assert await bearer_tokens.revoke(database, mcp_servers.SERVERS, "ten_1", "mcp_1")
    assert await bearer_tokens.find_by_digest(database, mcp_servers.SERVERS, _digest("mcp_1")) is None
    assert await bearer_tokens.get(database, mcp_servers.SERVERS, "ten_1", "mcp_1") is None
    assert await bearer_tokens.get_usable(database, mcp_servers.SERVERS, "ten_1", "mcp_1") is None
    assert (await bearer_tokens.list_page(database, mcp_servers.SERVERS, "ten_1")).items == ()
    assert not await bearer_tokens.revoke(database, mcp_servers.SERVERS, "ten_1", "mcp_1")
    assert await mcp_servers.update(database, "ten_1", "mcp_1", McpServerChanges(name="n"), version=2) is None
    assert await mcp_servers.rotate(database, "ten_1", "mcp_1", digest=_digest("x"), last4="xxxx", version=2) is None
    async with database.read() as connection:
        assert (await connection.execute(sa.text("SELECT count(*) FROM mcp_servers"))).scalar() == 1


async def test_whose_server_a_token_was_of_is_known_after_its_end(database, clock):
    await _add(database, clock, "mcp_1", "ten_1", expires_at=clock.now + timedelta(seconds=1))
    await _add(database, clock, "mcp_2", "ten_2")
    await bearer_tokens.revoke(database, mcp_servers.SERVERS, "ten_2", "mcp_2")
    clock.forward(seconds=2)
    assert await bearer_tokens.find_former(database, mcp_servers.SERVERS, _digest("mcp_1")) == FormerToken(
        id="mcp_1", tenant_id="ten_1"
    )
    assert await bearer_tokens.find_former(database, mcp_servers.SERVERS, _digest("mcp_2")) == FormerToken(
        id="mcp_2", tenant_id="ten_2"
    )
    assert await bearer_tokens.find_former(database, mcp_servers.SERVERS, _digest("mcp_3")) is None


async def test_another_tenant_sees_and_changes_nothing(database, clock):
    added = await _add(database, clock)
    assert await bearer_tokens.get(database, mcp_servers.SERVERS, "ten_2", "mcp_1") is None
    assert await bearer_tokens.get_usable(database, mcp_servers.SERVERS, "ten_2", "mcp_1") is None
    assert (await bearer_tokens.list_page(database, mcp_servers.SERVERS, "ten_2")).items == ()
    assert not await bearer_tokens.revoke(database, mcp_servers.SERVERS, "ten_2", "mcp_1")
    assert not await bearer_tokens.touch(database, mcp_servers.SERVERS, "ten_2", "mcp_1")
    assert await mcp_servers.update(database, "ten_2", "mcp_1", McpServerChanges(name="theirs"), version=1) is None
    assert await mcp_servers.rotate(database, "ten_2", "mcp_1", digest=_digest("x"), last4="xxxx", version=1) is None
    assert await bearer_tokens.find_by_digest(database, mcp_servers.SERVERS, _digest("mcp_1")) == added


async def test_lists_are_paged_within_the_tenant(database, clock):
    for number in range(3):
        await _add(database, clock, f"mcp_{number}")
        await _add(database, clock, f"mcp_other{number}", tenant="ten_2")
    first = await bearer_tokens.list_page(database, mcp_servers.SERVERS, "ten_1", limit=2)
    rest = await bearer_tokens.list_page(database, mcp_servers.SERVERS, "ten_1", limit=2, cursor=first.next_cursor)
    assert [row.id for row in (*first.items, *rest.items)] == ["mcp_0", "mcp_1", "mcp_2"]
    foreign = await bearer_tokens.list_page(database, mcp_servers.SERVERS, "ten_2", cursor=first.next_cursor)
    assert {row.tenant_id for row in foreign.items} == {"ten_2"}


async def test_a_change_counts_the_version_and_leaves_the_rest(database, clock):
    added = await _add(database, clock)
    clock.forward(minutes=1)
    changes = McpServerChanges(name="renamed", scope={"methods": ["list"]}, require_api_token_auth=False)
    changed = await mcp_servers.update(database, "ten_1", "mcp_1", changes, version=1)
    assert (changed.name, changed.scope, changed.require_api_token_auth) == ("renamed", {"methods": ["list"]}, False)
    assert (changed.version, changed.updated_at, changed.created_at) == (2, clock.now, added.created_at)
    assert (changed.config, changed.expires_at, changed.last4) == (added.config, added.expires_at, added.last4)
    assert await bearer_tokens.get(database, mcp_servers.SERVERS, "ten_1", "mcp_1") == changed


async def test_of_two_changes_of_the_same_version_one_is_refused(database, clock):
    await _add(database, clock)
    changes = (McpServerChanges(name="one"), McpServerChanges(name="two"))
    both = [mcp_servers.update(database, "ten_1", "mcp_1", one, version=1) for one in changes]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    (refused,) = [one for one in outcomes if isinstance(one, Conflict)]
    assert "expected version 1, found 2" in str(refused)
    (won,) = [one for one in outcomes if isinstance(one, McpServerRow)]
    assert await bearer_tokens.get(database, mcp_servers.SERVERS, "ten_1", "mcp_1") == won


async def test_a_rotated_token_replaces_the_old_one(database, clock):
    added = await _add(database, clock)
    rotated = await mcp_servers.rotate(database, "ten_1", "mcp_1", digest=_digest("new"), last4="9z9z", version=1)
    assert (rotated.last4, rotated.version, rotated.scope) == ("9z9z", 2, added.scope)
    assert await bearer_tokens.find_by_digest(database, mcp_servers.SERVERS, _digest("mcp_1")) is None
    assert await bearer_tokens.find_former(database, mcp_servers.SERVERS, _digest("mcp_1")) is None
    assert await bearer_tokens.find_by_digest(database, mcp_servers.SERVERS, _digest("new")) == rotated
    with pytest.raises(Conflict):
        await mcp_servers.rotate(database, "ten_1", "mcp_1", digest=_digest("late"), last4="late", version=1)


async def test_use_is_noted_at_most_once_a_minute_and_is_not_a_change(database, clock):
    await _add(database, clock)
    start = clock.now
    assert await bearer_tokens.touch(database, mcp_servers.SERVERS, "ten_1", "mcp_1")
    clock.forward(seconds=59)
    assert not await bearer_tokens.touch(database, mcp_servers.SERVERS, "ten_1", "mcp_1")
    assert (await bearer_tokens.get(database, mcp_servers.SERVERS, "ten_1", "mcp_1")).last_used_at == start
    clock.forward(seconds=1)
    assert await bearer_tokens.touch(database, mcp_servers.SERVERS, "ten_1", "mcp_1")
    row = await bearer_tokens.get(database, mcp_servers.SERVERS, "ten_1", "mcp_1")
    assert (row.last_used_at, row.version) == (clock.now, 1)


async def test_a_digest_belongs_to_one_server(database, clock):
    await _add(database, clock)
    with pytest.raises(sa.exc.IntegrityError):
        await _add(database, clock, "mcp_2", tenant="ten_2", digest=_digest("mcp_1"))


async def test_a_server_needs_its_tenant(database, clock):
    with pytest.raises(sa.exc.IntegrityError):
        await _add(database, clock, tenant="ten_9")


async def test_the_row_does_not_hold_the_digest(database, clock):
    await _add(database, clock)
    assert "digest" not in repr(await bearer_tokens.get(database, mcp_servers.SERVERS, "ten_1", "mcp_1"))
