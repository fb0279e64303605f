"""`make soak-jsonata N=10000000 SEED=1`: random programs over random documents, in every form and without shorter ways.

Ends with status 1 when two forms give different values or codes, when the compiler fails, or when an evaluation ends with an
exception that no expression should cause. Each program is evaluated over several documents, because compiling it costs more
than evaluating it.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from jsonata_benchmarks.comparison import same
from jsonata_benchmarks.fuzzing.campaign import CAMPAIGNS
from jsonata_benchmarks.fuzzing.documents import DOCUMENTS
from jsonata_benchmarks.fuzzing.mutation import mutated
from jsonata_benchmarks.outcome import CRASHES, LIMITS, Outcome, as_text
from jsonata_benchmarks.plain_programs import plain_expression
from unified_jsonata import Expression, JsonataError, compile
from unified_jsonata.compiler.program import Form
from unified_jsonata.faults import faults
from unified_jsonata.limits import EXCEEDED
from unified_jsonata.still import standing_still

DOCUMENTS_EACH: Final = 12
"""Documents over which a program is evaluated."""
BLOCK: Final = 250
"""Programs of each kind from one seed."""
SHOWN: Final = 25
"""Differences that are printed; the others are counted."""
MILLIS: Final = 1_700_000_000_000


class Soaked(msgspec.Struct, kw_only=True):
    """What came of the evaluations so far."""

    programs: int = 0
    evaluations: int = 0
    codes: Counter[str] = msgspec.field(default_factory=Counter)
    """How often an evaluation ended with a code; `value` counts those with a value."""
    differences: list[str] = []


def documents(own: Any, rng: random.Random) -> Iterator[Any]:
    """Yield a program's own document, and others: damaged copies of it and of the small documents."""
    yield own
    for at in range(DOCUMENTS_EACH - 1):
        document = own if at % 2 else rng.choice(DOCUMENTS)
        yield mutated(document, rng) if isinstance(document, (dict, list)) else document


def outcome(expression: Expression, document: Any) -> Outcome:
    """Return how an evaluation ended, with time and chance that stand still."""
    try:
        with standing_still(MILLIS):
            return Outcome(value=expression.evaluate(document, None, LIMITS))
    except JsonataError as error:
        return Outcome(code=error.code)


def in_form(source: str, form: Form) -> Expression:
    """Return an expression that begins with a form."""
    expression = compile(source, lazy=True)
    expression._runner._form = form  # type: ignore[attr-defined]  # noqa: SLF001
    return expression.prepare()


def in_every_form(source: str) -> list[Expression]:
    """Return an expression in each form, and without shorter ways; none if the source is refused."""
    try:
        return [*(in_form(source, form) for form in Form), plain_expression(source)]
    except JsonataError as error:
        if error.code in CRASHES:
            raise
        return []


def alike(one: Outcome, other: Outcome) -> bool:
    """Return whether two outcomes are the same; the bound that an endless evaluation meets first may differ."""
    if one.code is None or other.code is None:
        return one.code == other.code and same(one.value, other.value)
    return one.code == other.code or {one.code, other.code} <= EXCEEDED


def soak(source: str, own: Any, rng: random.Random, found: Soaked) -> None:
    """Evaluate one program in every form over its documents."""
    forms = in_every_form(source)
    if not forms:
        return
    found.programs += 1
    for document in documents(own, rng):
        first, *others = (outcome(one, document) for one in forms)
        found.evaluations += len(forms)
        found.codes[first.code or "value"] += 1
        if first.crashed or not all(alike(first, one) for one in others):
            shown = " | ".join(one.shown() for one in (first, *others))
            found.differences.append(f"{source}\n    over {as_text(document)}\n    {shown}")


def run(count: int, seed: int) -> Soaked:
    """Evaluate so many times, from a seed on; print a line every quarter of a million."""
    found, begun, told = Soaked(), time.process_time(), 0
    while found.evaluations < count:
        for make in CAMPAIGNS.values():
            rng = random.Random(seed)
            for source, own in make(BLOCK, seed):
                soak(source, own, rng, found)
        seed += 1
        if found.evaluations // 250_000 > told:
            told = found.evaluations // 250_000
            print(f"{_counted(found)}; next seed {seed}, {time.process_time() - begun:,.0f} s", flush=True)
    return found


def _counted(found: Soaked) -> str:
    different = len(found.differences)
    return (
        f"{found.evaluations:,} evaluations of {found.programs:,} programs in {len(Form) + 1} forms, {different:,} differences"
    )


def main(count: int, seed: int) -> int:
    found = run(count, seed)
    for one in found.differences[:SHOWN]:
        print(one)
    print(_counted(found))
    print(f"outcomes of the first form: {dict(found.codes.most_common())}")
    print(f"faults of the compiler: {dict(faults())}")
    return 1 if found.differences or faults() else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, help="how many evaluations")
    parser.add_argument("seed", type=int, help="the seed of the first programs; the next have the next seed")
    return parser.parse_args()


if __name__ == "__main__":
    given = arguments()
    sys.exit(main(given.count, given.seed))
