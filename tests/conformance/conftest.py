"""Two worlds for the whole session: one is only read, so that its lists can be kept; the other is written to and broken."""

import pytest
import pytest_asyncio
import time_machine

from tests.cassettes.connect import CLOCK
from tests.conformance.world import opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world():
    async with opened() as one:
        yield one


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def changing():
    async with opened() as one:
        yield one


@pytest.fixture(autouse=True)
def _no_fault_is_left(request):
    """A planted fault that is not used would hit whatever test comes next."""
    yield
    for name in {"world", "changing"} & {*request.fixturenames}:
        left = request.getfixturevalue(name).unused_faults()
        if left:
            pytest.fail(f"this test planted faults that no call hit: {'; '.join(left)}", pytrace=False)


@pytest.fixture(autouse=True)
def _stand_ins_day():
    """What is asked for from today on is asked for on the day that the stand-ins' data ends."""
    with time_machine.travel(CLOCK, tick=True):
        yield
