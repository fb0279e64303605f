"""A batch that is under way when its key or its tenant is paused, or its key revoked: what has not begun by then is not sent."""

import asyncio
import time

import pytest

from tests.world import add_key, open_client, open_world
from unified.service.access.principals import authenticate
from unified.service.batch import ENDED
from unified.service.pausing import pause_key, pause_tenant
from unified.service.runtime.row_cache import TTL_SECONDS
from unified.store import bearer_tokens
from unified.store.api_keys import KEYS

POST = ("POST", "/crm/v3/objects/contacts")
SLOW = {"provider": "hubspot", "match": "POST /crm/v3/objects/contacts", "delay_ms": 700, "times": 100}
ITEMS = [{"op": "create", "data": {"last_name": f"Batch {number}"}} for number in range(24)]


async def _pause_key(services, tenant, key):
    await pause_key(services, tenant, key, "runaway", caller=None)


async def _pause_writes(services, tenant, _key):
    await pause_tenant(services, tenant, "writes", "runaway", caller=None)


async def _revoke(services, tenant, key):
    await bearer_tokens.revoke(services.database, KEYS, tenant, key)


async def _posts(world):
    return len([one for one in await world.reached("hubspot") if (one["method"], one["path"].split("?")[0]) == POST])


@pytest.mark.parametrize(
    ("stop", "code"),
    [(_pause_key, "paused"), (_pause_writes, "paused"), (_revoke, "unauthenticated")],
    ids=["key", "writes", "revoked"],
)
async def test_no_write_of_a_batch_begins_two_seconds_after_it_was_stopped(tmp_path, stop, code):
    async with open_world(tmp_path, providers=("hubspot",)) as world:
        key = await add_key(
            world.services, world.tenant, name="batch", role="app", scope={"methods": ["read", "write"], "writes": "direct"}
        )
        key_id = (await authenticate(world.services, f"Bearer {key}")).key_id
        await world.sandbox.post("/_sandbox/faults", json=SLOW)
        async with open_client(world.server, key, raises=False) as client:
            account = {"account_id": world.accounts["hubspot"]}
            running = asyncio.create_task(client.post("/crm/contacts/batch", params=account, json={"items": ITEMS}))
            await asyncio.sleep(0.3)
            await stop(world.services, world.tenant, key_id)
            await asyncio.sleep(TTL_SECONDS + 0.2)
            before, began = await _posts(world), time.monotonic()
            answer = await running
        assert time.monotonic() - began < 2  # those under way, and no others
        assert await _posts(world) == before < len(ITEMS)
        refused = [one for one in answer.json()["results"] if one["status"] in {401, 403}]
        assert len(refused) >= 4
        assert {one["error"]["code"] for one in refused} == {code}
        assert "nothing was done" in refused[0]["error"]["detail"] or refused[0]["error"]["detail"] == ENDED
