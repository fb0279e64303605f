"""Free variables, called functions, argument paths and problems."""

import pytest

from unified_jsonata import analyse, parse
from unified_jsonata.analysis import unbound_variables, unknown_functions
from unified_jsonata.names import BUILTINS, CONTEXT_ARITY
from unified_jsonata.runtime.functions import table

FREE = [
    ("$a", "a", ""),
    ("$ & $$", "", ""),
    ("($a := 1; $a)", "", ""),
    ("($a; $a := 1)", "a", ""),
    ("(($a := 1); $a)", "a", ""),
    ("$a := $a", "a", ""),
    ("function($x){ $x & $y }", "y", ""),
    ("($f := function(){ $later }; $later := 1; $f())", "", ""),
    ("($even := function(){ $odd() }; $odd := function(){ $even() }; $even())", "", ""),
    ("($f := function($n){ $f($n) }; $f(1))", "", ""),
    ("a@$v.b[$v.c]", "", ""),
    ("a@$v[$v.c]", "", ""),
    ("a#$i.{'n': $i}", "", ""),
    ("a[0]#$i[$i]", "", ""),
    ("a@$v{$v.k: $v.x}", "", ""),
    ("(a@$v.b; $v)", "v", ""),
    ("$custom(a)", "", "custom"),
    ("a ~> $custom", "", "custom"),
    ("a ~> $custom(1)", "", "custom"),
    ("$custom(?, 1)", "", "custom"),
    ("$uppercase(a)", "", "uppercase"),
    ("$map(a, $string)", "", "map string"),
    ("$map(a, $custom)", "custom", "map"),
    ("($custom := function(){1}; $custom())", "", ""),
    ("function($f){ $f(1) }($g)", "g", ""),
]


@pytest.mark.parametrize(("source", "variables", "functions"), FREE)
def test_free_names(source, variables, functions):
    found = analyse(parse(source))
    assert [use.name for use in found.variables] == variables.split()
    assert [use.name for use in found.functions] == functions.split()


def test_unknown_functions_and_unbound_variables_with_their_places():
    source = "{'a': $isoDat(x), 'b': $account.y,\n 'c': $accont.z, 'd': $uppercase($iso(y))}"
    found = analyse(parse(source))
    assert [(use.name, source[use.start : use.end]) for use in unknown_functions(found, {"iso"})] == [("isoDat", "$isoDat")]
    assert [(use.name, source[use.start : use.end]) for use in unbound_variables(found, {"account"})] == [("accont", "$accont")]


CALLS = [
    ("$custom(properties)", [("custom", ((("properties",),),))]),
    ("$custom(a.b, 'x', c)", [("custom", ((("a", "b"),), (), (("c",),)))]),
    ("$custom()", [("custom", ())]),
    ("$custom($)", [("custom", (((),),))]),
    ("($p := a; $custom($p.b))", [("custom", ((("a", "b"),),))]),
    ("$custom(x ? a : b)", [("custom", ((("a",), ("b",)),))]),
    ("properties ~> $custom", [("custom", ((("properties",),),))]),
    ("properties ~> $custom('x')", [("custom", ((("properties",),), ()))]),
    ("items.$custom(name)", [("custom", ((("items", "name"),),))]),
    ("name.$trim()", [("trim", ((("name",),),))]),
    ("function($x){ $custom($x.a) }(b)", [("custom", ((("b", "a"),),))]),
    (
        "($f := function($x){ $custom($x) }; [$f(a), $f(b)])",
        [("custom", ((("a",), ("b",)),))],
    ),
    ("$custom(a & b)", [("custom", ((),))]),
]


@pytest.mark.parametrize(("source", "calls"), CALLS)
def test_calls_with_the_paths_of_their_arguments(source, calls):
    assert [(call.function, call.arguments) for call in analyse(parse(source)).calls] == calls


PROBLEMS = [
    (
        "{'a': 1, 'b': 2, 'a': 3}",
        ("duplicate_key", 'the key "a" occurs twice in one object, which is an error when it runs', "'a'"),
    ),
    ("uppercase(x)", ("not_a_function", '"uppercase" is a field, not a function; write $uppercase', "uppercase")),
    ("a.b(x)", ("not_a_function", '"b" is a field, not a function', "b")),
    ("x ~> trim", ("not_a_function", '"trim" is a field, not a function; write $trim', "trim")),
    ("$eval(x)", ("dynamic", "what $eval reads is known only when it runs", "$eval(x)")),
]


@pytest.mark.parametrize(("source", "problem"), PROBLEMS)
def test_problems(source, problem):
    (found,) = analyse(parse(source)).problems
    assert (found.code, found.message, source[found.start : found.end].rstrip()) == problem


def test_a_sound_expression_has_no_problems():
    assert analyse(parse("{'a': $uppercase(x), 'b': y.{'a': z}}")).problems == ()


def test_the_built_in_functions():
    assert len(BUILTINS) == 65
    assert {"sum", "fromMillis", "lookup", "base64decode", "assert"} <= BUILTINS


def test_what_the_analysis_knows_of_a_function_is_what_runs():
    assert frozenset(table.BUILTINS) == BUILTINS
    assert dict(CONTEXT_ARITY) == {name: _needed(row) for name, row in table.BUILTINS.items() if _from_context(row)}


def _from_context(row):
    return bool(row.signature.parameters) and row.signature.parameters[0].context is not None


def _needed(row):
    """Arguments below which the context comes in; one callback alone makes `$sift` take it too."""
    _, *others = row.signature.parameters
    return 1 + sum(not one.pattern.endswith("?)") or one.kind == "f" for one in others)
