"""A long comparison in parts, each with a seed of its own, so that it can be stopped, and resumed from a file.

The file keeps the counts of each part, and the subjects that were left without an explanation. It is no part of the project.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from jsonata_benchmarks.fuzzing.campaign import CAMPAIGNS, Subject, Tally, compare
from jsonata_benchmarks.oracle import Oracle

PART: Final = 1000
"""Subjects of one part: about two seconds of processor time."""
ROOT: Final = Path(__file__).parents[3]
PACKAGES: Final = ("engine/unified_jsonata", "engine/jsonata_benchmarks")


class Part(msgspec.Struct, kw_only=True):
    """What came of one part; `seconds` is the processor time of this process, and `engine` tells versions apart."""

    campaign: str
    seed: int
    oracle: str
    engine: str
    seconds: float
    compared: int
    values: int
    undecided: int
    failed: int
    same_codes: int
    explained: dict[str, int]
    decided: dict[str, int]
    places: dict[str, int] = {}
    left: list[Subject]
    """Differences and pairs of codes without an explanation at that time."""


class Log:
    """The parts that are done. Without a path they are kept in memory only."""

    def __init__(self, path: Path | None, oracle: str) -> None:
        self._path, self._engine, self._oracle = path, version(), oracle
        self._parts: dict[tuple[str, int], Part] = {}
        for part in self._read():
            self._parts[part.campaign, part.seed] = part

    def _read(self) -> Iterator[Part]:
        if self._path is not None and self._path.exists():
            for line in self._path.read_text("utf-8").splitlines():
                yield msgspec.convert(json.loads(line), Part)

    def has(self, campaign: str, seed: int, count: int) -> bool:
        """Whether so many subjects of this part were compared with this oracle."""
        part = self._parts.get((campaign, seed))
        return part is not None and (part.compared, part.oracle) == (count, self._oracle)

    def add(self, campaign: str, seed: int, tally: Tally, seconds: float) -> None:
        """Keep a part, on the disk before the next one begins."""
        counts = {name: getattr(tally, name) for name in ("compared", "values", "undecided", "failed", "same_codes")}
        part = Part(
            campaign=campaign,
            seed=seed,
            oracle=self._oracle,
            engine=self._engine,
            seconds=round(seconds, 2),
            explained=dict(tally.explained),
            decided=dict(tally.decided),
            places=dict(tally.places),
            left=[(one.source, one.document) for one in (*tally.differences, *tally.pairs)],
            **counts,
        )
        self._parts[campaign, seed] = part
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(msgspec.to_builtins(part)) + "\n")

    def totals(self, oracle: Oracle) -> Mapping[str, Tally]:
        """Return the counts of every campaign; what was left is compared again, as it may be explained by now."""
        found = {campaign: Tally() for campaign in CAMPAIGNS}
        for part in self._parts.values():
            found[part.campaign].add(_counted(part, compare(iter(part.left), oracle)))
        return MappingProxyType(found)

    def seconds(self) -> float:
        """Return the processor time of all parts."""
        return sum(part.seconds for part in self._parts.values())

    def engines(self) -> int:
        """Return how many versions of the engine and of these files the parts were compared by."""
        return len({part.engine for part in self._parts.values()})


def _counted(part: Part, again: Tally) -> Tally:
    known = {name: getattr(part, name) for name in ("values", "undecided", "failed", "same_codes")}
    tally = Tally(explained=Counter(part.explained), decided=Counter(part.decided), places=Counter(part.places), **known)
    tally.add(again)
    tally.compared = part.compared
    return tally


def run(log: Log, count: int, seed: int, oracle: Oracle) -> None:
    """Compare so many subjects of each campaign, but for the parts that the log has."""
    for at in range(0, count, PART):
        for title, subjects in CAMPAIGNS.items():
            own, size = seed + at // PART, min(PART, count - at)
            if not log.has(title, own, size):
                began = time.process_time()
                tally = compare(subjects(size, own), oracle)
                log.add(title, own, tally, time.process_time() - began)


def version() -> str:
    """Return a digest of the engine and of what compares it."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
