"""`make profile ROW=mapped`: a flame graph of one row, and the share of each part of Unified."""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks import profiles, service
from benchmarks.flames import flame_graph
from benchmarks.machine import cores, pin
from benchmarks.parts import shares
from benchmarks.processes import free_port, process
from benchmarks.results import ROOT
from benchmarks.sampler import Stack, folded

SECONDS: Final = 8.0
OUT: Final = Console()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("row", nargs="?", default="mapped")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    asked = parser.parse_args()
    pin(0, cores()[1])
    with tempfile.TemporaryDirectory() as folder:
        home = service.prepare(Path(folder) / "home")
        if asked.row not in profiles.known(home):
            OUT.print(f"unknown row '{asked.row}'. Known: {', '.join(profiles.known(home))}")
            return 2
        OUT.print(f"Sampling {asked.row} for {asked.seconds:.0f} s …")
        write(asked.row, sampled(home, asked.row, asked.seconds))
    return 0


def sampled(home: service.Home, row: str, seconds: float) -> Counter[Stack]:
    """The stacks of one row."""
    if row not in profiles.requests(home):
        return profiles.sampled_calls(row, seconds)
    port, file = free_port(), home.folder / "stacks.txt"
    command = (sys.executable, "-m", "benchmarks.provider", str(port), "benchmarks.pages")
    with process(*command, port=port, on=cores()[1]), service.serve(home, port, sampled_to=file) as running:
        return profiles.sampled_requests(file, running, profiles.requests(home)[row], seconds)


def write(row: str, stacks: Counter[Stack]) -> None:
    """Write the flame graph and the stacks, and print the parts."""
    path = ROOT / f".unified/profile-{row}.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(flame_graph(stacks, f"{row}: processor time by function, {stacks.total()} samples"), encoding="utf-8")
    path.with_suffix(".txt").write_text(folded(stacks), encoding="utf-8")
    for part, share in shares(stacks).items():
        OUT.print(f"{share:6.1%}  {part}")
    OUT.print(f"Written to {path.relative_to(ROOT)}; the stacks are beside it, for other tools.")


if __name__ == "__main__":
    sys.exit(main())
