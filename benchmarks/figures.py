"""What the rounds of a measurement say: the middle, the best, and how far the rounds lie apart."""

import statistics
from collections.abc import Sequence

import msgspec


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One number for each round, in the order of the rounds."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def best(self) -> float:
        return min(self.rounds)

    @property
    def spread(self) -> float:
        """The distance between the quartiles as a share of the median: half of the rounds lie that close together."""
        if len(self.rounds) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.rounds, n=4, method="inclusive")
        return (high - low) / self.median if self.median else 0.0


def ratio(over: Figures, under: Figures) -> Figures:
    """The ratio of each round: what slows the machine down for a while slows both, and drops out."""
    return Figures(rounds=tuple(one / other for one, other in zip(over.rounds, under.rounds, strict=True)))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
