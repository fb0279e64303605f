"""`make fuzz-jsonata N=10000 SEED=1`: damaged pages and random expressions, here and in another engine.

Ends with status 1 when a difference has no explanation. The other engine is npm's when node is there, else
jsonata-python. `make fuzz-jsonata N=250000 RESUME=/tmp/fuzz.jsonl` keeps what is done in that file: it can be stopped at any
time, and goes on from there.
"""

import argparse
import sys
import textwrap
from collections import Counter
from functools import partial
from pathlib import Path

from jsonata_benchmarks.fuzzing.campaign import Difference, Tally, differs
from jsonata_benchmarks.fuzzing.parts import Log, run
from jsonata_benchmarks.fuzzing.shrinking import smallest
from jsonata_benchmarks.oracle import Oracle, best_oracle
from jsonata_benchmarks.outcome import as_text, ours

SHOWN = 25
"""Differences that are made small and printed; the others are counted."""
WIDTH = 400


def report(title: str, tally: Tally, oracle: Oracle) -> None:
    """Print what came of one campaign."""
    print(f"\n{title}: {tally.compared:,} compared with {oracle.name}")
    print(f"  {tally.values:,} the same value, {tally.failed:,} both failed ({tally.same_codes:,} with the same code)")
    print(f"  {tally.undecided:,} undecided (the other engine hung or died)")
    for name, count in tally.explained.most_common():
        print(f"  {count:,} explained: {name}")
    for name, count in tally.decided.most_common():
        print(f"  {count:,} other codes by decision: {name}")
    for name, count in tally.places.most_common():
        print(f"  {count:,} errors with the same code: {name}")
    print(f"  {len(tally.differences):,} unexplained, {len(tally.pairs):,} pairs of codes without a decision")


def show(differences: list[Difference], oracle: Oracle) -> None:
    """Print differences made small, each smallest form once."""
    seen: set[str] = set()
    for one in differences[:SHOWN]:
        source, document = smallest(one.source, one.document, partial(differs, oracle=oracle))
        if source not in seen:
            seen.add(source)
            print(f"\n  {_short(source)}\n    over   {_short(as_text(document))}")
            print(f"    ours   {_short(ours(source, document).shown())}")
            print(f"    {oracle.name:6} {_short(oracle.answer(source, document).shown())}")


def _short(text: str) -> str:
    printable = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return textwrap.shorten(printable, WIDTH, placeholder=" …")


def main(count: int, seed: int, path: Path | None) -> int:
    oracle, reason = best_oracle()
    if reason is not None:
        print(f"Without npm's engine: {reason}. jsonata-python is asked instead; it has faults of its own.")
    log = Log(path, oracle.name)
    try:
        run(log, count, seed, oracle)
    except KeyboardInterrupt:
        print("Stopped.")
    every = Tally()
    for title, tally in log.totals(oracle).items():
        report(title, tally, oracle)
        show(tally.differences, oracle)
        for pair, times in Counter((one.ours.code, one.other.code) for one in tally.pairs).most_common():
            print(f"  {pair[0]} for {pair[1]} ({times})")
        every.add(tally)
    oracle.close()
    spent = log.seconds() / (every.compared or 1) * 10_000
    print(f"\n{every.compared:,} compared, by {log.engines()} versions of the engine; {spent:.1f} seconds a 10,000")
    return 1 if every.differences or every.pairs else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, help="how many of each of the four kinds")
    parser.add_argument("seed", type=int, help="the seed of the first thousand; the next has the next seed")
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="keep the counts of each thousand there, and go on from them"
    )
    return parser.parse_args()


if __name__ == "__main__":
    given = arguments()
    sys.exit(main(given.count, given.seed, given.resume))
