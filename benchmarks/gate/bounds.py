"""The bounds of the gate: counts that are kept as data, the commit that processor time is compared with, and what exceeds them.

Counts depend on the version of Python only, and hardly vary.
"""

import platform
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median
from typing import Final

import msgspec

from benchmarks.figures import percentile
from benchmarks.gate.observed import Compared, Counts, Observed, Times
from unified.text.json_text import lay_out_json

FILE: Final = Path(__file__).with_name("bounds.json")
ALLOWED_COUNT: Final = {"bytecodes": 0.03, "calls": 0.03, "statements": 0.0, "kib": 0.1}
"""How much more of each count a change may cost."""
ALLOWED_TIME: Final = 0.07
"""How much more time: with a noise of 1 to 2 %, far from a subject that did not change and from a loss of a tenth."""
TIME: Final = "time"
"""The figure of processor time, as a multiple of the reference work."""
QUICK: Final = 0.05
"""The share of the calls of one page that are quicker than the one that counts."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What every subject cost in the runs that set the bounds."""

    taken: str
    commit: str
    python: str
    runs: int
    counts: dict[str, Counts]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one subject beside its bound."""

    subject: str
    figure: str
    """`bytecodes`, `calls`, `statements`, `kib` or `time`."""
    bound: float
    allowed: float
    """How much more it may be, as a share."""
    found: float

    @property
    def exceeds(self) -> bool:
        return self.found > self.bound * (1 + self.allowed)

    @property
    def change(self) -> float:
        return self.found / self.bound - 1 if self.bound else 0.0


def ratio_of(compared: Compared) -> float:
    """The quick calls of a subject as a multiple of those of its reference."""
    return _quick(compared.own) / _quick(compared.reference)


def _quick(times: Times) -> float:
    """What a call takes undisturbed, on average over the pages: other work makes calls slower, never faster."""
    return mean(percentile(one, QUICK) for one in times)


def python_version() -> str:
    return ".".join(platform.python_version_tuple()[:2])


def time_findings(base: Observed, own: Observed) -> list[Finding]:
    """The time of each subject that both trees have, beside that of the commit of the bounds."""
    return [
        Finding(subject=name, figure=TIME, bound=ratio_of(compared), allowed=ALLOWED_TIME, found=ratio_of(own.times[name]))
        for name, compared in base.times.items()
        if name in own.times
    ]


def count_findings(bounds: Bounds, observed: Observed) -> list[Finding]:
    """The counts beside their bounds; none on another version of Python."""
    if bounds.python != python_version():
        return []
    return [
        Finding(
            subject=name,
            figure=figure,
            bound=getattr(bounds.counts[name], figure),
            allowed=allowed,
            found=getattr(counts, figure),
        )
        for name, counts in observed.counts.items()
        for figure, allowed in ALLOWED_COUNT.items()
    ]


def bounds_from(runs: Sequence[Observed], taken: str, commit: str) -> Bounds:
    """The bounds that some runs of one commit give."""
    return Bounds(
        taken=taken,
        commit=commit,
        python=python_version(),
        runs=len(runs),
        counts={name: _median_counts([run.counts[name] for run in runs]) for name in runs[0].counts},
    )


def _median_counts(found: Sequence[Counts]) -> Counts:
    return Counts(**{figure: round(median(getattr(one, figure) for one in found), 1) for figure in ALLOWED_COUNT})


def read() -> Bounds:
    return msgspec.json.decode(FILE.read_bytes(), type=Bounds)


def write(bounds: Bounds) -> None:
    FILE.write_text(lay_out_json(msgspec.to_builtins(bounds)) + "\n", encoding="utf-8")
