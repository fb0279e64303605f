"""Figures of a run in README.md and docs/performance.md, with their pictures: written from the run's JSON, never by hand.

A page marks where a table belongs: `<!-- measured: paths -->` before it and `<!-- /measured -->` after it.
"""

import argparse
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks import results
from benchmarks.chart import latency_chart, paths_chart
from benchmarks.goals import GOALS, goals_grid, judged
from benchmarks.results import ROOT, Results
from benchmarks.tables import Grid, against, latency_grid, markdown, milliseconds, parts_grid, process_grid, processor_grid

PAGES: Final = ("README.md", "docs/performance.md")
BLOCK: Final = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- /measured -->)", re.DOTALL)
SUMMARY: Final = ("mapped", "page_10", "fields", "pass")
"""The rows of the README."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("--latest", action="store_true", help="publish the figures of the last `make bench`")
    source = results.LATEST if parser.parse_args().latest else results.PUBLISHED
    try:
        texts = rendered(results.read(source))
    except KeyError as problem:
        raise SystemExit(f"{source.name} has no table {problem}: run `make bench` without BENCH_QUICK and BENCH_ROWS") from None
    if source != results.PUBLISHED:
        shutil.copy(source, results.PUBLISHED)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    print(age(results.read(results.PUBLISHED)))


def age(found: Results) -> str:
    """How far the code has moved on since the figures were taken."""
    since = results.commits_since(found.commit)
    moved = "is not in this history" if since is None else f"is {since} commits to {', '.join(results.PATH)} ago"
    return f"The figures are of {found.taken}, commit {found.commit}, which {moved}."


def rendered(found: Results) -> dict[Path, str]:
    """Every file that shows figures, with its text."""
    blocks = blocks_of(found)
    pages = {ROOT / page: filled((ROOT / page).read_text(encoding="utf-8"), blocks) for page in PAGES}
    images = {"paths": paths_chart(found), "latency": latency_chart(found)}
    return pages | {ROOT / f"docs/images/performance-{name}.svg": text for name, text in images.items()}


def filled(page: str, blocks: Mapping[str, str]) -> str:
    """The page with its marked places filled.

    Raises:
        KeyError: A page asks for a table that there is not.
    """
    return BLOCK.sub(lambda match: f"{match[1]}{blocks[match[2]]}\n{match[3]}", page)


def blocks_of(found: Results) -> dict[str, str]:
    """The text for each name of a marked place: a table, and below it the machine and commit that it is of."""
    grids = {table.name: processor_grid(found, table) for table in found.tables} | {
        "latency_p50": latency_grid(found, "p50_ms"),
        "latency_p99": latency_grid(found, "p99_ms"),
        "processes": process_grid(found),
        "parts": parts_grid(found),
        "goals": goals_grid(judged(GOALS, found)),
        "summary": summary(found),
    }
    return {name: f"{markdown(grid)}\n\n{source(found)}" for name, grid in grids.items()} | {"machine": machine(found)}


def source(found: Results) -> str:
    """The kind of machine and the commit, in short."""
    busy = ", busy with other work" if found.rounds.disturbed else ""
    return f"{found.machine['processor']}, {found.machine['cores']} cores{busy}; {found.taken}, commit {found.commit}."


def machine(found: Results) -> str:
    """When, where and with what the figures were taken."""
    place = ", ".join(f"{name} {value}" for name, value in found.machine.items())
    versions = ", ".join(f"{name} {value}" for name, value in found.versions.items())
    return f"`make bench` on {found.taken} at commit {found.commit}: {found.rounds}. {versions}. Machine: {place}."


def summary(found: Results) -> Grid:
    """Whole paths in short."""
    like = next(table.like for table in found.tables if table.name == "paths")
    rows = [row for name in SUMMARY if (row := found.row(name)) is not None]
    lines = tuple(
        (
            row.title,
            milliseconds(row.milliseconds.median),
            against(found, row, like[row.name]),
            f"{1000 / row.milliseconds.median:,.0f}",
        )
        for row in rows
    )
    heads = ("one request", "processor ms", "against the same work", "requests per second of a core")
    return Grid(title="", heads=heads, lines=lines)


if __name__ == "__main__":
    main()
