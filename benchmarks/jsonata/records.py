"""Pages that nobody tuned for: every list of every installed provider, in this engine and in jsonata-python.

Records are those that the providers' stand-ins answer for the first page of each list, asked through the service. The
mappings call the project's own functions, so jsonata-python runs behind the project's wrapper of it.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from statistics import geometric_mean
from typing import Any, Final
from unittest import mock

import msgspec
import time_machine
from rich.console import Console
from rich.table import Table

from benchmarks.functions import record_functions
from jsonata_benchmarks.comparison import same
from tests.cassettes.connect import CLOCK
from tests.conformance.subjects import Subject, mapping, subjects
from tests.conformance.world import opened
from unified.transform.records.record_mapper import RecordMapper
from unified_jsonata import Limits, compile
from unified_jsonata_reference.interpreter import Program

RECORDS: Final = 20
LIMITS: Final = Limits(timeout=30.0)
MIN_SECONDS: Final = 0.004
"""A timing is repeated over the records until it has taken so long."""
Seen = list[tuple[Any, Mapping[str, Any]]]
"""Records with the variables that they were mapped with."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One mapping's cost in microseconds a record; `agrees` says that both engines gave the same values."""

    subject: Subject
    records: int
    this: float
    reference: float
    agrees: bool


def gathered() -> dict[Subject, tuple[str, Seen]]:
    """Subject -> its record expression and the records of the first page. A list that fails or is empty is left out."""
    with time_machine.travel(CLOCK, tick=True):
        return asyncio.run(_gathered())


async def _gathered() -> dict[Subject, tuple[str, Seen]]:
    found: dict[Subject, tuple[str, Seen]] = {}
    seen: list[tuple[RecordMapper, Any, Mapping[str, Any]]] = []
    original = RecordMapper.mapper

    def mapper(shape: RecordMapper, bindings: dict[str, Any], **more: Any) -> Callable[[Any], list[dict[str, Any]]]:
        mapped = original(shape, bindings, **more)

        def map_objects(items: Any) -> list[dict[str, Any]]:
            seen.extend((shape, item, bindings) for item in items)
            return mapped(items)

        return map_objects

    async with opened() as world:
        with mock.patch.object(RecordMapper, "mapper", mapper):
            for subject in subjects("list"):
                asked = await world.given(subject)
                seen.clear()
                await world.first(subject, **asked, limit=RECORDS)
                own = [one for one in seen if one[0].model is mapping(subject).model]
                if own:
                    source = own[0][0].expression.source
                    records = [(item, names) for shape, item, names in own if shape.expression.source == source]
                    found[subject] = (source, records[:RECORDS])
    return found


def measured(subject: Subject, source: str, seen: Seen, rounds: int) -> Measured:
    """Both engines over the records, interleaved; the best round of each counts."""
    functions = record_functions(mapping(subject))
    evaluate = compile(source, functions).evaluate
    program = Program(source, functions).run
    this = _runner(lambda item, names: evaluate(item, names, LIMITS), seen)
    other = _runner(lambda item, names: program(item, names, LIMITS), seen)
    agrees = all(map(same, this(), other()))
    times = [(_microseconds(this, len(seen)), _microseconds(other, len(seen))) for _ in range(rounds)]
    best, reference = (min(one) for one in zip(*times, strict=True))
    return Measured(subject=subject, records=len(seen), this=best, reference=reference, agrees=agrees)


def _runner(evaluate: Callable[[Any, Mapping[str, Any]], Any], seen: Seen) -> Callable[[], list[Any]]:
    return lambda: [evaluate(item, names) for item, names in seen]


def _microseconds(run: Callable[[], object], records: int) -> float:
    times, began, ends = 0, time.process_time(), 0.0
    while ends - began < MIN_SECONDS:
        run()
        times += 1
        ends = time.process_time()
    return (ends - began) * 1e6 / times / records


def show(out: Console, rounds: int) -> None:
    """Measure every list and print one line each, with the geometric mean of each provider and of all providers.

    Raises:
        ValueError: No list of a provider gave records.
    """
    found = gathered()
    silent = {one.provider for one in subjects("list")} - {one.provider for one in found}
    if silent:
        raise ValueError(f"no list of these providers gave records: {sorted(silent)}")
    every = [measured(subject, source, seen, rounds) for subject, (source, seen) in found.items()]
    table = Table("mapping", "records", "this, µs", "jsonata-python, µs", "times", title="Record mappings of the catalog")
    for provider in sorted({one.subject.provider for one in every}):
        own = [one for one in every if one.subject.provider == provider]
        for one in own:
            name = f"{provider} {one.subject.model}{'' if one.agrees else ' (values differ)'}"
            figures = f"{one.this:.1f}", f"{one.reference:.1f}", f"{one.reference / one.this:.1f}"
            table.add_row(name, str(one.records), *figures)
        table.add_row(f"[bold]{provider}, mean[/bold]", "", "", "", f"[bold]{_mean(own):.1f}[/bold]", end_section=True)
    table.add_row("[bold]all, mean[/bold]", "", "", "", f"[bold]{_mean(every):.1f}[/bold]")
    out.print(table)
    for subject in subjects("list"):
        if subject not in found:
            out.print(f"[yellow]{subject.provider} {subject.model}: its stand-in gave no record.[/yellow]")


def _mean(found: list[Measured]) -> float:
    return geometric_mean(one.reference / one.this for one in found)
