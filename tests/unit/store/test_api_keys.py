"""API keys: the query itself refuses what expired or was revoked, and tenants do not see each other."""

import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from unified.store import api_keys


def _digest(text):
    return hashlib.sha256(text.encode()).digest()


async def _add(database, key_id="key_1", tenant="ten_1", **changes):
    values = {"name": "app", "role": "app", "scope": None, "last4": "a1b2", "expires_at": None}
    values |= {"digest": _digest(key_id)} | changes
    return await api_keys.add(database, tenant, key_id, **values)


async def test_a_key_is_found_by_its_digest(database, clock):
    scope = {"methods": ["read"], "fields": {"hide": ["crm.contacts.ä"]}}
    added = await _add(database, scope=scope, role="approver", expires_at=clock.now + timedelta(days=1))
    assert added == api_keys.ApiKeyRow(
        id="key_1",
        tenant_id="ten_1",
        name="app",
        role="approver",
        scope=scope,
        last4="a1b2",
        created_at=clock.now,
        expires_at=clock.now + timedelta(days=1),
        last_used_at=None,
    )
    assert await api_keys.find_by_digest(database, _digest("key_1")) == added
    assert await api_keys.find_by_digest(database, _digest("key_2")) is None


async def test_a_key_expires_in_the_query(database, clock):
    await _add(database, expires_at=clock.now + timedelta(seconds=10))
    clock.forward(seconds=9, microseconds=999_999)
    assert await api_keys.find_by_digest(database, _digest("key_1")) is not None
    clock.forward(microseconds=1)
    assert await api_keys.find_by_digest(database, _digest("key_1")) is None
    assert (await api_keys.get(database, "ten_1", "key_1")).id == "key_1"


async def test_a_key_that_works_now_is_found_by_its_id(database, clock):
    added = await _add(database, expires_at=clock.now + timedelta(seconds=10))
    await _add(database, "key_2")
    assert await api_keys.get_usable(database, "ten_1", "key_1") == added
    assert await api_keys.get_usable(database, "ten_2", "key_1") is None
    await api_keys.revoke(database, "ten_1", "key_2")
    clock.forward(seconds=10)
    assert await api_keys.get_usable(database, "ten_1", "key_1") is None
    assert await api_keys.get_usable(database, "ten_1", "key_2") is None


async def test_a_key_without_expiry_stays(database, clock):
    await _add(database)
    clock.forward(days=10_000)
    assert await api_keys.find_by_digest(database, _digest("key_1")) is not None


async def test_a_revoked_key_is_gone_at_once_and_its_row_stays(database):
    await _add(database)
    assert await api_keys.revoke(database, "ten_1", "key_1")
    assert await api_keys.find_by_digest(database, _digest("key_1")) is None
    assert await api_keys.get(database, "ten_1", "key_1") is None
    assert (await api_keys.list_page(database, "ten_1")).items == ()
    assert not await api_keys.revoke(database, "ten_1", "key_1")
    async with database.read() as connection:
        assert (await connection.execute(sa.text("SELECT count(*) FROM api_keys"))).scalar() == 1


async def test_whose_key_a_token_was_is_known_after_its_end(database, clock):
    await _add(database, "key_1", "ten_1", expires_at=clock.now + timedelta(seconds=1))
    await _add(database, "key_2", "ten_2")
    await api_keys.revoke(database, "ten_2", "key_2")
    clock.forward(seconds=2)
    assert await api_keys.find_former(database, _digest("key_1")) == api_keys.FormerKey(id="key_1", tenant_id="ten_1")
    assert await api_keys.find_former(database, _digest("key_2")) == api_keys.FormerKey(id="key_2", tenant_id="ten_2")
    assert await api_keys.find_former(database, _digest("key_3")) is None


async def test_another_tenant_sees_and_changes_nothing(database):
    await _add(database)
    assert await api_keys.get(database, "ten_2", "key_1") is None
    assert (await api_keys.list_page(database, "ten_2")).items == ()
    assert not await api_keys.revoke(database, "ten_2", "key_1")
    assert not await api_keys.touch(database, "ten_2", "key_1")
    assert await api_keys.find_by_digest(database, _digest("key_1")) is not None


async def test_lists_are_paged_within_the_tenant(database):
    for number in range(3):
        await _add(database, f"key_{number}")
        await _add(database, f"key_other{number}", tenant="ten_2")
    first = await api_keys.list_page(database, "ten_1", limit=2)
    rest = await api_keys.list_page(database, "ten_1", limit=2, cursor=first.next_cursor)
    assert [row.id for row in (*first.items, *rest.items)] == ["key_0", "key_1", "key_2"]
    foreign = await api_keys.list_page(database, "ten_2", cursor=first.next_cursor)
    assert {row.tenant_id for row in foreign.items} == {"ten_2"}


async def test_use_is_noted_at_most_once_a_minute(database, clock):
    await _add(database)
    start = clock.now
    assert await api_keys.touch(database, "ten_1", "key_1")
    clock.forward(seconds=59)
    assert not await api_keys.touch(database, "ten_1", "key_1")
    assert (await api_keys.get(database, "ten_1", "key_1")).last_used_at == start
    clock.forward(seconds=1)
    assert await api_keys.touch(database, "ten_1", "key_1")
    assert (await api_keys.get(database, "ten_1", "key_1")).last_used_at == clock.now


async def test_a_digest_belongs_to_one_key(database):
    await _add(database)
    with pytest.raises(sa.exc.IntegrityError):
        await _add(database, "key_2", tenant="ten_2", digest=_digest("key_1"))


async def test_a_key_needs_its_tenant(database):
    with pytest.raises(sa.exc.IntegrityError):
        await _add(database, tenant="ten_9")


async def test_the_row_does_not_hold_the_digest(database):
    await _add(database)
    assert "digest" not in repr(await api_keys.get(database, "ten_1", "key_1"))
