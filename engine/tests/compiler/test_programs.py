"""Every program is sound: its names are made before they are read, and its forms give the same."""

import copy

import pytest

from jsonata_benchmarks import suite
from jsonata_benchmarks.fuzzing.campaign import fused_expressions, generated_expressions, generated_programs
from jsonata_benchmarks.outcome import LIMITS, Outcome, agree
from jsonata_benchmarks.plain_programs import plain_expression
from jsonata_benchmarks.subjects import own_pages
from tests.compiler.bound_names import unbound
from unified_jsonata import JsonataError, compile, parse
from unified_jsonata.compiler.program import Form, Program
from unified_jsonata.errors import Failure

SEED = 20261126
RANDOM = [
    *((source, document) for source, document in fused_expressions(150, SEED)),
    *((source, document) for source, document in generated_expressions(60, SEED)),
    *((source, document) for source, document in generated_programs(150, SEED)),
    *((page.source, page.document) for page in own_pages()),
]
ISSUE = [
    "$reduce($map(t, function($x){ $x + 2 }), function($a, $b){ $a * $b })",
    "$reduce($filter(t, function($x){ $x }), function($a, $b){ $a * $b }, 1)",
    "$map($map(t, function($x){ $x }), function($x, $i, $l){ $l })",
    "($x := $map(t, function($x){ $x }); [$reduce($x, function($a, $b){ $a * $b }), $x, $count($x)])",
    "$map(t, function($x){ $reduce($map(t, function($y){ $x }), function($a, $b){ $a + $b }) })",
]


def programs(source, forms):
    """The programs of an expression in these forms; none when it is refused."""
    try:
        tree = parse(source)
        yield from (Program(source, tree, {}, frozenset(), form=form) for form in forms)
    except (JsonataError, Failure):
        return


def wrong(source, forms=tuple(Form)):
    return [
        (source, one.form.name, found)
        for one in programs(source, forms)
        if (found := unbound(one.source, one.main.__globals__))
    ]


@pytest.mark.parametrize("source", ISSUE)
def test_names_are_made_before_they_are_read(source):
    assert wrong(source) == []


@pytest.mark.slow
def test_names_are_made_before_they_are_read_in_random_programs():
    assert [one for source, _ in RANDOM for one in wrong(source)] == []


@pytest.mark.slow
@pytest.mark.skipif(not suite.SUITE.is_dir(), reason="the JSONata suite is not beside the repository")
def test_names_are_made_before_they_are_read_in_the_programs_of_the_suite():
    assert [one for case in suite.cases() for one in wrong(case.source, [Form.USUAL])] == []


def evaluated(source, document, form):
    given = copy.deepcopy(document)
    try:
        expression = compile(source, lazy=True)
        expression._runner._form = form
        return Outcome(value=copy.deepcopy(expression.evaluate(given, None, LIMITS)))
    except JsonataError as error:
        return Outcome(code=error.code)


def without_shorter_ways(source, document):
    try:
        expression = plain_expression(source)
        return Outcome(value=copy.deepcopy(expression.evaluate(copy.deepcopy(document), None, LIMITS)))
    except JsonataError as error:
        return Outcome(code=error.code)


def test_both_forms_give_what_a_program_without_shorter_ways_gives():
    odd = []
    for source, document in RANDOM:
        usual, general = (evaluated(source, document, form) for form in Form)
        plain = without_shorter_ways(source, document)
        if usual.code != plain.code or not (agree(usual, general) and agree(usual, plain)):
            odd.append((source, document, usual.shown(), general.shown(), plain.shown()))
    assert odd == []


@pytest.mark.slow
@pytest.mark.skipif(not suite.SUITE.is_dir(), reason="the JSONata suite is not beside the repository")
def test_programs_without_shorter_ways_pass_the_suite(monkeypatch):
    monkeypatch.setattr(suite, "compile", plain_expression)
    assert suite.run(list(suite.cases())) == []


@pytest.mark.slow
@pytest.mark.skipif(not suite.SUITE.is_dir(), reason="the JSONata suite is not beside the repository")
def test_the_general_form_passes_the_suite(monkeypatch):
    monkeypatch.setattr("unified_jsonata.runner.FIRST", Form.GENERAL)
    assert suite.run(list(suite.cases())) == []


SOUND = "def main(root, bound, B):\n    t1 = name(root, 'a')\n    return t1\n"
UNSOUND = {
    "a name of nobody": SOUND.replace("return t1", "return t2"),
    "made in one branch": SOUND.replace("return t1", "if t1:\n        t2 = 1\n    return t2"),
    "made in a loop": SOUND.replace("return t1", "for c2 in t1:\n        t3 = c2\n    return t3"),
    "made in a function": SOUND.replace("return t1", "def f2():\n        t3 = 1\n        return t3\n    return t3"),
    "made after the function that reads it": SOUND.replace(
        "return t1", "def f2():\n        return t3\n    t3 = 1\n    return f2"
    ),
    "made after the line that reads it": SOUND.replace("return t1", "t3 = t4\n    t4 = 1\n    return t3"),
}


@pytest.mark.parametrize("source", UNSOUND.values(), ids=UNSOUND)
def test_the_check_finds(source):
    assert len(unbound(source)) == 1


def test_the_check_lets_pass():
    assert unbound(SOUND) == []
