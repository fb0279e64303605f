"""A dump of all tables cannot be used to call: digests and sealed text only."""

import secrets

import pytest
import sqlalchemy as sa

from tests.databases import KINDS
from tests.security.forms import found_in
from tests.security.world import open_world
from unified.store import api_keys, bearer_tokens, mcp_servers
from unified.store.integrity.sealed import SEALED
from unified.vault.seal import key_of

pytestmark = pytest.mark.slow

SECRET = f"planted-{secrets.token_hex(16)}"
PREFIXES = ("", "uk_", "um_", "whsec_", "ses_")


@pytest.fixture(params=KINDS)
async def world(request, tmp_path):
    async with open_world(request.param, tmp_path, secret=SECRET.encode()) as opened:
        yield opened


async def _values(world):
    """Every text and digest of every row, with its place; digests also as hex."""
    for table, rows in (await world.dump()).items():
        for row in rows:
            for column, value in row.items():
                if isinstance(value, bytes):
                    yield f"{table}.{column}", value.hex()
                    yield f"{table}.{column}", value.decode("latin-1")
                elif value is not None:
                    yield f"{table}.{column}", str(value)


async def _status(world, token):
    headers = {"Authorization": b"Bearer " + token.encode("latin-1", "replace")}
    return (await world.client.get("/accounts", headers=headers)).status_code


@pytest.mark.takes(seconds=30)  # every stored value is shown as a key
async def test_nothing_that_is_stored_is_a_key(world):
    assert await _status(world, world.ours.keys["admin"]) == 200
    tried = 0
    async for place, value in _values(world):
        if any(one in value for one in "\r\n\0"):
            continue
        assert await _status(world, value) == 401, f"{place} opens"
        for prefix in PREFIXES:
            fingerprint = world.services.digest(prefix + value)
            assert await bearer_tokens.find_by_digest(world.services.database, api_keys.KEYS, fingerprint) is None, (
                f"{place} is a key"
            )
            assert await bearer_tokens.find_by_digest(world.services.database, mcp_servers.SERVERS, fingerprint) is None, (
                f"{place} is a token"
            )
            tried += 1
    assert tried > 500


async def test_the_dump_has_the_digests_and_no_key(world):
    """The control: the dump is of the rows that the keys above stand for."""
    dump = await world.dump()
    assert world.services.digest(world.ours.keys["admin"]) in {row["digest"] for row in dump["api_keys"]}
    assert world.services.digest(world.ours.token) in {row["digest"] for row in dump["mcp_servers"]}
    assert (
        await bearer_tokens.find_by_digest(
            world.services.database, mcp_servers.SERVERS, world.services.digest(world.ours.token)
        )
        is not None
    )
    everything = repr(dump).encode()
    for key in (*world.ours.keys.values(), world.ours.token):
        assert not found_in(everything, key)


async def test_sealed_text_stands_only_in_sealed_columns(world):
    places = {place async for place, value in _values(world) if key_of(value)}
    assert places == {column.name for column in SEALED}


async def test_sealed_text_is_not_in_the_dump(world):
    assert not found_in(repr(await world.dump()).encode(), SECRET)
    async with world.services.database.write() as connection:
        await connection.execute(sa.text("UPDATE tenants SET name = :planted"), {"planted": SECRET})
    assert found_in(repr(await world.dump()).encode(), SECRET) == ["raw", "URL"]
