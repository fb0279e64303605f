"""The bounds of the gate, kept as data with the noise that was measured, and what exceeds them.

Counts depend on the version of Python only, and hardly vary; ratios to the reference work depend on the kind of processor too.
"""

import platform
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median, stdev
from typing import Final

import msgspec

from benchmarks.figures import percentile
from benchmarks.gate.observed import Compared, Counts, Observed, Times
from benchmarks.machine import processor_name
from unified.text.json_text import lay_out_json

FILE: Final = Path(__file__).with_name("bounds.json")
ALLOWED_COUNT: Final = {"bytecodes": 0.03, "calls": 0.03, "statements": 0.0, "kib": 0.1}
"""How much more of each count a change may cost."""
ALLOWED_RATIO: Final = 0.07
"""How much higher a ratio may be: with a noise of 1 %, far from a ratio that did not change and from a loss of a tenth."""
UNKNOWN_ALLOWED: Final = 0.3
"""On another kind of processor, or version of Python, than the bound was measured with."""
QUICK: Final = 0.05
"""The share of the calls of one page that are quicker than the one that counts."""


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """What a subject costs as a multiple of its reference."""

    ratio: float
    noise: float
    """The standard deviation between runs, as a share."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What every subject cost in the runs that set the bounds."""

    taken: str
    commit: str
    processor: str
    python: str
    runs: int
    counts: dict[str, Counts]
    ratios: dict[str, Ratio]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one subject beside its bound."""

    subject: str
    figure: str
    """`bytecodes`, `calls`, `statements`, `kib` or `ratio`."""
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


def findings(bounds: Bounds, observed: Observed) -> list[Finding]:
    """Every figure that has a bound here."""
    found = [*count_findings(bounds, observed)] if bounds.python == python_version() else []
    is_known = (bounds.processor, bounds.python) == (processor_name(), python_version())
    return found + [
        Finding(
            subject=name,
            figure="ratio",
            bound=bounds.ratios[name].ratio,
            allowed=ALLOWED_RATIO if is_known else UNKNOWN_ALLOWED,
            found=ratio_of(compared),
        )
        for name, compared in observed.times.items()
    ]


def count_findings(bounds: Bounds, observed: Observed) -> list[Finding]:
    """The counts beside their bounds."""
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
    names = list(runs[0].times)
    return Bounds(
        taken=taken,
        commit=commit,
        processor=processor_name(),
        python=python_version(),
        runs=len(runs),
        counts={name: _median_counts([run.counts[name] for run in runs]) for name in names},
        ratios={name: _ratio([ratio_of(run.times[name]) for run in runs]) for name in names},
    )


def _median_counts(found: Sequence[Counts]) -> Counts:
    return Counts(**{figure: round(median(getattr(one, figure) for one in found), 1) for figure in ALLOWED_COUNT})


def _ratio(found: Sequence[float]) -> Ratio:
    noise = stdev(found) / mean(found) if len(found) > 1 else 0.0
    return Ratio(ratio=round(median(found), 4), noise=round(noise, 4))


def read() -> Bounds:
    return msgspec.json.decode(FILE.read_bytes(), type=Bounds)


def write(bounds: Bounds) -> None:
    FILE.write_text(lay_out_json(msgspec.to_builtins(bounds)) + "\n", encoding="utf-8")
