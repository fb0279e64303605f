"""`make bench-gate-proof`: how often the gate raises a false alarm, and how often it catches a planted loss.

Each round measures the checkout as it is, then with a tenth more work in every subject: work in C, which only the clock sees.
The counts are shown the same loss in Python. `--busy 4` keeps so many other processes computing meanwhile.
"""

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from benchmarks import results
from benchmarks.gate import base, bounds
from benchmarks.gate.__main__ import beside, judged, observed
from benchmarks.gate.bounds import Bounds, count_findings
from benchmarks.gate.observed import Asked
from benchmarks.tables import Grid, markdown

SHARE: Final = 0.1
COUNTED_RUNS: Final = 3
"""Runs in which the counts are shown the loss: they do not vary."""
BURN: Final = "while True: sorted(str(one) for one in range(20_000))"
CLEAN: Final = Asked(counts=False)
LOSSES: Final = {
    "false alarms of the clock": CLEAN,
    "a tenth more in C, caught by the clock": Asked(counts=False, share=SHARE),
    "false alarms of counts": Asked(rounds=1),
    "a tenth more in Python, caught by counts": Asked(rounds=1, kind="python", share=SHARE),
}


class Tally(msgspec.Struct, kw_only=True):
    """In how many runs each subject exceeded a bound."""

    runs: int = 0
    exceeded: Counter[str] = msgspec.field(default_factory=Counter)

    def add(self, known: Bounds, tree: Path, asked: Asked) -> None:
        """Run the gate once."""
        found = count_findings(known, observed(asked, results.ROOT)) if asked.counts else judged(beside(tree, asked))
        self.exceeded.update({one.subject for one in found if one.exceeds})
        self.runs += 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate.proof", description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--busy", type=int, default=0)
    given = parser.parse_args()
    known = bounds.read()
    with base.checked_out(known.commit) as tree, busy(given.busy):
        if tree is None:
            sys.exit(f"The history has no commit {known.commit}, whose time is compared: fetch the whole history.")
        found = tallies(known, tree, given.runs, lambda text: print(text, file=sys.stderr, flush=True))
    print(markdown(grid(known, found)))
    return 0


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep other processes computing."""
    started = [subprocess.Popen((sys.executable, "-c", BURN)) for _ in range(processes)]
    try:
        yield
    finally:
        for one in started:
            one.kill()
            one.wait()


def tallies(known: Bounds, tree: Path, runs: int, watch: Callable[[str], None]) -> dict[str, Tally]:
    """Run every kind of run so often, in turn."""
    found = {title: Tally() for title in LOSSES}
    for number in range(runs):
        for title, asked in LOSSES.items():
            if not asked.counts or number < COUNTED_RUNS:
                found[title].add(known, tree, asked)
                watch(f"{number + 1} of {runs}, {title}: {dict(found[title].exceeded)}")
    return found


def grid(known: Bounds, found: dict[str, Tally]) -> Grid:
    """In how many runs each subject exceeded its bound."""
    lines = tuple((name, *(f"{one.exceeded[name]} of {one.runs}" for one in found.values())) for name in known.counts)
    return Grid(title="", heads=("subject", *found), lines=lines)


if __name__ == "__main__":
    sys.exit(main())
