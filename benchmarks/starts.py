"""How long Unified takes from its start to the first answer."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager

from benchmarks.figures import Figures
from benchmarks.load import drive, get
from benchmarks.processes import Started

HEALTH = get("/health")


def start_times(open_service: "Iterator[AbstractContextManager[Started]]") -> Figures:
    """Start a service as often as the iterator gives one; milliseconds from each start to the first 200 of /health."""
    times = []
    for service in open_service:
        began = time.perf_counter()
        with service as started:
            drive(started.port, [HEALTH], count=1)
            times.append((time.perf_counter() - began) * 1000)
    return Figures(rounds=tuple(times))
