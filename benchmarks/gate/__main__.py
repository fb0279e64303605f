"""`make bench-gate`: fail when a request, `read()` or a page of the engine costs more than it did.

Counts that do not depend on the machine come first, then processor time as a multiple of reference work in the same process.
A subject whose time exceeds its bound is measured again in new processes: only one that does so three times fails the run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks import results
from benchmarks.gate import bounds
from benchmarks.gate.bounds import Bounds, Finding, bounds_from, findings
from benchmarks.gate.observed import Asked, Observed

REFRESH_RUNS: Final = 5
MORE_RUNS: Final = 2
"""Of a subject whose time exceeds its bound."""
OUT: Final = Console(width=130)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument("--refresh", action="store_true", help="write the bounds instead of comparing with them")
    parser.add_argument("--runs", type=int, default=REFRESH_RUNS, help="of which the bounds are taken")
    given = parser.parse_args()
    if given.refresh:
        refresh(given.runs)
        return 0
    known = bounds.read()
    found = judged(known, observed(Asked()), lambda subjects: observed(Asked(subjects=subjects, counts=False)))
    show(known, found)
    return 1 if any(one.exceeds for one in found) else 0


def observed(asked: Asked) -> Observed:
    """What a new measuring process sees."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        Path(file.name).write_bytes(msgspec.json.encode(asked))
        command = (sys.executable, "-m", "benchmarks.gate.measuring", file.name)
        done = subprocess.run(
            command,
            cwd=results.ROOT,
            env={**os.environ, "PYTHONHASHSEED": "0"},
            stdout=subprocess.PIPE,
            check=True,
            start_new_session=True,
        )
    return msgspec.json.decode(done.stdout, type=Observed)


def judged(known: Bounds, first: Observed, again: Callable[[tuple[str, ...]], Observed]) -> list[Finding]:
    """All findings; a ratio that exceeds its bound is the lowest of up to three."""
    found = findings(known, first)
    for _ in range(MORE_RUNS):
        slow = tuple(one.subject for one in found if one.figure == "ratio" and one.exceeds)
        if not slow:
            break
        more = {(one.subject, one.figure): one for one in findings(known, again(slow))}
        found = [min(one, more.get((one.subject, one.figure), one), key=lambda either: either.found) for one in found]
    return found


def refresh(runs: int) -> None:
    """Take the bounds from some runs."""
    taken = []
    for number in range(runs):
        OUT.print(f"run {number + 1} of {runs} …")
        taken.append(observed(Asked()))
    bounds.write(bounds_from(taken, results.now(), results.commit()))
    OUT.print(f"{bounds.FILE.relative_to(results.ROOT)} written from {runs} runs.")


def show(known: Bounds, found: list[Finding]) -> None:
    """Print every subject with its figures, and what exceeds its bound."""
    figures = list(dict.fromkeys(one.figure for one in found))
    table = Table(
        "subject", *figures, title=f"Against the bounds of {known.taken}, commit {known.commit}", title_justify="left"
    )
    for subject in dict.fromkeys(one.subject for one in found):
        cells = {one.figure: one for one in found if one.subject == subject}
        table.add_row(subject, *(_cell(cells[figure]) for figure in figures))
    OUT.print(table)
    if len(figures) == 1:
        OUT.print(f"The counts are of Python {known.python} and are not compared here.")
    if not any(one.allowed < bounds.UNKNOWN_ALLOWED for one in found if one.figure == "ratio"):
        OUT.print(
            f"The ratios are of {known.processor}, Python {known.python}: here they may be {bounds.UNKNOWN_ALLOWED:.0%} higher."
        )
    for one in found:
        if one.exceeds:
            OUT.print(f"[red]{one.subject}: {one.figure} {one.found:,.4g}, {one.change:+.1%}; allowed {one.allowed:+.0%}[/red]")


def _cell(one: Finding) -> str:
    colour = "red" if one.exceeds else "default"
    return f"[{colour}]{one.found:,.4g} ({one.change:+.1%})[/{colour}]"


if __name__ == "__main__":
    sys.exit(main())
