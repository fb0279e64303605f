"""Two tenants with one of everything."""

import pytest

from tests.security.world import open_world


@pytest.fixture
async def world(tmp_path):
    async with open_world("sqlite", tmp_path) as opened:
        yield opened
