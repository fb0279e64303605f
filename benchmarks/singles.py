"""Figures that are no rows of requests: how long one large answer holds the event loop, and the compilation of a mapping."""

import time
from collections.abc import Callable
from statistics import median

from benchmarks import service
from benchmarks.figures import Figures
from benchmarks.functions import record_functions
from benchmarks.load import Connection, drive, get
from benchmarks.pages import LARGE
from benchmarks.processes import Started
from benchmarks.subjects import catalog
from jsonata_benchmarks.caches import forget
from unified_jsonata import compile

HEALTH = get("/health")


def holds(home: service.Home, ours: Started, rounds: int) -> Figures:
    """Milliseconds of the longest wait of another request while an answer of nearly 8 MiB is read and mapped."""
    usual = median(drive(ours.port, [HEALTH], count=50).latencies)
    return Figures(rounds=tuple((_longest(home, ours) - usual) * 1000 for _ in range(rounds)))


def _longest(home: service.Home, ours: Started) -> float:
    """Ask for small answers, one after another, until the large one is there."""
    large, small = Connection(ours.port), Connection(ours.port)
    try:
        large.send(service.contacts(home, LARGE), time.perf_counter())
        large.socket.settimeout(0)
        longest = 0.0
        while not _arrived(large):
            began = time.perf_counter()
            small.send(HEALTH, began)
            while small.receive() is None:
                pass
            longest = max(longest, time.perf_counter() - began)
        return longest
    finally:
        large.socket.close()
        small.socket.close()


def _arrived(connection: Connection) -> bool:
    try:
        return connection.receive() is not None
    except BlockingIOError:
        return False


def compilations(rounds: int) -> Figures:
    """Processor milliseconds to compile the largest record expression of the installed mappings, with nothing remembered."""
    installed = catalog()
    largest = max((installed.compiled(*one) for one in installed.mappings()), key=lambda one: len(one.record.source))
    source, functions = largest.record.source, record_functions(largest)
    return compiled(lambda: compile(source, functions), rounds)


def compiled(run: Callable[[], object], rounds: int) -> Figures:
    """Processor milliseconds of a compilation that finds nothing remembered."""
    return Figures(rounds=tuple(_timed(run) for _ in range(rounds)))


def _timed(run: Callable[[], object]) -> float:
    forget()
    began = time.process_time()
    run()
    return (time.process_time() - began) * 1000
