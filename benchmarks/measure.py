"""Interleaved rounds: in each round every row is measured once, so that a slow minute of the machine hits all rows.

A round in which another process took part of the machine is dropped, and the run says so.
"""

import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from benchmarks.disturbance import watched
from benchmarks.figures import Figures, percentile
from benchmarks.load import drive
from benchmarks.machine import cores, pinned, processor_seconds
from benchmarks.plan import Plan
from benchmarks.processes import Started
from unified.server.garbage import expect_requests

CONNECTIONS: Final = 8
"""How many requests of a closed loop are open at a time."""
SETTLED_ROUNDS: Final = 3
SETTLED: Final = 0.03
"""How close together the last rounds of a warm row are."""
TRIES: Final = 2
"""Rounds that are run at most, as a multiple of those that are wanted."""
LEAST_KEPT: Final = 3
"""With fewer undisturbed rounds, none is dropped."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One row in one round."""

    milliseconds: float
    """Processor time of a request."""
    per_second: float
    p50_ms: float
    bytes: int = 0
    """The length of a response's body."""
    disturbed: bool = False
    """Whether other processes took part of the machine meanwhile."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Something to measure: `run` makes so many requests, or calls, and says what they took."""

    name: str
    title: str
    run: Callable[[int], Sample]
    least: int = 1
    """The fewest requests of a round."""


class Rounds(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the rounds of a run."""

    kept: int
    dropped: int
    """Rounds that another process disturbed."""
    disturbed: bool
    """Whether nearly all rounds were disturbed, so that none of them was dropped."""

    def __str__(self) -> str:
        if self.disturbed:
            return f"{self.kept} rounds, which other processes disturbed: the machine was busy"
        return f"{self.kept} rounds, without {self.dropped} that another process disturbed"


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
        with watched(subject.pid) as meanwhile:
            load = drive(subject.port, taken, count=count, connections=connections)
        spent = processor_seconds(subject.pid) - before
        return Sample(
            milliseconds=spent * 1000 / count,
            per_second=load.per_second,
            p50_ms=percentile(load.latencies, 0.5) * 1000,
            bytes=len(load.last),
            disturbed=meanwhile.is_large,
        )

    return Row(name=name, title=title, run=run, least=connections)


def local_row(name: str, title: str, call: Callable[[], object], *, units: float = 1.0) -> Row:
    """A row of calls in this process, on the subject's core; each call does so many units of what is counted."""

    def run(count: int) -> Sample:
        with pinned(cores()[0]), watched(os.getpid()) as meanwhile:
            began, before = time.perf_counter(), time.process_time()
            for _ in range(count):
                call()
            spent, took = time.process_time() - before, time.perf_counter() - began
        return Sample(
            milliseconds=spent * 1000 / count / units,
            per_second=count / took,
            p50_ms=took * 1000 / count,
            disturbed=meanwhile.is_large,
        )

    return Row(name=name, title=title, run=run)


def measure(rows: Sequence[Row], plan: Plan, watch: Callable[[str], None] = lambda _: None) -> tuple[list[Measured], Rounds]:
    """Warm every row up until its figure settles, then measure all of them in each of the rounds."""
    counts: dict[str, int] = {}
    for row in rows:
        watch(f"warm up: {row.title}")
        counts[row.name] = warmed(row, plan.seconds, plan.warm_rounds)
    kept: list[dict[str, Sample]] = []
    disturbed: list[dict[str, Sample]] = []
    with collected_as_in_service():
        while len(kept) < plan.rounds and len(kept) + len(disturbed) < plan.rounds * TRIES:
            number = len(kept) + len(disturbed) + 1
            found = _round(rows, counts, watch, number)
            (disturbed if any(one.disturbed for one in found.values()) else kept).append(found)
    if len(kept) < min(LEAST_KEPT, plan.rounds):  # a busy machine: figures of a few quiet moments would say no more
        kept, disturbed = [*kept, *disturbed][: plan.rounds], []
        rounds = Rounds(kept=len(kept), dropped=0, disturbed=True)
    else:
        rounds = Rounds(kept=len(kept), dropped=len(disturbed), disturbed=False)
    return [_measured(row, [one[row.name] for one in kept], counts[row.name]) for row in rows], rounds


def _round(rows: Sequence[Row], counts: Mapping[str, int], watch: Callable[[str], None], number: int) -> dict[str, Sample]:
    """Every row once; one that another process disturbed is measured again, once."""
    found = {}
    for row in rows:
        watch(f"round {number}: {row.title}")
        try:
            sample = row.run(counts[row.name])
            found[row.name] = row.run(counts[row.name]) if sample.disturbed else sample
        except (OSError, RuntimeError) as problem:
            raise RuntimeError(f"{row.title}: {problem}") from problem
    return found


@contextmanager
def collected_as_in_service() -> Iterator[None]:
    """Let the garbage collector run as it does in the service, for the rows in this process."""
    before = gc.get_threshold()
    gc.collect()
    expect_requests()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def warmed(row: Row, seconds: float, most: int) -> int:
    """Run a row until its last three figures are close together; how many requests take so many seconds."""
    row.run(1)  # what is made at the first request is made once
    count, times = row.least, list[float]()
    while len(times) < most and not settled(times):
        sample = row.run(count)
        count = max(row.least, int(sample.per_second * seconds))
        times.append(sample.milliseconds)
    return count


def settled(times: Sequence[float]) -> bool:
    """Whether the last figures are close together."""
    last = times[-SETTLED_ROUNDS:]
    return len(last) == SETTLED_ROUNDS and max(last) <= min(last) * (1 + SETTLED)


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
