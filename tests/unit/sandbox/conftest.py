import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from tests.clock import StillClock
from unified_sandbox.app import Sandbox, create_sandbox
from unified_sandbox.standin import StandIn

PAGE = Path(__file__).parents[3] / "docs" / "sandbox.md"


@pytest.fixture
def clock() -> StillClock:
    return StillClock(datetime(2026, 11, 2, 12, tzinfo=UTC))


@pytest.fixture
def shelf_standin() -> StandIn:
    """The stand-in that docs/sandbox.md shows, run from the page, so that the page cannot go stale."""
    (source, *_) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict = {}
    exec(compile(source, str(PAGE), "exec"), names)
    return names["STANDIN"]


@pytest.fixture
def sandbox(clock: StillClock, shelf_standin) -> Sandbox:
    return create_sandbox({"shelf": shelf_standin}, clock=clock)


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(sandbox), base_url="http://sandbox") as client:
        client.headers["authorization"] = "Bearer demo-shelf"
        yield client
