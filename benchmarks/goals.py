"""What a request, the engine and a start may cost, as data, and what was measured beside it.

`goal` is what changes are judged by. A run that misses a `least` figure ends with status 1.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Generic, TypeVar

import msgspec

from benchmarks.figures import ratio
from benchmarks.results import Results
from benchmarks.tables import NONE, Grid

Run = TypeVar("Run")
Ratios = dict[str, float]
"""What `make bench-jsonata` measured: a name to a geometric mean."""


class Goal(msgspec.Struct, Generic[Run], frozen=True, kw_only=True):
    """One goal, in the unit of what is read from a run."""

    title: str
    goal: float
    least: float | None = None
    unit: str = "×"
    at_least: bool = False
    """Whether more is better."""
    read: Callable[[Run], float | None]

    def reached(self, bound: float, value: float) -> bool:
        return value >= bound if self.at_least else value <= bound


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A goal with what was measured; None where it was not."""

    title: str
    goal: str
    least: str
    measured: str
    verdict: str
    """`met`, `least met`, `missed` or `not measured`."""
    fails: bool


def times(name: str, base: str) -> Callable[[Results], float | None]:
    """How many times the base's processor time a row takes."""

    def read(results: Results) -> float | None:
        row, other = results.row(name), results.row(base)
        return None if row is None or other is None else ratio(row.milliseconds, other.milliseconds).median

    return read


def more(name: str, base: str) -> Callable[[Results], float | None]:
    """Processor milliseconds that a row takes more than another."""

    def read(results: Results) -> float | None:
        row, other = results.row(name), results.row(base)
        return None if row is None or other is None else row.milliseconds.median - other.milliseconds.median

    return read


def cost(name: str) -> Callable[[Results], float | None]:
    """Processor milliseconds of a row."""

    def read(results: Results) -> float | None:
        row = results.row(name)
        return None if row is None else row.milliseconds.median

    return read


def single(name: str) -> Callable[[Results], float | None]:
    """A figure that is no row."""

    def read(results: Results) -> float | None:
        return results.more[name].median if name in results.more else None

    return read


def _start(results: Results) -> float | None:
    start = results.starts.get("Unified")
    return None if start is None else start.elapsed.median


MAPPED: Final[tuple[Goal[Results], ...]] = (
    Goal(title="mapped page, against Node by hand", goal=1.0, least=1.3, read=times("mapped", "node_hand")),
    Goal(
        title="Node with npm jsonata, against the mapped page",
        goal=14,
        least=10,
        at_least=True,
        read=times("node_jsonata", "mapped"),
    ),
    Goal(title="page of 10, against Node's page of 10", goal=2, least=3.5, read=times("page_10", "node_hand_10")),
    Goal(title="12 fields, against all fields", goal=0.6, least=0.7, read=times("fields", "mapped")),
    Goal(title="pass-through, against nginx", goal=9, least=12, read=times("pass", "nginx")),
    Goal(title="a hidden field, against none", goal=1.05, read=times("hidden", "mapped")),
    Goal(title="1,000 chosen companies, against none", goal=1.05, read=times("chosen", "linked")),
    Goal(title="60 providers, against those installed", goal=1.05, read=times("providers", "page_10")),
    Goal(title="10,000 accounts, one used, against 1", goal=1.05, read=times("accounts_stored", "page_10")),
    Goal(title="10,000 accounts in turn, against 1", goal=1.2, read=times("accounts_used", "page_10")),
    Goal(title="MCP tool call, above the REST call", goal=0.6, least=1, unit=" ms", read=more("mcp_call", "rest_20")),
    Goal(title="tools/list of 79 tools, again", goal=1, least=2, unit=" ms", read=cost("mcp_list_80")),
)
"""The goals that the acceptance measures too."""
GOALS: Final[tuple[Goal[Results], ...]] = (
    *MAPPED,
    Goal(title="read() of 100 records, against Python by hand", goal=1.3, least=1.6, read=times("read_100", "by_hand")),
    Goal(title="compilation of the largest mapping", goal=5, unit=" ms", read=single("compile_ms")),
    Goal(title="start until /health answers", goal=1.2, least=1.8, unit=" s", read=_start),
    Goal(
        title="memory of a worker after the load",
        goal=150,
        least=165,
        unit=" MiB",
        read=lambda results: results.memory_mib.get("Unified"),
    ),
    Goal(title="longest hold of the event loop by one answer", goal=50, least=100, unit=" ms", read=single("hold_ms")),
)


def _mean(name: str) -> Callable[[Ratios], float | None]:
    return lambda found: found.get(name)


ENGINE: Final[tuple[Goal[Ratios], ...]] = (
    Goal(
        title="jsonata-python, against this engine, given pages",
        goal=120,
        least=100,
        at_least=True,
        read=_mean("jsonata-python"),
    ),
    Goal(title="this engine, against Python by hand, given pages", goal=1.3, least=1.5, read=_mean("hand")),
    Goal(title="npm jsonata, against this engine, given pages", goal=22, at_least=True, read=_mean("node")),
    Goal(title="this engine, against Python by hand, pages that nobody tuned for", goal=2.5, least=4, read=_mean("own hand")),
    Goal(title="compilation of the largest mapping", goal=5, unit=" ms", read=_mean("compile_ms")),
)
"""Goals of `make bench-jsonata`."""


def judged(goals: Iterable[Goal[Run]], run: Run) -> list[Judged]:
    """Every goal with what was measured."""
    return [_judged(one, one.read(run)) for one in goals]


def _judged(goal: Goal[Run], value: float | None) -> Judged:
    missed = value is not None and goal.least is not None and not goal.reached(goal.least, value)
    return Judged(
        title=goal.title,
        goal=f"{'≥' if goal.at_least else '≤'} {_shown(goal.goal, goal.unit)}",
        least=_shown(goal.least, goal.unit),
        measured=_shown(value, goal.unit),
        verdict=_verdict(goal, value, missed=missed),
        fails=missed,
    )


def _verdict(goal: Goal[Run], value: float | None, *, missed: bool) -> str:
    if value is None:
        return "not measured"
    if goal.reached(goal.goal, value):
        return "met"
    return "missed" if missed or goal.least is None else "least met"


def goals_grid(found: Sequence[Judged]) -> Grid:
    """The goals as a table."""
    lines = tuple((one.title, one.goal, one.least, one.measured, one.verdict) for one in found)
    return Grid(title="Goals", heads=("what", "goal", "least", "measured", ""), lines=lines)


def _shown(value: float | None, unit: str) -> str:
    return NONE if value is None else f"{value:.3g}{unit}"
