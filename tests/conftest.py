"""What every subject's tests share: none takes long, so that the suite is run, and each may have a world.

Long and random runs have a small size here and their full size in `make soak`. The few that cannot be made smaller say so with
the mark `takes`.
"""

import gc
import math
import time
from typing import Any

import pytest
from hypothesis import settings

from tests.sizes import FULL_SIZE, RANDOM, examples
from tests.timing import slowness

pytest_plugins = ["tests.page_fixtures", "tests.command_fixtures", "tests.trace_fixtures"]
"""Fixtures that tests of several subjects use: pages in a browser, commands, and traces."""
MAX_CPU_SECONDS = 10.0
"""Processor time of one test with its fixtures; other load on the machine, and processes that it starts, do not count."""
MAX_WALL_SECONDS = 120.0
SLOW = 3
"""How many times as much a test with the mark `slow` may take; `make test` does without them."""
# No deadline for a single value: a shared machine may be slow for a moment, and the test as a whole has a limit.
settings.register_profile("unified", derandomize=not (RANDOM or FULL_SIZE), max_examples=examples(100), deadline=None)
settings.load_profile("unified")
START = pytest.StashKey[tuple[float, float]]()
YOUNG_OBJECTS = 20_000
"""A look for garbage goes through all that lives, and catalogs and tests do: often, it takes an eighth of the time."""


def pytest_configure():
    gc.set_threshold(YOUNG_OBJECTS, 10, 10)


def pytest_collection_finish():
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    item.stash[START] = (time.process_time(), time.perf_counter())
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "teardown" and report.outcome == "passed" and not FULL_SIZE:
        cpu, wall = item.stash[START]
        fault = took_too_long(item, time.process_time() - cpu, time.perf_counter() - wall)
        if fault is not None:
            report.outcome, report.longrepr = "failed", fault
    return report


def took_too_long(item: pytest.Item, used: float, took: float) -> str | None:
    """Say what was too long about a test that used so many seconds of the processor and took so many in all."""
    mark = item.get_closest_marker("takes")
    times = 1 if item.get_closest_marker("slow") is None else SLOW
    most = times * (MAX_CPU_SECONDS if mark is None else mark.kwargs["seconds"])
    waits = item.get_closest_marker("deploy") is not None  # for package registries and other servers
    longest = math.inf if waits else times * MAX_WALL_SECONDS
    if used <= most and took <= longest:
        return None
    slower = slowness()  # measured for the few that need it
    if used <= most * slower and took <= longest * slower:
        return None
    return (
        f"{item.nodeid} took {used:.1f} s of processor time and {took:.1f} s in all; expected at most {most:.0f} and {longest:.0f}, "
        f"{slower:.1f} times as much on this machine: make it smaller here, and give it its full size in `make soak`"
    )


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """Settings that a folder, module or class adds to those of the service."""
    return {}


@pytest.fixture
async def world(request, tmp_path, more_settings):
    """The whole service in process, in front of stand-ins, with one account for each of the showcase.

    A test with a parameter `provider` has an account there too.
    """
    from tests.world import SHOWCASE, open_world  # loads the whole service, which most unit tests do not need

    asked = getattr(getattr(request.node, "callspec", None), "params", {}).get("provider")
    names = dict.fromkeys((*SHOWCASE, asked)) if isinstance(asked, str) else SHOWCASE
    async with open_world(tmp_path, providers=tuple(names), **more_settings) as opened:
        yield opened
