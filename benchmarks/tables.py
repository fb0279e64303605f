"""Results as tables: for the terminal, and as Markdown for the documentation."""

import msgspec

from benchmarks.figures import ratio
from benchmarks.latencies import Latency
from benchmarks.measure import Measured
from benchmarks.results import Results, Table
from benchmarks.starts import Start

SHORT = {
    "nginx": "nginx",
    "node_pass": "Node pass-through",
    "node_hand": "Node by hand",
    "page_10": "1 account, 6 providers",
    "rest_20": "REST",
    "by_hand": "by hand",
}
"""Names of rows in the head of a column that compares with them."""
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
    """Processor time of each row, with its noise, as multiples of the rows that it is compared with."""
    bases = [base for one in table.bases if (base := results.row(one)) is not None]
    lines = [
        (
            row.title,
            milliseconds(row.milliseconds.median),
            milliseconds(row.milliseconds.best),
            f"{row.milliseconds.spread:.0%}",
            *(times(row, base) for base in bases),
            f"{row.per_second.median:,.0f}",
            f"{row.p50_ms.median:.1f}",
            f"{row.bytes / 1000:.0f}" if row.bytes else NONE,
        )
        for row in table.rows
    ]
    if table.name == "paths":
        width = len(bases) + 6
        lines += [(peer, reason, *([""] * (width - 1))) for peer, reason in results.missing.items()]
    against = tuple(f"× {SHORT.get(base.name, base.title)}" for base in bases)
    heads = ("what", "processor ms", "best", "spread", *against, "per second", "p50 ms", "KB")
    return Grid(title=table.title, heads=heads, lines=tuple(lines))


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


def milliseconds(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def times(row: Measured, base: Measured) -> str:
    """How many times the base's processor time a row takes: the median of the rounds' ratios."""
    found = ratio(row.milliseconds, base.milliseconds).median
    return f"{found:.0f}" if found >= 100 else f"{found:.1f}" if found >= 10 else f"{found:.2f}"


def _added(found: Latency | None, measure: str) -> str:
    value = getattr(found, measure) if found is not None else None
    return NONE if value is None else f"{value:.1f}"
