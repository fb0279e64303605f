"""Processor time of a piece of work, as a quiet machine would need it: that of a run may be shared, throttled or twice as slow.

A bound in seconds holds on the machine where it was measured. A known piece of work, measured at the same moment, tells how
much slower the machine is now, and the time is divided by that.
"""

import gc
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

QUIET_SECONDS = 0.0045
"""Processor time of `known_work` on a quiet machine with two cores, Python 3.13: `python -m tests.timing` prints that of yours."""


class Spent:
    """Seconds as a quiet machine would need them, known once the block has ended."""

    seconds = 0.0


def known_work() -> float:
    """Do what most of the service does (small objects, text, dictionaries) and return its processor time in seconds."""
    began = time.process_time()
    rows = [{"id": str(number), "name": f"name {number % 97}", "tags": [number, number + 1]} for number in range(6000)]
    found: dict[str, int] = {}
    for row in rows:
        found[str(row["name"])] = found.get(str(row["name"]), 0) + len(str(row["tags"]))
    if len(found) != 97:
        raise AssertionError("the known work is another one")
    return time.process_time() - began


def slowness() -> float:
    """How many times slower than a quiet machine this one is now; 1 where it is faster."""
    return max(statistics.median(known_work() for _ in range(5)) / QUIET_SECONDS, 1.0)


@contextmanager
def processor_time() -> Iterator[Spent]:
    """Measure the block. All that is alive before it is left out of collections, which is a second of a full run's heap."""
    spent = Spent()
    gc.freeze()
    began = time.process_time()
    try:
        yield spent
    finally:
        took = time.process_time() - began
        spent.seconds = took / slowness()
        gc.unfreeze()


if __name__ == "__main__":
    print(f"{min(known_work() for _ in range(50)):.4f} s at best, {known_work():.4f} s now")
