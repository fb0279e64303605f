"""Rows and results made up for tests of what is written from them."""

from benchmarks.figures import Figures
from benchmarks.latencies import Latency
from benchmarks.measure import Measured, Rounds
from benchmarks.plan import Plan
from benchmarks.results import Results, Table


def row(name: str, *rounds: float, title: str = "") -> Measured:
    """A row that took so many milliseconds in each round."""
    return Measured(
        name=name,
        title=title or name,
        milliseconds=Figures(rounds=rounds),
        per_second=Figures(rounds=tuple(1000 / one for one in rounds)),
        p50_ms=Figures(rounds=rounds),
        bytes=96_000,
        count=10,
    )


def latency(name: str, rate: int, p50: float | None, p99: float | None) -> Latency:
    return Latency(name=name, title=name, rate=rate, p50_ms=p50, p99_ms=p99)


LIKE = {"pass": ("nginx",), "mapped": ("node_hand",)}


def results(*rows: Measured, latencies: tuple[Latency, ...] = (), missing: dict[str, str] | None = None) -> Results:
    """A run with one table of whole paths."""
    table = Table(name="paths", title="Whole paths", like=LIKE, rows=rows)
    return Results(
        taken="2026-11-26",
        commit="0000000",
        machine={},
        versions={},
        plan=Plan(),
        rounds=Rounds(kept=9, dropped=1, disturbed=False),
        tables=(table,),
        missing=missing or {},
        more={},
        latencies=latencies,
        memory_mib={},
        starts={},
        parts={},
    )
