"""The results of a run, as they are written to JSON and read back by the reports."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.figures import Figures
from benchmarks.latencies import Latency
from benchmarks.measure import Measured, Rounds
from benchmarks.plan import Plan
from benchmarks.starts import Start
from unified.text.json_text import lay_out_json

ROOT: Final = Path(__file__).parents[1]
LATEST: Final = ROOT / ".unified/bench.json"
"""What `make bench` writes."""
PUBLISHED: Final = Path(__file__).with_name("measured.json")
"""The run whose figures the documentation shows."""


PATH: Final = ("unified", "providers", "mappings", "constraints.txt")
"""What decides what a request costs."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A group's rows."""

    name: str
    title: str
    like: dict[str, tuple[str, ...]]
    """The rows that each row is compared with: they do the same work."""
    rows: tuple[Measured, ...]


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    taken: str
    """The date."""
    commit: str
    machine: dict[str, str]
    versions: dict[str, str]
    plan: Plan
    rounds: Rounds
    tables: tuple[Table, ...]
    missing: dict[str, str]
    """Peers that could not be measured, with the reason."""
    more: dict[str, Figures]
    """`hold_ms`, the longest wait of another request while a large answer is read, and `compile_ms` of the largest mapping."""
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


def commits_since(commit: str) -> int | None:
    """How many commits changed the request path after a commit; None where the history does not have it."""
    found = _git("rev-list", "--count", f"{commit.removesuffix('-dirty')}..HEAD", "--", *PATH)
    return int(found) if found else None


def now() -> str:
    return datetime.now(UTC).date().isoformat()


def commit() -> str:
    """The short id of the commit that is checked out; `-dirty` when a file of the request path was changed."""
    known = _git("rev-parse", "--short", "HEAD") or "unknown"
    return f"{known}-dirty" if _git("status", "--porcelain", "--", *PATH) else known


def _git(*words: str) -> str | None:
    done = subprocess.run(("git", *words), cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def write(results: Results, path: Path = LATEST) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(lay_out_json(msgspec.to_builtins(results)) + "\n", encoding="utf-8")


def read(path: Path) -> Results:
    return msgspec.json.decode(path.read_bytes(), type=Results)
