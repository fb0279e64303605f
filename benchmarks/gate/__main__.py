"""`make bench-gate`: fail when a request, `read()` or a page of the engine costs more than it did.

Counts that do not depend on the machine come first. Processor time follows, as a multiple of reference work in the same
process: that of this tree beside that of the commit of the bounds, measured in the same run. A subject that seems slower is
measured again.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median_low
from typing import Final, TypeAlias

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks import results
from benchmarks.gate import base, bounds
from benchmarks.gate.bounds import Bounds, Finding, bounds_from, count_findings, time_findings
from benchmarks.gate.observed import Asked, Observed

REFRESH_RUNS: Final = 3
SUSPECT: Final = 0.05
"""A subject that is this share slower is measured again."""
DECIDES: Final = 3
"""The measurements that have to agree, of at most five."""
OUT: Final = Console(width=130)

Measure: TypeAlias = Callable[[tuple[str, ...]], list[Finding]]
"""Measure the given subjects in both trees; all when empty."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument("--refresh", action="store_true", help="write the bounds instead of comparing with them")
    parser.add_argument("--runs", type=int, default=REFRESH_RUNS, help="of which the bounds are taken")
    given = parser.parse_args()
    if given.refresh:
        return refresh(given.runs)
    known = bounds.read()
    own = observed(Asked(), results.ROOT)
    with base.checked_out(known.commit) as tree:
        times = [] if tree is None else judged(beside(tree, Asked(counts=False), first=own))
    found = [*count_findings(known, own), *times]
    show(known, found)
    return 1 if any(one.exceeds for one in found) else 0


def observed(asked: Asked, tree: Path) -> Observed:
    """What a new measuring process of a tree sees."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        Path(file.name).write_bytes(msgspec.json.encode(asked))
        command = (sys.executable, "-m", "benchmarks.gate.measuring", file.name)
        done = subprocess.run(
            command,
            cwd=tree,
            env=base.environment(tree),
            stdout=subprocess.PIPE,
            check=True,
            start_new_session=True,
        )
    return msgspec.json.decode(done.stdout, type=Observed)


def beside(tree: Path, asked: Asked, first: Observed | None = None) -> Measure:
    """Measure this tree and that of the bounds in turn; the first time, what was seen of this tree already counts."""
    waiting = [first] if first is not None else []

    def measure(subjects: tuple[str, ...]) -> list[Finding]:
        own = waiting.pop() if waiting else observed(msgspec.structs.replace(asked, subjects=subjects), results.ROOT)
        return time_findings(observed(Asked(counts=False, subjects=subjects), tree), own)

    return measure


def judged(measure: Measure) -> list[Finding]:
    """The time of each subject: one that seems slower is measured until three measurements agree."""
    found = {one.subject: [one] for one in measure(())}
    open_subjects = tuple(name for name, (first,) in found.items() if first.change > SUSPECT)
    while open_subjects:
        for one in measure(open_subjects):
            found[one.subject].append(one)
        open_subjects = tuple(name for name in open_subjects if not _agree(found[name]))
    return [_middle(of_subject) for of_subject in found.values()]


def _agree(measured: list[Finding]) -> bool:
    slow = sum(one.exceeds for one in measured)
    return slow >= DECIDES or len(measured) - slow >= DECIDES


def _middle(measured: list[Finding]) -> Finding:
    change = median_low(one.change for one in measured)
    return next(one for one in measured if one.change == change)


def refresh(runs: int) -> int:
    """Take the bounds of the commit that is checked out."""
    if (commit := results.commit()).endswith("-dirty"):
        OUT.print("Bounds are those of a commit, which later runs check out: commit the changes of the request path first.")
        return 1
    taken = []
    for number in range(runs):
        OUT.print(f"run {number + 1} of {runs} …")
        taken.append(observed(Asked(rounds=1), results.ROOT))
    bounds.write(bounds_from(taken, results.now(), commit))
    OUT.print(f"{bounds.FILE.relative_to(results.ROOT)} written from {runs} runs.")
    return 0


def show(known: Bounds, found: list[Finding]) -> None:
    """Print every subject with its figures, what exceeds its bound, and what could not be judged."""
    figures = list(dict.fromkeys(one.figure for one in found))
    table = Table(
        "subject", *figures, title=f"Against the bounds of {known.taken}, commit {known.commit}", title_justify="left"
    )
    for subject in dict.fromkeys(one.subject for one in found):
        cells = {one.figure: one for one in found if one.subject == subject}
        table.add_row(subject, *(_cell(cells[figure]) if figure in cells else "" for figure in figures))
    OUT.print(table)
    for text in not_judged(known, figures):
        OUT.print(f"NOT JUDGED: {text}")
    for one in found:
        if one.exceeds:
            OUT.print(f"[red]{one.subject}: {one.figure} {one.found:,.4g}, {one.change:+.1%}; allowed {one.allowed:+.0%}[/red]")


def not_judged(known: Bounds, figures: list[str]) -> list[str]:
    """What this machine or clone has no bound for."""
    texts = []
    if "bytecodes" not in figures:
        texts.append(f"counts, as the bounds are of Python {known.python}.")
    if bounds.TIME not in figures:
        texts.append(f"processor time, as this clone does not have the commit {known.commit}: fetch the whole history.")
    return texts


def _cell(one: Finding) -> str:
    colour = "red" if one.exceeds else "default"
    return f"[{colour}]{one.found:,.4g} ({one.change:+.1%})[/{colour}]"


if __name__ == "__main__":
    sys.exit(main())
