"""Many evaluations by both engines, compared, explained and counted."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from jsonata_benchmarks.differences.decided_codes import decision
from jsonata_benchmarks.fuzzing.documents import DOCUMENTS
from jsonata_benchmarks.fuzzing.explaining import explanation
from jsonata_benchmarks.fuzzing.forms import generator
from jsonata_benchmarks.fuzzing.fusions import FUSIONS
from jsonata_benchmarks.fuzzing.generator import Scope
from jsonata_benchmarks.fuzzing.mutation import fewer_records, mutated
from jsonata_benchmarks.fuzzing.places import place
from jsonata_benchmarks.fuzzing.programs import program
from jsonata_benchmarks.oracle import Oracle
from jsonata_benchmarks.outcome import Outcome, agree, ours
from jsonata_benchmarks.subjects import Page, pages

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
    """What came of many comparisons; each is counted once."""

    compared: int = 0
    values: int = 0
    undecided: int = 0
    failed: int = 0
    same_codes: int = 0
    """How many of those that failed had the same code."""
    explained: Counter[str] = msgspec.field(default_factory=Counter)
    decided: Counter[str] = msgspec.field(default_factory=Counter)
    """Why both failed with different codes."""
    places: Counter[str] = msgspec.field(default_factory=Counter)
    """How the places of the same code compare."""
    differences: list[Difference] = []
    pairs: list[Difference] = []
    """Different codes for which there is no decision."""

    def add(self, other: "Tally") -> None:
        """Count what came of other comparisons too."""
        self.compared += other.compared
        self.values += other.values
        self.undecided += other.undecided
        self.failed += other.failed
        self.same_codes += other.same_codes
        self.explained += other.explained
        self.decided += other.decided
        self.places += other.places
        self.differences = [*self.differences, *other.differences]
        self.pairs = [*self.pairs, *other.pairs]


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


def generated_programs(count: int, seed: int) -> Iterator[Subject]:
    """So many programs whose names mean something else in nearly every scope."""
    gen = generator(random.Random(seed))
    for _ in range(count):
        document = gen.rng.choice(DOCUMENTS)
        yield program(gen, Scope(context=document, root=document, depth=gen.rng.choice((1, 2, 2, 3)))), document


def compare(subjects: Iterator[Subject], oracle: Oracle) -> Tally:
    """Evaluate each subject here and there, and count."""
    tally = Tally()
    for source, document in subjects:
        tally.compared += 1
        waiting = oracle.asked(source, document)
        mine, other = ours(source, document), waiting()
        if agree(mine, other):
            _count(tally, Difference(source=source, document=document, ours=mine, other=other), oracle)
        else:
            name = explanation(source, document, mine, other, oracle)
            if name is not None:
                tally.explained[name] += 1
            else:
                found = Difference(source=source, document=document, ours=mine, other=other)
                tally.differences.append(found)
    return tally


def _count(tally: Tally, found: Difference, oracle: Oracle) -> None:
    """Count what agrees, and why the codes do not; jsonata-python's codes are not compared."""
    mine, other = found.ours, found.other
    if mine.undecided or other.undecided:
        tally.undecided += 1
        return
    if mine.code is None:
        tally.values += 1
        return
    if mine.code != other.code and oracle.name == "node":
        name = decision(found.source, found.document, mine, other, oracle)
        if name is None:
            tally.pairs.append(found)
            return
        tally.decided[name] += 1
    tally.failed += 1
    tally.same_codes += mine.code == other.code
    if mine.code == other.code and oracle.name == "node":
        tally.places[place(found.source, mine, other)] += 1


def differs(source: str, document: Any, oracle: Oracle) -> bool:
    """Whether the engines disagree on this in a way that nothing explains."""
    mine, other = ours(source, document), oracle.answer(source, document)
    return not agree(mine, other) and explanation(source, document, mine, other, oracle) is None


CAMPAIGNS: Final[Mapping[str, Callable[[int, int], Iterator[Subject]]]] = MappingProxyType(
    {
        "Damaged pages": mutated_pages,
        "Random expressions": generated_expressions,
        "Nested functions and binds": fused_expressions,
        "Programs that bind their names again": generated_programs,
    }
)
"""Title -> what makes so many subjects from a seed."""
