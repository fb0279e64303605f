"""`make bench-jsonata`: what a page of 100 records costs in the engine and in others, and record mappings of the catalog.

Ends with status 1 when a least figure of `benchmarks.goals.ENGINE` is missed.
"""

import sys

from benchmarks.goals import ENGINE, goals_grid, judged
from benchmarks.jsonata import records
from benchmarks.measure import collected_as_in_service
from benchmarks.singles import compilations
from benchmarks.tables import shown
from jsonata_benchmarks.speed import OUT, ROUNDS, measure


def main() -> int:
    with collected_as_in_service():
        is_right, found = measure(ROUNDS)
        found |= {"compile_ms": compilations(ROUNDS).best}
        records.show(OUT, ROUNDS)
    judgement = judged(ENGINE, found)
    OUT.print(shown(goals_grid(judgement)))
    return 0 if is_right and not any(one.fails for one in judgement) else 1


if __name__ == "__main__":
    sys.exit(main())
