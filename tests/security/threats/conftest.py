"""A world for every test."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.security.threats.world import WatchedService, opened


@pytest.fixture
async def world(tmp_path: Path, more_settings: dict[str, Any]) -> AsyncIterator[WatchedService]:
    async with opened(tmp_path, **more_settings) as ready:
        yield ready
