"""A world for each test: the whole service in process, in front of stand-ins, with one account for each provider."""

from typing import Any

import pytest

from tests.world import World, catalog, open_world

__all__ = ["World", "catalog"]


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """Settings that a module or test adds to those of the service."""
    return {}


@pytest.fixture
async def world(tmp_path, more_settings):
    async with open_world(tmp_path, **more_settings) as opened:
        yield opened
