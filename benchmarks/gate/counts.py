"""What a call does that does not depend on the machine: bytecodes executed, calls made, SQL statements sent, memory held."""

import asyncio
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks.gate.observed import Counts
from benchmarks.gate.sides import Side
from unified.service.runtime.audit_writer import BATCH_INTERVAL

MONITORING: Final[Any] = getattr(sys, "monitoring", None)
"""Counts bytecodes; None before Python 3.12, where only statements and memory are counted."""
PASSES: Final = 5
"""How often each page of a request is counted."""
WRITTEN_SECONDS: Final = 0.05
"""In which a batch of the audit is written."""


async def counted(side: Side) -> Counts:
    """What one call does, on average over the pages that take turns.

    Of each page the pass with the fewest bytecodes counts: what runs beside requests, such as a look at a file each second,
    adds to a few. Statements are counted apart: the row of the audit is written in the background, in a pause after a request.
    """
    if side.ready is not None:
        await side.ready()
    passes = [[await _counted_once(side) for _ in range(side.turns)] for _ in range(1 if side.ready is None else PASSES)]
    least = [min(same, key=lambda one: one.bytecodes) for same in zip(*passes, strict=True)]
    return Counts(
        bytecodes=sum(one.bytecodes for one in least) / side.turns,
        calls=sum(one.calls for one in least) / side.turns,
        statements=0 if side.ready is None else min([await _statements(side) for _ in range(PASSES)]),
        kib=min([await _held(side) for _ in range(side.turns)]),
    )


async def _counted_once(side: Side) -> Counts:
    found = Counts()
    with _bytecodes(found):
        await side.act(1)
    return found


@contextmanager
def _bytecodes(found: Counts) -> Iterator[None]:
    def bytecode(_code: object, _offset: int) -> None:
        found.bytecodes += 1

    def call(*_: object) -> None:
        found.calls += 1

    if MONITORING is None:
        yield
        return
    tool, events = MONITORING.PROFILER_ID, MONITORING.events
    MONITORING.use_tool_id(tool, "gate")
    MONITORING.register_callback(tool, events.INSTRUCTION, bytecode)
    MONITORING.register_callback(tool, events.CALL, call)
    MONITORING.set_events(tool, events.INSTRUCTION | events.CALL)
    try:
        yield
    finally:
        MONITORING.set_events(tool, 0)
        MONITORING.free_tool_id(tool)


async def _statements(side: Side) -> int:
    found = 0

    def statement(*_: object) -> None:
        nonlocal found
        found += 1

    event.listen(Engine, "before_cursor_execute", statement)
    try:
        await side.act(1)
        await asyncio.sleep(BATCH_INTERVAL + WRITTEN_SECONDS)
    finally:
        event.remove(Engine, "before_cursor_execute", statement)
    return found


async def _held(side: Side) -> float:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await side.act(1)
        return (tracemalloc.get_traced_memory()[1] - before) / 1024
    finally:
        tracemalloc.stop()
