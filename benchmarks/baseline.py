"""What rows cost in loops of fixed work, and which of them cost more than a committed baseline says.

A ratio to the loop depends on the machine less than milliseconds do. The best round counts: other work on the machine makes a
round slower, never faster.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.measure import Measured

FILE: Final = Path(__file__).with_name("baseline.json")
ALLOWED: Final = 0.15
"""How much more a row may cost."""


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """The ratios of one run, and where it ran."""

    taken: str
    commit: str
    machine: dict[str, str]
    loops: dict[str, float]
    """Name of a row to its processor time in loops."""


class Regression(msgspec.Struct, frozen=True, kw_only=True):
    """A row that costs more than it may."""

    name: str
    before: float
    now: float

    def __str__(self) -> str:
        return f"{self.name}: {self.now:.2f} loops, {self.now / self.before - 1:.0%} more than {self.before:.2f}"


def in_loops(rows: Iterable[Measured], loop: Measured) -> dict[str, float]:
    """The cost of each row in loops."""
    return {row.name: round(row.milliseconds.best / loop.milliseconds.best, 4) for row in rows if row.name != loop.name}


def regressions(before: Mapping[str, float], now: Mapping[str, float]) -> list[Regression]:
    """The rows of both runs that cost more now than is allowed."""
    return [
        Regression(name=name, before=before[name], now=cost)
        for name, cost in now.items()
        if name in before and cost > before[name] * (1 + ALLOWED)
    ]


def read() -> Baseline:
    return msgspec.json.decode(FILE.read_bytes(), type=Baseline)


def write(baseline: Baseline) -> None:
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(baseline), indent=1) + b"\n")
