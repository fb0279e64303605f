"""`make bench-nightly`: fail when a row of Unified costs more than the committed baseline allows.

A row that seems to cost more is measured again: only one that does so twice fails the run.
"""

import argparse
import sys
from collections.abc import Callable
from typing import Final

import msgspec
from rich.console import Console

from benchmarks import baseline, results
from benchmarks.baseline import Baseline, in_loops, regressions
from benchmarks.machine import cores, description, pin
from benchmarks.measure import measure
from benchmarks.plan import Plan, plan_from
from benchmarks.rows import LOOP, groups
from benchmarks.subjects import started

ROWS: Final = ("pass", "mapped", "fields", "page_10", "rest_20", "tool_call", "mcp_call", "mcp_list", "read_100")
OUT: Final = Console()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nightly", description=__doc__)
    parser.add_argument("--refresh", action="store_true", help="write the baseline instead of comparing with it")
    refresh = parser.parse_args().refresh
    pin(0, cores()[1])
    plan = msgspec.structs.replace(plan_from(), rows=ROWS)
    with OUT.status("start") as status:
        costs = measured(plan, status.update)
        again = () if refresh else tuple(one.name for one in regressions(baseline.read().loops, costs))
        if again:
            costs |= measured(msgspec.structs.replace(plan, rows=again), status.update)
    if refresh:
        baseline.write(Baseline(taken=results.now(), commit=results.commit(), machine=description(), loops=costs))
    return verdict(costs)


def measured(plan: Plan, watch: Callable[[str], None]) -> dict[str, float]:
    """The cost of the plan's rows in loops."""
    with started(plan, watch) as subjects:
        rows = [row for group in groups(subjects, plan) for row in group.rows]
        found = {one.name: one for one in measure(rows, rounds=plan.rounds, seconds=plan.seconds, watch=watch)}
    return in_loops(found.values(), found[LOOP])


def verdict(costs: dict[str, float]) -> int:
    """Print every row beside the baseline; 1 when one costs too much."""
    before = baseline.read()
    for name, cost in costs.items():
        known = before.loops.get(name)
        change = f"{cost / known - 1:+.0%}" if known else "not in the baseline"
        OUT.print(f"{name:10} {cost:8.2f} loops  {change}")
    slower = regressions(before.loops, costs)
    for one in slower:
        OUT.print(f"[red]{one}[/red]")
    OUT.print(f"Baseline of {before.taken} at {before.commit}, {before.machine.get('processor', 'unknown processor')}.")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
