"""Profiles of rows: the service runs under the sampler while a closed loop keeps it busy."""

import os
import signal
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks import service
from benchmarks.load import drive
from benchmarks.machine import cores, pinned
from benchmarks.measure import CONNECTIONS
from benchmarks.processes import Started
from benchmarks.rows import SMALL, library_calls
from benchmarks.sampler import Sampler, Stack, unfolded

WARM: Final = 1.0
"""Seconds of load before the sampling begins."""


def requests(home: service.Home) -> dict[str, bytes]:
    """The rows of requests that can be profiled."""
    return {
        "pass": service.passed_through(home),
        "mapped": service.contacts(home),
        "fields": service.contacts(home, fields=service.FIELDS),
        "page_1": service.contacts(home, 1),
        "page_10": service.contacts(home, 10),
        "tool_call": service.tool_call(home, SMALL),
        "mcp_call": service.mcp_call(home, SMALL),
    }


def sampled_requests(file: Path, running: Started, request: bytes, seconds: float) -> Counter[Stack]:
    """The stacks of a service that answers one request again and again; it was started with `sampled_to=file`."""
    _keep_busy(running, request, WARM)
    os.kill(running.pid, signal.SIGUSR1)
    _keep_busy(running, request, seconds)
    os.kill(running.pid, signal.SIGUSR1)
    _keep_busy(running, request, 0.1)  # a signal is handled between two steps of the loop
    return unfolded(file.read_text(encoding="utf-8"))


def sampled_calls(name: str, seconds: float) -> Counter[Stack]:
    """The stacks of calls in this process."""
    call, sampler = library_calls()[name], Sampler()
    call()
    with pinned(cores()[0]):
        sampler.start()
        ends = time.process_time() + seconds
        while time.process_time() < ends:
            call()
        sampler.stop()
    return sampler.stacks


def _keep_busy(running: Started, request: bytes, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        drive(running.port, [request], count=CONNECTIONS, connections=CONNECTIONS)


def known(home: service.Home) -> Mapping[str, object]:
    """Every row that can be profiled."""
    return {**requests(home), **library_calls()}
