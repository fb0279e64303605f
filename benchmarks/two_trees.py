"""`python -m benchmarks.two_trees FOLDER`: the fixed cost of a request here, beside another checkout's, in one run.

Both services run on the same core and answer the same requests of the same provider in turn, so that a slow minute of the
machine hits both. What is compared is processor time; of its ratios the median counts. The other checkout needs no environment.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from benchmarks import service
from benchmarks.load import drive
from benchmarks.machine import cores, pin, processor_seconds
from benchmarks.measure import CONNECTIONS
from benchmarks.processes import Started, free_port, process

ROUNDS: Final = 15
COUNT: Final = 300
"""Requests of a round."""
WARM: Final = 600
"""Requests before the first round."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """The milliseconds of a request in each round, of both checkouts."""

    base: list[float]
    here: list[float]

    def __str__(self) -> str:
        ratio = statistics.median(here / base for here, base in zip(self.here, self.base, strict=True))
        return (
            f"{statistics.median(self.base):7.3f} {statistics.median(self.here):7.3f} ms"
            f"   best {min(self.base):6.3f} {min(self.here):6.3f}   ratio {ratio:5.3f}"
        )


def main() -> None:
    """Measure, and print one line for each row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.two_trees", description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    pin(0, cores()[1])
    with tempfile.TemporaryDirectory() as folder, _provider() as provider:
        home = service.prepare(Path(folder) / "home")
        with _serve(asked.base, home, provider) as base, _serve(Path.cwd(), home, provider) as here:
            found = _measure((base, here), _rows(home), asked.rounds)
    for name, one in found.items():
        sys.stdout.write(f"{name:10} {one}\n")


def _rows(home: service.Home) -> dict[str, bytes]:
    return {
        "page of 1": service.contacts(home, 1),
        "page of 10": service.contacts(home, 10),
        "pass": service.passed_through(home),
    }


def _measure(subjects: tuple[Started, Started], rows: dict[str, bytes], rounds: int) -> dict[str, Compared]:
    for request in rows.values():
        for one in subjects:
            drive(one.port, [request], count=WARM, connections=CONNECTIONS)
    found = {name: Compared(base=[], here=[]) for name in rows}
    for number in range(rounds):
        for name, request in rows.items():
            order = (0, 1) if number % 2 else (1, 0)
            times = {index: _milliseconds(subjects[index], request) for index in order}
            found[name].base.append(times[0])
            found[name].here.append(times[1])
    return found


def _milliseconds(subject: Started, request: bytes) -> float:
    before = processor_seconds(subject.pid)
    drive(subject.port, [request], count=COUNT, connections=CONNECTIONS)
    return (processor_seconds(subject.pid) - before) * 1000 / COUNT


@contextmanager
def _provider() -> Iterator[int]:
    port = free_port()
    with process(sys.executable, "-m", "benchmarks.provider", str(port), "benchmarks.pages", port=port, on=cores()[1]):
        yield port


@contextmanager
def _serve(tree: Path, home: service.Home, provider: int) -> Iterator[Started]:
    port = free_port()
    path = os.pathsep.join((str(tree), str(tree / "engine")))
    env = {**service.environment(home, provider), "PYTHONPATH": path, "UNIFIED_CATALOG": str(tree)}
    command = (
        sys.executable,
        "-P",
        "-c",
        "from unified.cli.main import main; main()",
        "serve",
        "--port",
        str(port),
        "--workers",
        "1",
    )
    with process(*command, port=port, on=cores()[0], **env) as started:
        yield started


if __name__ == "__main__":
    main()
