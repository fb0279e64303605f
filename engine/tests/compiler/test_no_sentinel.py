"""UNDEFINED stands for nothing, so no value holds it: not what an expression answers, not what a given function gets.

Random programs, most of them array literals with predicates, in all three forms. The programs are asked themselves, since
`result` and `plain` would take the sentinel out again.
"""

import copy
import random
from contextlib import suppress

import pytest

from jsonata_benchmarks.fuzzing import walks
from jsonata_benchmarks.fuzzing.documents import DOCUMENTS
from jsonata_benchmarks.fuzzing.forms import generator
from jsonata_benchmarks.fuzzing.generator import Scope
from unified_jsonata import UNDEFINED, Limits, compile
from unified_jsonata.compiler.program import Form
from unified_jsonata.runtime import calls
from unified_jsonata.runtime.budget import RUNNING, Budget
from unified_jsonata.runtime.plain import plain, result

SEED = 20261126
COUNT = 600
LITERALS = 0.7
"""Share of programs that are array literals; the others are of any form."""
LIMITS = Limits(timeout=5.0)
NOTHING = ("[9]", '["x"]', '[$="x"]', "[false]", "[[1]]", "[[0,2]]", "[nothing_here]", "[]")
"""Predicates, most of which select nothing."""
AROUND = (
    *("§", "§", "§", "$own(§)", "(§)", "$.§", "§.$", "§^($)", "§@$q", "§#$q", '§{"k": $}', "[§]", "[§, 1]", '{"k": §}'),
    *("$map([1, 2], function($v){ § })", "$append(§, 1)", "$own(?, 1)(§)", "(§ ~> $own)", "(§ ?: §)"),
)
"""What a literal stands in."""
FORMS = [pytest.param(form, id=form.name.lower()) for form in Form]


def literal(gen, scope):
    """An array of literals and other things, with predicates behind it."""
    items = [_item(gen, scope.below()) for _ in range(gen.rng.choice((0, 1, 1, 2, 3)))]
    stages = [gen.rng.choice((walks.predicate(gen, scope.below(), [1]), *NOTHING)) for _ in range(gen.rng.choice((0, 1, 1, 2)))]
    return gen.rng.choice(AROUND).replace("§", f"[{', '.join(items)}]{''.join(stages)}")


def _item(gen, scope):
    if scope.depth <= 0:
        return gen.leaf("x", scope)
    return gen.of("x", scope) if gen.rng.random() < 0.4 else literal(gen, scope)


def programs():
    gen = generator(random.Random(SEED))
    for _ in range(COUNT):
        document = gen.rng.choice((UNDEFINED, *DOCUMENTS))
        sample = None if document is UNDEFINED else document
        scope = Scope(context=sample, root=sample, depth=gen.rng.choice((2, 2, 3)))
        source = literal(gen, scope) if gen.rng.random() < LITERALS else gen.of(gen.rng.choice("xxaaosnb"), scope)
        yield source if gen.rng.random() < 0.7 else f"$own({source})", document


def own(value=UNDEFINED, _other=UNDEFINED):
    return value


def holds(value, levels=50):
    """Whether there is UNDEFINED inside of a value; a transform may put a value into itself."""
    inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return levels > 0 and any(item is UNDEFINED or holds(item, levels - 1) for item in inside)


def raw(source, document, form):
    """What the program of a form answers, before it is made plain."""
    runner = compile(source, {"own": own}, lazy=True)._runner
    program = runner.program(frozenset(), form=form)
    budget = RUNNING.budget = Budget(LIMITS, runner._evaluator)
    budget.depth = LIMITS.depth
    return program.main(copy.deepcopy(document), {}, budget)


@pytest.fixture
def passed(monkeypatch):
    """Every value that was on its way to a given function."""
    seen = []
    monkeypatch.setattr(calls, "plain", lambda value: seen.append(value) or plain(value))
    yield seen
    RUNNING.budget = None


@pytest.mark.parametrize("form", FORMS)
def test_no_answer_and_no_argument_holds_the_sentinel(form, passed):
    found, values, before = [], 0, RUNNING.budget
    for source, document in programs():
        passed.clear()
        answer = UNDEFINED
        with suppress(Exception):  # errors of the language as they are raised, and Nested
            answer = raw(source, document, form)
            values += 1
        if holds(answer) or any(map(holds, passed)):
            found.append((source, document))
    RUNNING.budget = before
    assert found == []
    assert values > COUNT / 2


SELECTED = {
    "[[1][1]]": [],
    '[[a,b][$="x"]]': [],
    '[[]["a"]]': [],
    "[[][1],2]": [2],
    "[1,[2][1]]": [1],
    "[[1][0],[2][1]]": [1],
    "[[[1,2]][0]]": [[1, 2]],
    "[[1,2][$>0],3]": [[1, 2], 3],
    "$string([[1][1]])": "[]",
    "$count([[1][1]])": 0,
    "$own([[1][1]])": [],
    '{"k": [[1][1]]}': {"k": []},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("source", SELECTED)
def test_an_empty_selection_adds_nothing(source, form):
    expression = compile(source, {"own": own}, lazy=True)
    expression._runner._form = form
    assert expression.evaluate({"a": 1, "b": 2}) == SELECTED[source]


def test_no_result_contains_the_sentinel():
    """The last resort, should a program hold it all the same: what is not there does not become null."""
    value = [UNDEFINED, None, {"a": UNDEFINED, "b": [1, UNDEFINED]}]
    assert plain(value) == result(value, 100) == [None, {"b": [1]}]


def test_the_walk_finds_it():
    assert holds([[UNDEFINED]])
    assert holds({"a": [{"b": UNDEFINED}]})
    assert not holds(UNDEFINED)
