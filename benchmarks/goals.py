"""What a request may cost, against what a run measured: the goals that changes of the request path are judged by."""

from collections.abc import Callable
from typing import Final

import msgspec

from benchmarks.figures import ratio
from benchmarks.results import Results
from benchmarks.tables import NONE, Grid

Reading = Callable[[Results], float | None]


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """One goal: at most `goal`, and in any case at most `least`; both have the unit of the reading."""

    title: str
    goal: float
    least: float
    unit: str
    measured: Reading


def times(name: str, base: str) -> Reading:
    """How many times the base's processor time a row takes."""

    def measured(results: Results) -> float | None:
        row, other = results.row(name), results.row(base)
        return None if row is None or other is None else ratio(row.milliseconds, other.milliseconds).median

    return measured


def more(name: str, base: str) -> Reading:
    """Processor milliseconds that a row takes more than another."""

    def measured(results: Results) -> float | None:
        row, other = results.row(name), results.row(base)
        return None if row is None or other is None else row.milliseconds.median - other.milliseconds.median

    return measured


def _memory(results: Results) -> float | None:
    return results.memory_mib.get("Unified")


def _start(results: Results) -> float | None:
    start = results.starts.get("Unified")
    return None if start is None else start.elapsed.median


GOALS: Final = (
    Goal(title="mapped page, against Node by hand", goal=1.0, least=1.3, unit="×", measured=times("mapped", "node_hand")),
    Goal(
        title="mapped page, against Node with npm jsonata",
        goal=1 / 14,
        least=1 / 10,
        unit="×",
        measured=times("mapped", "node_jsonata"),
    ),
    Goal(title="pass-through, against nginx", goal=6, least=9, unit="×", measured=times("pass", "nginx")),
    Goal(title="12 fields, against all fields", goal=0.6, least=0.7, unit="×", measured=times("fields", "mapped")),
    Goal(title="page of 10, against Node by hand", goal=1.3, least=2, unit="×", measured=times("page_10", "node_hand_10")),
    Goal(
        title="read() of 100 records, against Python by hand",
        goal=1.3,
        least=1.6,
        unit="×",
        measured=times("read_100", "by_hand"),
    ),
    Goal(title="MCP tool call, above the REST call", goal=0.6, least=0.6, unit=" ms", measured=more("mcp_call", "rest_20")),
    Goal(
        title="10,000 accounts, one used, against 1",
        goal=1.1,
        least=1.1,
        unit="×",
        measured=times("accounts_stored", "page_10"),
    ),
    Goal(title="60 providers, against 6", goal=1.1, least=1.1, unit="×", measured=times("providers", "page_10")),
    Goal(title="memory of a worker after the load", goal=150, least=170, unit=" MiB", measured=_memory),
    Goal(title="start until /health answers", goal=1, least=1.5, unit=" s", measured=_start),
)


def goals_grid(results: Results) -> Grid:
    """Every goal with what was measured."""
    lines = tuple(
        (one.title, _shown(one.goal, one.unit), _shown(one.least, one.unit), _shown(value, one.unit), _verdict(one, value))
        for one in GOALS
        for value in (one.measured(results),)
    )
    return Grid(title="Goals", heads=("what", "goal", "at most", "measured", ""), lines=lines)


def _shown(value: float | None, unit: str) -> str:
    return NONE if value is None else f"{value:.3g}{unit}"


def _verdict(goal: Goal, value: float | None) -> str:
    if value is None:
        return "not measured"
    return "reached" if value <= goal.goal else "nearly" if value <= goal.least else "missed"
