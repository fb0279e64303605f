"""A migrated database of each kind with a tenant, and a clock that tests move."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.databases import KINDS, migrated_url
from unified.store import tenants
from unified.store.engine import open_database


class Clock:
    """Goes on like the real one, and further when a test says so."""

    def __init__(self):
        self.ahead = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.ahead

    def forward(self, **by):
        self.ahead += timedelta(**by)


@pytest.fixture
def clock():
    return Clock()


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
