"""A migrated database of each kind with a tenant, and a clock that tests move."""

import pytest

from tests.clock import RunningClock
from tests.databases import KINDS, migrated_url
from unified.store import tenants
from unified.store.engine.engine import open_database


@pytest.fixture
def clock():
    return RunningClock()


@pytest.fixture(params=KINDS)
async def url(request, tmp_path):
    async with migrated_url(request.param, tmp_path) as url:
        yield url


@pytest.fixture
async def database(url, clock):
    opened = await open_database(url, clock)
    await tenants.add(opened, "ten_1", name="one")
    yield opened
    await opened.close()
