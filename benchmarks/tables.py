"""Results as tables: for the terminal, and as Markdown for the documentation."""

from collections.abc import Iterable

import msgspec
from rich.table import Table as RichTable

from benchmarks.figures import ratio
from benchmarks.latencies import Latency
from benchmarks.measure import Measured
from benchmarks.results import Results, Table
from benchmarks.starts import Start

SHORT = {
    "nginx": "nginx",
    "node_pass": "Node",
    "node_hand": "Node by hand",
    "node_equal": "Node with our checks",
    "node_jsonata": "Node with npm jsonata",
    "node_hand_10": "Node by hand",
    "node_equal_10": "Node with our checks",
    "node_hand_fields": "Node by hand",
    "mapped": "all fields",
    "linked": "without",
    "page_10": "1 account, all providers once",
    "rest_20": "REST",
    "by_hand": "by hand",
}
"""Names of rows beside the multiple of them."""
NONE = "–"


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """A table of texts."""

    title: str
    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


def grids(results: Results) -> list[Grid]:
    """All tables of a run."""
    found = [processor_grid(results, table) for table in results.tables]
    if results.latencies:
        found += [latency_grid(results, "p50_ms"), latency_grid(results, "p99_ms")]
    if results.parts:
        found.append(parts_grid(results))
    return [*found, process_grid(results)]


def processor_grid(results: Results, table: Table) -> Grid:
    """Processor time of each row, with its noise, as multiples of what does the same."""
    lines: list[tuple[str, ...]] = [
        (
            row.title,
            milliseconds(row.milliseconds.median),
            milliseconds(row.milliseconds.best),
            f"{row.milliseconds.spread:.0%}",
            against(results, row, table.like.get(row.name, ())),
            f"{row.per_second.median:,.0f}",
            f"{row.p50_ms.median:.1f}",
            f"{row.bytes / 1000:.0f}" if row.bytes else NONE,
        )
        for row in table.rows
    ]
    if table.name == "paths":
        lines += [(peer, reason, *([""] * 6)) for peer, reason in results.missing.items()]
    heads = ("what", "processor ms", "best", "spread", "against the same work", "per second", "p50 ms", "KB")
    return Grid(title=table.title, heads=heads, lines=tuple(lines))


def against(results: Results, row: Measured, names: Iterable[str]) -> str:
    """The multiples of the rows that do the same work; a peer that is missing is named with the reason."""
    found = []
    for name in names:
        base = results.row(name)
        if base is not None:
            found.append(f"{times(row, base)} × {SHORT.get(name, base.title)}")
        elif reason := results.missing.get("nginx" if name == "nginx" else "Node"):
            found.append(f"{SHORT.get(name, name)}: {reason}")
    return "; ".join(found) or NONE


def latency_grid(results: Results, measure: str) -> Grid:
    """Latency that each path adds, by rate."""
    rates = sorted({one.rate for one in results.latencies})
    titles = dict.fromkeys(one.title for one in results.latencies)
    by_cell = {(one.title, one.rate): one for one in results.latencies}
    lines = tuple((title, *(_added(by_cell.get((title, rate)), measure) for rate in rates)) for title in titles)
    name = measure.removesuffix("_ms")
    title = f"Added latency, {name} in ms, at a fixed rate of requests/s ({NONE}: does not keep up)"
    return Grid(title=title, heads=("path", *(str(rate) for rate in rates)), lines=lines)


def parts_grid(results: Results) -> Grid:
    """Processor time of each part of Unified in a request, by the profile's shares."""
    rows = [row for name in results.parts if (row := results.row(name)) is not None]
    parts = dict.fromkeys(part for shares in results.parts.values() for part in shares)
    lines = tuple((part, *(_part_of(row, results.parts[row.name].get(part, 0.0)) for row in rows)) for part in parts)
    title = "Where the time of a request goes: processor ms and share"
    return Grid(title=title, heads=("part", *(row.title for row in rows)), lines=lines)


def _part_of(row: Measured, share: float) -> str:
    return f"{row.milliseconds.median * share:.2f} ({share:.0%})"


def process_grid(results: Results) -> Grid:
    """Memory and start of the processes."""
    lines = tuple((name, f"{memory:.0f}", *_start(results.starts.get(name))) for name, memory in results.memory_mib.items())
    heads = ("process", "MiB after the load", "seconds from start to the first 200 of /health", "of processor time")
    return Grid(title="Processes", heads=heads, lines=lines)


def _start(start: Start | None) -> tuple[str, str]:
    return (NONE, NONE) if start is None else (f"{start.elapsed.median:.1f}", f"{start.processor.median:.1f}")


def markdown(grid: Grid) -> str:
    """The table as Markdown; numbers stand on the right."""
    rule = ["---", *("---:" for _ in grid.heads[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in (grid.heads, rule, *grid.lines))


def shown(grid: Grid) -> RichTable:
    """The table for the terminal."""
    table = RichTable(title=grid.title, title_justify="left")
    for number, head in enumerate(grid.heads):
        table.add_column(head, justify="right" if number else "left", no_wrap=not number)
    for line in grid.lines:
        table.add_row(*line)
    return table


def milliseconds(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def times(row: Measured, base: Measured) -> str:
    """How many times the base's processor time a row takes: the median of the rounds' ratios."""
    found = ratio(row.milliseconds, base.milliseconds).median
    return f"{found:.0f}" if found >= 100 else f"{found:.1f}" if found >= 10 else f"{found:.2f}"


def _added(found: Latency | None, measure: str) -> str:
    value = getattr(found, measure) if found is not None else None
    return NONE if value is None else f"{value:.1f}"
