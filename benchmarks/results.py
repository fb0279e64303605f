"""The results of a run, as they are written to JSON and read back by the reports."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.latencies import Latency
from benchmarks.measure import Measured
from benchmarks.plan import Plan
from benchmarks.starts import Start

ROOT: Final = Path(__file__).parents[1]
LATEST: Final = ROOT / ".unified/bench.json"
"""What `make bench` writes."""
PUBLISHED: Final = Path(__file__).with_name("measured.json")
"""The run whose figures the documentation shows."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A group's rows with the rows that they are compared with."""

    name: str
    title: str
    bases: tuple[str, ...]
    rows: tuple[Measured, ...]


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    taken: str
    """The date."""
    commit: str
    machine: dict[str, str]
    versions: dict[str, str]
    plan: Plan
    tables: tuple[Table, ...]
    missing: dict[str, str]
    """Peers that could not be measured, with the reason."""
    latencies: tuple[Latency, ...]
    memory_mib: dict[str, float]
    """Title of a process to its resident memory after the load."""
    starts: dict[str, Start]
    """Title of a service to its start."""
    parts: dict[str, dict[str, float]]
    """Name of a row to the share of each part of Unified in its processor time."""

    def row(self, name: str) -> Measured | None:
        """The row of that name, if it was measured."""
        return next((row for table in self.tables for row in table.rows if row.name == name), None)


def now() -> str:
    return datetime.now(UTC).date().isoformat()


def commit() -> str:
    """The short id of the commit that is checked out; `-dirty` when files were changed."""
    command = ("git", "describe", "--always", "--dirty", "--exclude=*")
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def write(results: Results, path: Path = LATEST) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")


def read(path: Path) -> Results:
    return msgspec.json.decode(path.read_bytes(), type=Results)
