"""A migrated database in a fresh folder, with two tenants and a clock that tests move."""

from datetime import UTC, datetime

import pytest

from tests.clock import StillClock
from tests.databases import KINDS, fresh_url, migrated_url
from unified.store import tenants
from unified.store.engine.engine import open_database


@pytest.fixture
def clock():
    return StillClock(datetime(2026, 1, 1, 12, tzinfo=UTC))


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
async def empty_url(kind, tmp_path):
    async with fresh_url(kind, tmp_path) as url:
        yield url


@pytest.fixture
async def url(kind, tmp_path):
    async with migrated_url(kind, tmp_path) as url:
        yield url


@pytest.fixture
async def database(url, clock):
    database = await open_database(url, clock)
    for name in ("ten_1", "ten_2"):
        await tenants.add(database, name, name=name)
    yield database
    await database.close()
