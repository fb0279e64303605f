"""Interleaved rounds: in each round every row is measured once, so that a slow minute of the machine hits all rows."""

import gc
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from benchmarks.figures import Figures, percentile
from benchmarks.load import drive
from benchmarks.machine import cores, pinned, processor_seconds
from benchmarks.processes import Started

CONNECTIONS: Final = 8
"""How many requests of a closed loop are open at a time."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One row in one round."""

    milliseconds: float
    """Processor time of a request."""
    per_second: float
    p50_ms: float
    bytes: int = 0
    """The length of a response's body."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Something to measure: `run` makes so many requests, or calls, and says what they took."""

    name: str
    title: str
    run: Callable[[int], Sample]
    least: int = 1
    """The fewest requests of a round."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A row with all its rounds."""

    name: str
    title: str
    milliseconds: Figures
    per_second: Figures
    p50_ms: Figures
    bytes: int
    count: int
    """Requests a round."""


def http_row(name: str, title: str, subject: Started, *requests: bytes, connections: int = CONNECTIONS) -> Row:
    """A row of requests to a process, which are taken in turn."""
    offset = 0

    def run(count: int) -> Sample:
        nonlocal offset
        taken = [requests[(offset + number) % len(requests)] for number in range(min(count, len(requests)))]
        offset += count
        before = processor_seconds(subject.pid)
        load = drive(subject.port, taken, count=count, connections=connections)
        spent = processor_seconds(subject.pid) - before
        return Sample(
            milliseconds=spent * 1000 / count,
            per_second=load.per_second,
            p50_ms=percentile(load.latencies, 0.5) * 1000,
            bytes=len(load.last),
        )

    return Row(name=name, title=title, run=run, least=connections)


def local_row(name: str, title: str, call: Callable[[], object], *, units: float = 1.0) -> Row:
    """A row of calls in this process, on the subject's core; each call does so many units of what is counted."""

    def run(count: int) -> Sample:
        with pinned(cores()[0]):
            began, before = time.perf_counter(), time.process_time()
            for _ in range(count):
                call()
            spent, took = time.process_time() - before, time.perf_counter() - began
        return Sample(milliseconds=spent * 1000 / count / units, per_second=count / took, p50_ms=took * 1000 / count)

    return Row(name=name, title=title, run=run)


def measure(
    rows: Sequence[Row], *, rounds: int, seconds: float, watch: Callable[[str], None] = lambda _: None
) -> list[Measured]:
    """Warm every row up, then measure all of them in each of the rounds; a row gets about `seconds` in each."""
    counts: dict[str, int] = {}
    for row in rows:
        watch(f"warm up: {row.title}")
        counts[row.name] = _count(row, seconds)
    samples: dict[str, list[Sample]] = {row.name: [] for row in rows}
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            for row in rows:
                watch(f"round {number + 1} of {rounds}: {row.title}")
                samples[row.name].append(row.run(counts[row.name]))
    finally:
        gc.enable()
    return [_measured(row, samples[row.name], counts[row.name]) for row in rows]


def _count(row: Row, seconds: float) -> int:
    """How many requests take that long; found by runs that also warm the subject up."""
    count = row.least
    for _ in range(3):
        count = max(row.least, int(row.run(count).per_second * seconds))
    return count


def _measured(row: Row, samples: Sequence[Sample], count: int) -> Measured:
    return Measured(
        name=row.name,
        title=row.title,
        milliseconds=Figures(rounds=tuple(one.milliseconds for one in samples)),
        per_second=Figures(rounds=tuple(one.per_second for one in samples)),
        p50_ms=Figures(rounds=tuple(one.p50_ms for one in samples)),
        bytes=samples[-1].bytes,
        count=count,
    )
