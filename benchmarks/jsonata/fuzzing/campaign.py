"""Many evaluations by both engines, compared, explained and counted."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from benchmarks.jsonata.fuzzing.documents import DOCUMENTS
from benchmarks.jsonata.fuzzing.explaining import explanation
from benchmarks.jsonata.fuzzing.forms import generator
from benchmarks.jsonata.fuzzing.fusions import FUSIONS
from benchmarks.jsonata.fuzzing.generator import Scope
from benchmarks.jsonata.fuzzing.mutation import fewer_records, mutated
from benchmarks.jsonata.fuzzing.oracle import Oracle
from benchmarks.jsonata.fuzzing.outcome import Outcome, agree, ours
from benchmarks.jsonata.subjects import Page, pages

DEPTHS: Final = (2, 3, 3, 4, 4, 5)
Subject = tuple[str, Any]
"""An expression and its document."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Two engines that do not agree."""

    source: str
    document: Any
    ours: Outcome
    other: Outcome


class Tally(msgspec.Struct, kw_only=True):
    """What came of many comparisons; `codes` counts errors of both sides by their pair of codes."""

    compared: int = 0
    values: int = 0
    undecided: int = 0
    codes: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    explained: Counter[str] = msgspec.field(default_factory=Counter)
    differences: list[Difference] = []


def mutated_pages(count: int, seed: int, measured: Sequence[Page] | None = None) -> Iterator[Subject]:
    """These pages' mappings, or all of them, over so many damaged documents of a few records."""
    rng = random.Random(seed)
    measured = pages() if measured is None else measured
    for at in range(count):
        page = measured[at % len(measured)]
        yield page.source, mutated(fewer_records(page.document, rng), rng)


def generated_expressions(count: int, seed: int) -> Iterator[Subject]:
    """So many expressions of the grammar, each over one of the small documents."""
    gen = generator(random.Random(seed))
    for _ in range(count):
        document = gen.rng.choice(DOCUMENTS)
        yield gen.expression(document, gen.rng.choice(DEPTHS)), document


def fused_expressions(count: int, seed: int) -> Iterator[Subject]:
    """So many expressions whose outermost form is one of those that the compiler joins with what stands in them."""
    gen = generator(random.Random(seed))
    for _ in range(count):
        document = gen.rng.choice(DOCUMENTS)
        scope = Scope(context=document, root=document, depth=gen.rng.choice((1, 2, 2, 3)))
        yield gen.rng.choice(FUSIONS)(gen, gen.rng.choice("xxanosb"), scope), document


def compare(subjects: Iterator[Subject], oracle: Oracle) -> Tally:
    """Evaluate each subject here and there, and count."""
    tally = Tally()
    for source, document in subjects:
        tally.compared += 1
        mine, other = ours(source, document), oracle.answer(source, document)
        if agree(mine, other):
            _count(tally, mine, other)
        else:
            name = explanation(source, document, mine, other, oracle)
            if name is not None:
                tally.explained[name] += 1
            else:
                found = Difference(source=source, document=document, ours=mine, other=other)
                tally.differences.append(found)
    return tally


def _count(tally: Tally, mine: Outcome, other: Outcome) -> None:
    if mine.undecided or other.undecided:
        tally.undecided += 1
    elif mine.code is None:
        tally.values += 1
    else:
        tally.codes[mine.code, str(other.code)] += 1


def differs(source: str, document: Any, oracle: Oracle) -> bool:
    """Whether the engines disagree on this in a way that nothing explains."""
    mine, other = ours(source, document), oracle.answer(source, document)
    return not agree(mine, other) and explanation(source, document, mine, other, oracle) is None
