"""What a page of 100 records costs in this engine, in two others, and written by hand: `python -m jsonata_benchmarks.speed`.

Interleaved rounds in one run; of each engine the best round counts. Absolute times are of this machine, the ratios are
what is compared. Every engine's value is verified before anything is timed.
"""

import gc
import os
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from statistics import geometric_mean

from rich.console import Console
from rich.table import Table

from jsonata_benchmarks import node
from jsonata_benchmarks.caches import forget
from jsonata_benchmarks.contenders import ByHand, Contender, JsonataPython, Npm, This
from jsonata_benchmarks.subjects import SHARED, Page, pages
from unified_jsonata import compile

ROUNDS = int(os.environ.get("ROUNDS") or 7)
OUT = Console(width=160)
Times = dict[str, dict[str, float]]
"""Contender -> page -> best milliseconds; a contender that answers a page wrongly has no time for it."""
Ratios = dict[str, float]
"""What is compared -> how many times as fast, or as slow, this engine is."""
RATIOS = (
    ("jsonata-python / this", "jsonata-python", "this"),
    ("this / hand", "this", "hand"),
    ("node / this", "node", "this"),
)


def contenders() -> list[Contender]:
    found: list[Contender] = [This(), ByHand(), JsonataPython()]
    reason = node.missing()
    if reason is None:
        return [*found, Npm()]
    OUT.print(f"[yellow]Without npm's engine: {reason}.[/yellow]")
    return found


def verified(measured: list[Page], engines: list[Contender]) -> dict[str, list[Page]]:
    """The pages that each contender answers rightly; this engine must answer all."""
    right: dict[str, list[Page]] = {}
    for engine in engines:
        right[engine.name] = [page for page in measured if engine.right(page)]
        for page in measured:
            if page not in right[engine.name]:
                OUT.print(f"[red]{engine.name} gives a wrong value for {page.name}; not timed.[/red]")
    return right


def best_times(right: dict[str, list[Page]], engines: list[Contender], rounds: int) -> Times:
    """The best of interleaved rounds."""
    best: Times = {engine.name: {} for engine in engines}
    for _ in range(rounds):
        for engine in engines:
            for page in right[engine.name]:
                took = engine.timed(page)
                best[engine.name][page.name] = min(took, best[engine.name].get(page.name, took))
    return best


def compile_times(measured: Iterable[Page], rounds: int) -> dict[str, float]:
    """Milliseconds to compile each mapping with nothing remembered from before."""
    return {page.name: min(_timed(partial(compile, page.source)) for _ in range(rounds)) for page in measured}


def _timed(run: Callable[[], object]) -> float:
    forget()
    began = time.process_time()
    run()
    return (time.process_time() - began) * 1000


def show_times(measured: list[Page], best: Times, compiled: dict[str, float]) -> None:
    """Milliseconds a page of each contender, and of compiling."""
    table = Table("ms a page", *(page.name for page in measured), title=f"Best of {ROUNDS} rounds, 100 records a page")
    for name, found in best.items():
        table.add_row(name, *(_figure(found.get(page.name)) for page in measured))
    table.add_row("compiling", *(_figure(compiled[page.name]) for page in measured))
    OUT.print(table)


def show_ratios(measured: list[Page], best: Times) -> Ratios:
    """Ratios a page, and their geometric means over the given pages, the own pages and all; what the goals speak of."""
    names = [page.name for page in measured]
    groups = ([page.name for page in measured if page.given], [page.name for page in measured if not page.given], names)
    table = Table("times", *names, "mean of given", "mean of own", "mean", title="Ratios and geometric means")
    found: Ratios = {}
    for title, over, under in RATIOS:
        ratios = _ratios(best.get(over, {}), best.get(under, {}))
        means = [_mean(ratios[name] for name in group if name in ratios) for group in groups]
        other = under if over == "this" else over
        found |= {name: mean for name, mean in ((other, means[0]), (f"own {other}", means[1])) if mean is not None}
        table.add_row(title, *(_figure(ratios.get(name)) for name in names), *map(_figure, means))
    OUT.print(table)
    return found


def _ratios(over: dict[str, float], under: dict[str, float]) -> dict[str, float]:
    return {name: over[name] / under[name] for name in over if name in under}


def _mean(found: Iterable[float]) -> float | None:
    values = list(found)
    return geometric_mean(values) if values else None


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def measure(rounds: int) -> tuple[bool, Ratios]:
    """Measure all pages and print them; whether this engine and the mappings by hand answer all of them rightly, and ratios."""
    measured = pages()
    if not SHARED.is_dir():
        OUT.print(f"[yellow]The four given pages are not at {SHARED}; the project's own are measured.[/yellow]")
    engines = contenders()
    right = verified(measured, engines)
    best = best_times(right, engines, rounds)
    show_times(measured, best, compile_times(measured, rounds))
    ratios = show_ratios(measured, best)
    for engine in engines:
        if isinstance(engine, Npm):
            engine.close()
    return len(right["this"]) == len(right["hand"]) == len(measured), ratios


def main() -> int:
    gc.collect()
    gc.freeze()
    return 0 if measure(ROUNDS)[0] else 1


if __name__ == "__main__":
    sys.exit(main())
