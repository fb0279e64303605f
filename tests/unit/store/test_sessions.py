"""Sessions: found while they and their keys last, by their digest only."""

import hashlib
from datetime import timedelta

import pytest

from tests.tokens import add_key
from unified.store import api_keys, bearer_tokens, sessions

DIGEST = hashlib.sha256(b"session").digest()


@pytest.fixture
async def key(database, clock):
    return await add_key(
        database,
        "ten_1",
        "key_1",
        name="k",
        role="admin",
        scope=None,
        digest=hashlib.sha256(b"key").digest(),
        last4="abcd",
        expires_at=clock() + timedelta(hours=4),
    )


@pytest.fixture
async def session(database, clock, key):
    ends = clock() + timedelta(hours=8)
    return await sessions.add(database, "ten_1", "ses_1", key_id=key.id, digest=DIGEST, expires_at=ends)


async def test_a_session_leads_to_its_key(database, session, key):
    assert await sessions.find_key(database, DIGEST) == key
    assert await sessions.find_key(database, hashlib.sha256(b"other").digest()) is None


async def test_a_session_ends_by_itself(database, clock, key):
    ends = clock() + timedelta(hours=1)
    await sessions.add(database, "ten_1", "ses_1", key_id=key.id, digest=DIGEST, expires_at=ends)
    clock.forward(minutes=59)
    assert await sessions.find_key(database, DIGEST)
    clock.forward(minutes=1)
    assert await sessions.find_key(database, DIGEST) is None


async def test_a_session_ends_with_its_keys_time(database, clock, session):
    clock.forward(hours=4)
    assert await sessions.find_key(database, DIGEST) is None


async def test_a_session_ends_with_its_keys_revocation(database, session, key):
    await bearer_tokens.revoke(database, api_keys.KEYS, "ten_1", key.id)
    assert await sessions.find_key(database, DIGEST) is None


async def test_a_key_of_another_tenant_opens_nothing(database, clock, key):
    """A row that says so was not written by us; the query does not trust it."""
    ends = clock() + timedelta(hours=8)
    await sessions.add(database, "ten_2", "ses_1", key_id=key.id, digest=DIGEST, expires_at=ends)
    assert await sessions.find_key(database, DIGEST) is None


async def test_signing_out_ends_it_once(database, session):
    assert await sessions.end(database, DIGEST)
    assert not await sessions.end(database, DIGEST)
    assert await sessions.find_key(database, DIGEST) is None


async def test_expired_ones_are_cleared_away(database, clock, session):
    assert await sessions.purge_expired(database) == 0
    clock.forward(hours=8)
    assert await sessions.purge_expired(database) == 1
