"""What all tests of the engine share: none takes long, and none can import the product.

Long and random runs have a small size here, and their full size with UNIFIED_TEST_FULL_SIZE.
"""

import gc
import statistics
import sys
import time
from importlib.abc import MetaPathFinder

import pytest
from hypothesis import settings

from tests.sizes import FULL_SIZE, RANDOM, examples

MAX_CPU_SECONDS = 10.0
"""Processor time of one test with its fixtures; processes that it starts do not count."""
SLOW = 3
"""How many times as much a test with the mark `slow` may take."""
QUIET_SECONDS = 0.0045
"""Processor time of `known_work` on a quiet machine with two cores, Python 3.13."""
PRODUCT = ("unified", "unified_sandbox", "benchmarks")
"""Packages of the product, which may be installed beside the engine."""
STARTED = pytest.StashKey[float]()
YOUNG_OBJECTS = 20_000
"""A look for garbage goes through all that lives: often, it takes much of the time."""

settings.register_profile("engine", derandomize=not (RANDOM or FULL_SIZE), max_examples=examples(100), deadline=None)
settings.load_profile("engine")


class Refusing(MetaPathFinder):
    """Refuses the product's packages to whatever imports them in this process."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] in PRODUCT:
            raise ModuleNotFoundError(f"the engine and its tests import nothing of the product, and {fullname} is part of it")


def pytest_configure():
    sys.meta_path.insert(0, Refusing())
    gc.set_threshold(YOUNG_OBJECTS, 10, 10)


def pytest_collection_finish():
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    item.stash[STARTED] = time.process_time()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "teardown" and report.outcome == "passed" and not FULL_SIZE:
        used = time.process_time() - item.stash[STARTED]
        most = MAX_CPU_SECONDS * (1 if item.get_closest_marker("slow") is None else SLOW)
        if used > most and used > most * slowness():
            report.outcome, report.longrepr = (
                "failed",
                f"{item.nodeid} took {used:.1f} s of processor time; expected {most:.0f}",
            )
    return report


def slowness() -> float:
    """How many times slower than a quiet machine this one is now; 1 where it is faster."""
    return max(statistics.median(known_work() for _ in range(5)) / QUIET_SECONDS, 1.0)


def known_work() -> float:
    """Do what an evaluation does (small objects, text, dictionaries) and return its processor time in seconds."""
    began = time.process_time()
    rows = [{"id": str(number), "name": f"name {number % 97}", "tags": [number, number + 1]} for number in range(6000)]
    found: dict[str, int] = {}
    for row in rows:
        found[str(row["name"])] = found.get(str(row["name"]), 0) + len(str(row["tags"]))
    assert len(found) == 97
    return time.process_time() - began
