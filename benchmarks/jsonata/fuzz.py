"""`make fuzz-jsonata N=10000 SEED=1`: damaged pages and random expressions, here and in another engine.

Ends with status 1 when a difference has no explanation. The other engine is npm's when node is there, else
jsonata-python.
"""

import sys
import textwrap
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.jsonata.fuzzing.campaign import (
    Difference,
    Subject,
    Tally,
    compare,
    differs,
    fused_expressions,
    generated_expressions,
    mutated_pages,
)
from benchmarks.jsonata.fuzzing.oracle import Oracle, best_oracle
from benchmarks.jsonata.fuzzing.outcome import as_text, ours
from benchmarks.jsonata.fuzzing.shrinking import smallest

SHOWN = 25
"""Differences that are made small and printed; the others are counted."""
CODES = 15
WIDTH = 400


def report(title: str, tally: Tally, oracle: Oracle) -> None:
    """Print what came of one campaign."""
    failed = sum(tally.codes.values())
    right = sum(count for (mine, other), count in tally.codes.items() if mine == other)
    print(f"\n{title}: {tally.compared:,} compared with {oracle.name}")
    print(f"  {tally.values:,} the same value, {failed:,} both failed ({right:,} with the same code)")
    print(f"  {tally.undecided:,} undecided (the other engine hung or died)")
    for name, count in tally.explained.most_common():
        print(f"  {count:,} explained: {name}")
    odd = other_codes(tally)
    if odd:
        print("  other codes: " + ", ".join(f"{mine} for {other} ({count})" for (mine, other), count in odd[:CODES]))
    print(f"  {len(tally.differences):,} unexplained")


def other_codes(tally: Tally) -> list[tuple[tuple[str, str], int]]:
    return [(pair, count) for pair, count in tally.codes.most_common() if pair[0] != pair[1]]


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


def main(count: int, seed: int) -> int:
    oracle, reason = best_oracle()
    if reason is not None:
        print(f"Without npm's engine: {reason}. jsonata-python is asked instead; it has faults of its own.")
    campaigns: tuple[tuple[str, Callable[[int, int], Iterator[Subject]]], ...] = (
        ("Damaged pages", mutated_pages),
        ("Random expressions", generated_expressions),
        ("Nested functions and binds", fused_expressions),
    )
    left = 0
    for title, subjects in campaigns:
        tally = compare(subjects(count, seed), oracle)
        report(title, tally, oracle)
        show(tally.differences, oracle)
        left += len(tally.differences)
    oracle.close()
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
