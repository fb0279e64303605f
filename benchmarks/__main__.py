"""`make bench`: whole paths side by side in one run. See docs/performance.md."""

import platform
from collections.abc import Callable

from rich.console import Console
from rich.table import Table as RichTable

from benchmarks import peers, results, service
from benchmarks.equality import check_peers
from benchmarks.latencies import added
from benchmarks.machine import cores, description, memory_mib, pin
from benchmarks.measure import Measured, Row, measure
from benchmarks.parts import shares
from benchmarks.plan import Plan, plan_from
from benchmarks.profiles import requests, sampled_requests
from benchmarks.results import Results, Table
from benchmarks.rows import Group, groups
from benchmarks.starts import Start, measure_starts
from benchmarks.subjects import Subjects, started
from benchmarks.tables import Grid, grids
from unified.version import __version__

OUT = Console(width=150)
PROFILED = ("mapped", "pass")
PROCESSES = {
    "nginx": "nginx",
    "node_hand": "Node: mapped by hand",
    "ours": "Unified",
    "many_accounts": "Unified, many accounts",
    "many_providers": "Unified, many providers",
    "two_workers": "Unified, two workers and their parent",
}


def main() -> None:
    plan = plan_from()
    pin(0, cores()[1])
    with OUT.status("start") as status:
        found = run(plan, status.update)
    for grid in grids(found):
        OUT.print(shown(grid))
    results.write(found)
    OUT.print(f"Written to {results.LATEST.relative_to(results.ROOT)}.")


def run(plan: Plan, watch: Callable[[str], None]) -> Results:
    """Check the peers, measure all rows, then the latencies, memory and starts."""
    with started(plan, watch) as subjects:
        watch("check that all answer the same")
        check_peers(subjects)
        every = groups(subjects, plan)
        measured = {one.name: one for one in measure(_rows(every), rounds=plan.rounds, seconds=plan.seconds, watch=watch)}
        latencies = added(subjects, plan, watch) if plan.wants("latency") else []
        memory = {
            title: memory_mib(subjects.running[name].pid) for name, title in PROCESSES.items() if name in subjects.running
        }
        starts = _starts(subjects, plan, watch) if plan.wants("start") else {}
        parts = _parts(subjects, plan, watch) if plan.wants("parts") else {}
    return Results(
        taken=results.now(),
        commit=results.commit(),
        machine=description(),
        versions={"Unified": __version__, "Python": platform.python_version(), **peers.versions()},
        plan=plan,
        tables=tuple(_table(one, measured) for one in every),
        missing=subjects.missing,
        latencies=tuple(latencies),
        memory_mib=memory,
        starts=starts,
        parts=parts,
    )


def _rows(every: list[Group]) -> list[Row]:
    return [row for group in every for row in group.rows]


def _table(group: Group, measured: dict[str, Measured]) -> Table:
    rows = tuple(measured[row.name] for row in group.rows)
    return Table(name=group.name, title=group.title, bases=group.bases, rows=rows)


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


def shown(grid: Grid) -> RichTable:
    """The table for the terminal."""
    table = RichTable(title=grid.title, title_justify="left")
    for number, head in enumerate(grid.heads):
        table.add_column(head, justify="right" if number else "left", no_wrap=not number)
    for line in grid.lines:
        table.add_row(*line)
    return table


if __name__ == "__main__":
    main()
