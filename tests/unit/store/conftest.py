"""A migrated database in a fresh folder, with two tenants and a clock that tests move."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.databases import KINDS, fresh_url, migrated_url
from unified.store import tenants
from unified.store.engine import open_database


class Clock:
    """Stands still until a test moves it."""

    def __init__(self):
        self.now = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.now

    def forward(self, **by):
        self.now += timedelta(**by)


@pytest.fixture
def clock():
    return Clock()


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
