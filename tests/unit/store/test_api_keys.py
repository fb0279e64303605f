"""API keys: the query itself refuses what expired or was revoked, and tenants do not see each other."""

import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.tokens import add_key
from unified.store import api_keys, bearer_tokens
from unified.store.bearer_tokens import FormerToken


def _digest(text):
    return hashlib.sha256(text.encode()).digest()


async def _add(database, key_id="key_1", tenant="ten_1", **changes):
    values = {"name": "app", "role": "app", "scope": None, "last4": "a1b2", "expires_at": None}
    values |= {"digest": _digest(key_id)} | changes
    return await add_key(database, tenant, key_id, **values)


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
    assert await bearer_tokens.find_by_digest(database, api_keys.KEYS, _digest("key_1")) == added
    assert await bearer_tokens.find_by_digest(database, api_keys.KEYS, _digest("key_2")) is None


async def test_a_key_expires_in_the_query(database, clock):
    await _add(database, expires_at=clock.now + timedelta(seconds=10))
    clock.forward(seconds=9, microseconds=999_999)
    assert await bearer_tokens.find_by_digest(database, api_keys.KEYS, _digest("key_1")) is not None
    clock.forward(microseconds=1)
    assert await bearer_tokens.find_by_digest(database, api_keys.KEYS, _digest("key_1")) is None
    assert (await bearer_tokens.get(database, api_keys.KEYS, "ten_1", "key_1")).id == "key_1"


async def test_a_key_that_works_now_is_found_by_its_id(database, clock):
    added = await _add(database, expires_at=clock.now + timedelta(seconds=10))
    await _add(database, "key_2")
    assert await bearer_tokens.get_usable(database, api_keys.KEYS, "ten_1", "key_1") == added
    assert await bearer_tokens.get_usable(database, api_keys.KEYS, "ten_2", "key_1") is None
    await bearer_tokens.revoke(database, api_keys.KEYS, "ten_1", "key_2")
    clock.forward(seconds=10)
    assert await bearer_tokens.get_usable(database, api_keys.KEYS, "ten_1", "key_1") is None
    assert await bearer_tokens.get_usable(database, api_keys.KEYS, "ten_1", "key_2") is None


async def test_a_key_without_expiry_stays(database, clock):
    await _add(database)
    clock.forward(days=10_000)
    assert await bearer_tokens.find_by_digest(database, api_keys.KEYS, _digest("key_1")) is not None


async def test_a_revoked_key_is_gone_at_once_and_its_row_stays(database):
    await _add(database)
    assert await bearer_tokens.revoke(database, api_keys.KEYS, "ten_1", "key_1")
    assert await bearer_tokens.find_by_digest(database, api_keys.KEYS, _digest("key_1")) is None
    assert await bearer_tokens.get(database, api_keys.KEYS, "ten_1", "key_1") is None
    assert (await bearer_tokens.list_page(database, api_keys.KEYS, "ten_1")).items == ()
    assert not await bearer_tokens.revoke(database, api_keys.KEYS, "ten_1", "key_1")
    async with database.read() as connection:
        assert (await connection.execute(sa.text("SELECT count(*) FROM api_keys"))).scalar() == 1


async def test_whose_key_a_token_was_is_known_after_its_end(database, clock):
    await _add(database, "key_1", "ten_1", expires_at=clock.now + timedelta(seconds=1))
    await _add(database, "key_2", "ten_2")
    await bearer_tokens.revoke(database, api_keys.KEYS, "ten_2", "key_2")
    clock.forward(seconds=2)
    assert await bearer_tokens.find_former(database, api_keys.KEYS, _digest("key_1")) == FormerToken(
        id="key_1", tenant_id="ten_1"
    )
    assert await bearer_tokens.find_former(database, api_keys.KEYS, _digest("key_2")) == FormerToken(
        id="key_2", tenant_id="ten_2"
    )
    assert await bearer_tokens.find_former(database, api_keys.KEYS, _digest("key_3")) is None


async def test_another_tenant_sees_and_changes_nothing(database):
    await _add(database)
    assert await bearer_tokens.get(database, api_keys.KEYS, "ten_2", "key_1") is None
    assert (await bearer_tokens.list_page(database, api_keys.KEYS, "ten_2")).items == ()
    assert not await bearer_tokens.revoke(database, api_keys.KEYS, "ten_2", "key_1")
    assert not await bearer_tokens.touch(database, api_keys.KEYS, "ten_2", "key_1")
    assert await bearer_tokens.find_by_digest(database, api_keys.KEYS, _digest("key_1")) is not None


async def test_lists_are_paged_within_the_tenant(database):
    for number in range(3):
        await _add(database, f"key_{number}")
        await _add(database, f"key_other{number}", tenant="ten_2")
    first = await bearer_tokens.list_page(database, api_keys.KEYS, "ten_1", limit=2)
    rest = await bearer_tokens.list_page(database, api_keys.KEYS, "ten_1", limit=2, cursor=first.next_cursor)
    assert [row.id for row in (*first.items, *rest.items)] == ["key_0", "key_1", "key_2"]
    foreign = await bearer_tokens.list_page(database, api_keys.KEYS, "ten_2", cursor=first.next_cursor)
    assert {row.tenant_id for row in foreign.items} == {"ten_2"}


async def test_use_is_noted_at_most_once_a_minute(database, clock):
    await _add(database)
    start = clock.now
    assert await bearer_tokens.touch(database, api_keys.KEYS, "ten_1", "key_1")
    clock.forward(seconds=59)
    assert not await bearer_tokens.touch(database, api_keys.KEYS, "ten_1", "key_1")
    assert (await bearer_tokens.get(database, api_keys.KEYS, "ten_1", "key_1")).last_used_at == start
    clock.forward(seconds=1)
    assert await bearer_tokens.touch(database, api_keys.KEYS, "ten_1", "key_1")
    assert (await bearer_tokens.get(database, api_keys.KEYS, "ten_1", "key_1")).last_used_at == clock.now


async def test_a_digest_belongs_to_one_key(database):
    await _add(database)
    with pytest.raises(sa.exc.IntegrityError):
        await _add(database, "key_2", tenant="ten_2", digest=_digest("key_1"))


async def test_a_key_needs_its_tenant(database):
    with pytest.raises(sa.exc.IntegrityError):
        await _add(database, tenant="ten_9")


async def test_the_row_does_not_hold_the_digest(database):
    await _add(database)
    assert "digest" not in repr(await bearer_tokens.get(database, api_keys.KEYS, "ten_1", "key_1"))
