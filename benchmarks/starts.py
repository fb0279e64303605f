"""How long Unified takes from its start to the first answer."""

import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Final

import msgspec

from benchmarks.figures import Figures
from benchmarks.load import drive, get
from benchmarks.machine import processor_seconds
from benchmarks.processes import Started

HEALTH: Final = get("/health")


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds from the start to the first 200 of /health."""

    elapsed: Figures
    processor: Figures


def measure_starts(services: Iterable[AbstractContextManager[Started]]) -> Start:
    """Start a service as often as there is one."""
    elapsed, processor = [], []
    for service in services:
        began = time.perf_counter()
        with service as started:
            drive(started.port, [HEALTH], count=1)
            elapsed.append(time.perf_counter() - began)
            processor.append(processor_seconds(started.pid))
    return Start(elapsed=Figures(rounds=tuple(elapsed)), processor=Figures(rounds=tuple(processor)))
