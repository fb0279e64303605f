"""The service with a webhook that hears everything, and what the tests of accounts look at."""

from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from tests.filled_rows import put
from tests.world import World
from unified.service.runtime.events import EVENTS
from unified.store.engine.tables import APPROVALS, DELIVERIES, WEBHOOKS
from unified_sandbox.registry import discover

ASKS = {"methods": ["read", "write", "custom"], "writes": "approve"}


@pytest.fixture
def listens() -> bool:
    """Whether a webhook hears everything; a module whose tests make webhooks of their own says no."""
    return True


@pytest.fixture
async def world(world, listens):
    if listens:
        await listen(world.services, world.tenant)
    return world


async def listen(services: Any, tenant: str) -> None:
    """A webhook for every event of the tenant."""
    moment = services.database.clock()
    row = {"id": f"whk_{tenant[4:]}", "tenant_id": tenant, "url": "https://hooks.test/", "events": list(EVENTS)}
    row |= {"status": "active", "secret": "sealed", "secret_masked": "…", "created_at": moment, "updated_at": moment}
    async with services.database.write() as connection:
        await put(connection, WEBHOOKS, row)


async def told(services: Any, *names: str) -> list[dict[str, Any]]:
    """The events of these names so far, as they are sent; of accounts and apps without names."""
    wanted = names or tuple(name for name in EVENTS if not name.startswith("approval."))
    query = sa.select(DELIVERIES.c.event, DELIVERIES.c.payload).order_by(DELIVERIES.c.created_at, DELIVERIES.c.id)
    async with services.database.read() as connection:
        rows = (await connection.execute(query)).all()
    return [msgspec.json.decode(payload) for name, payload in rows if name in wanted]


async def shown(world: World, provider: str) -> dict[str, Any]:
    """The account as the API shows it."""
    return (await world.client.get(f"/accounts/{world.accounts[provider]}")).json()


async def patched(world: World, provider: str, **changes: Any) -> Any:
    return await world.client.patch(f"/accounts/{world.accounts[provider]}", json=changes)


async def asked_for(world: World, provider: str, path: str, body: dict[str, Any]) -> str:
    """A write that waits for an approval; its id."""
    key = await world.key(scope=ASKS)
    answer = await world.send("POST", path, body, provider, Authorization=f"Bearer {key}")
    assert answer.status_code == 202, answer.text
    return answer.json()["approval"]["id"]


async def approval(world: World, approval_id: str) -> dict[str, Any]:
    """The row as it stands in the database."""
    async with world.services.database.read() as connection:
        found = await connection.execute(sa.select(APPROVALS).where(APPROVALS.c.id == approval_id))
        return dict(found.mappings().one())


def demo_credentials(provider: str, kind: str) -> dict[str, str]:
    """Credentials of a kind that the stand-in takes."""
    return next(one for one in discover()[provider].demo_credentials if one["type"] == kind)
