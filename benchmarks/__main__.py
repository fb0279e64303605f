"""`make bench`: whole paths side by side in one run. See docs/performance.md."""

import platform
import sys
from collections.abc import Callable

import msgspec
from rich.console import Console

from benchmarks import peers, results, service
from benchmarks.equality import check_peers
from benchmarks.figures import Figures
from benchmarks.goals import GOALS, goals_grid, judged
from benchmarks.latencies import added
from benchmarks.machine import cores, description, memory_mib, pin
from benchmarks.measure import Measured, Rounds, measure
from benchmarks.parts import shares
from benchmarks.plan import Plan, plan_from
from benchmarks.profiles import requests, sampled_requests
from benchmarks.results import Results, Table
from benchmarks.rows import Group, groups
from benchmarks.singles import compilations, holds
from benchmarks.starts import Start, measure_starts
from benchmarks.subjects import Subjects, started
from benchmarks.tables import grids, shown
from unified.version import __version__

OUT = Console(width=150)
PROFILED = ("mapped", "pass")
PROCESSES = {
    "nginx": "nginx",
    "node_hand": "Node: mapped by hand",
    "node_equal": "Node: mapped by hand, with our checks",
    "ours": "Unified",
    "many_accounts": "Unified, many accounts",
    "many_providers": "Unified, many providers",
    "two_workers": "Unified, two workers and their parent",
}


def main() -> int:
    plan = plan_from()
    pin(0, cores()[1])
    with OUT.status("start") as status:
        found = run(plan, status.update)
    judgement = judged(GOALS, found)
    for grid in [*grids(found), goals_grid(judgement)]:
        OUT.print(shown(grid))
    results.write(found)
    OUT.print(f"{found.rounds}. Written to {results.LATEST.relative_to(results.ROOT)}.")
    return 1 if any(one.fails for one in judgement) else 0


def run(plan: Plan, watch: Callable[[str], None]) -> Results:
    """Check the peers, measure all rows, then the latencies, memory and starts."""
    with started(plan, watch) as subjects:
        watch("check that all answer the same")
        check_peers(subjects)
        every = groups(subjects, plan)
        rows, rounds = measure([row for group in every for row in group.rows], plan, watch)
        latencies = added(subjects, plan, watch) if plan.wants("latency") else []
        memory = {
            title: memory_mib(subjects.running[name].pid) for name, title in PROCESSES.items() if name in subjects.running
        }
        return msgspec.structs.replace(
            complete(subjects, plan, every, rows, rounds),
            more=_singles(subjects, plan, watch),
            latencies=tuple(latencies),
            memory_mib=memory,
            starts=_starts(subjects, plan, watch) if plan.wants("start") else {},
            parts=_parts(subjects, plan, watch) if plan.wants("parts") else {},
        )


def complete(subjects: Subjects, plan: Plan, every: list[Group], rows: list[Measured], rounds: Rounds) -> Results:
    """The results of a run that measured only rows."""
    measured = {one.name: one for one in rows}
    return Results(
        taken=results.now(),
        commit=results.commit(),
        machine=description(),
        versions={"Unified": __version__, "Python": platform.python_version(), **peers.versions()},
        plan=plan,
        rounds=rounds,
        tables=tuple(_table(one, measured) for one in every),
        missing=subjects.missing,
        more={},
        latencies=(),
        memory_mib={},
        starts={},
        parts={},
    )


def _table(group: Group, measured: dict[str, Measured]) -> Table:
    return Table(name=group.name, title=group.title, like=group.like, rows=tuple(measured[row.name] for row in group.rows))


def _singles(subjects: Subjects, plan: Plan, watch: Callable[[str], None]) -> dict[str, Figures]:
    found = {}
    if plan.wants("hold"):
        watch("a large answer")
        found["hold_ms"] = holds(subjects.homes["ours"], subjects.running["ours"], plan.starts)
    if plan.wants("compile"):
        watch("compile the largest mapping")
        found["compile_ms"] = compilations(plan.starts)
    return found


def _starts(subjects: Subjects, plan: Plan, watch: Callable[[str], None]) -> dict[str, Start]:
    watch("start Unified again")
    home, port = subjects.homes["ours"], subjects.provider.port
    return {PROCESSES["ours"]: measure_starts(service.serve(home, port) for _ in range(plan.starts))}


def _parts(subjects: Subjects, plan: Plan, watch: Callable[[str], None]) -> dict[str, dict[str, float]]:
    home, file = subjects.homes["ours"], subjects.homes["ours"].folder / "stacks.txt"
    with service.serve(home, subjects.provider.port, sampled_to=file) as running:
        found = {}
        for name in PROFILED:
            watch(f"profile: {name}")
            request = requests(home)[name]
            found[name] = shares(sampled_requests(file, running, request, plan.profile_seconds))
        return found


if __name__ == "__main__":
    sys.exit(main())
