"""What an expression answers: plain JSON, null apart from undefined, exact integers, untouched input."""

import copy
import json
import pickle
from types import MappingProxyType

import pytest

from unified_jsonata import UNDEFINED, compile

NULLS = [
    ("a", {"a": None}, None),
    ("a", {}, UNDEFINED),
    ("a.b", {"a": {"b": None}}, None),
    ("a.b", {"a": None}, UNDEFINED),
    ("a.b", {"a": 5}, UNDEFINED),
    ("a", None, UNDEFINED),
    ("a", UNDEFINED, UNDEFINED),
    ("$", None, None),
    ("$", UNDEFINED, UNDEFINED),
    ("null", {}, None),
    ("{'a': x, 'b': y}", {"x": None}, {"a": None}),
    ("[x, y, null]", {"x": None}, [None, None]),
    ("x = null", {"x": None}, True),
    ("x = null", {}, False),
    ("$exists(x)", {"x": None}, True),
    ("$exists(x)", {}, False),
    ("x ?? 1", {"x": None}, None),
    ("x ?? 1", {}, 1),
    ("x ?: 1", {"x": None}, 1),
    ("$map([1, null], $string)", {}, ["1", "null"]),
    ("$type(x)", {"x": None}, "null"),
    ("x", {"x": {"deep": [None, {"n": None}]}}, {"deep": [None, {"n": None}]}),
    ("x.y", {"x": [{"y": None}, {}, {"y": 1}]}, [None, 1]),
    ("$v", {}, UNDEFINED),
]


def same(found, wanted):
    return found == wanted and (found is UNDEFINED) == (wanted is UNDEFINED) and type(found) is type(wanted)


@pytest.mark.parametrize(("source", "data", "wanted"), NULLS)
def test_null_and_undefined(source, data, wanted):
    assert same(compile(source).evaluate(data), wanted)


PATHS = [
    ("a", {"a": [1]}),
    ("a", {"a": []}),
    ("a", {"a": [[1]]}),
    ("a.b", {"a": [{"b": 1}, {"b": [2, 3]}]}),
    ("a.b", {"a": [{"b": 1}]}),
    ("a.b", {"a": {"b": [1]}}),
    ("a.b", {"a": {"b": {"c": [1]}}}),
    ("a.b", {"a": "text"}),
    ("a", [{"a": 1}, {"a": 2}]),
    ("a", []),
    ("`a b`.c", {"a b": {"c": False}}),
]


@pytest.mark.parametrize(("source", "data"), PATHS)
def test_a_bare_path_answers_what_the_same_path_in_a_block_does(source, data):
    assert same(compile(source).evaluate(data), compile(f"({source})").evaluate(data))


EXACT = [
    ("id", 2**60 + 1),
    ("(id)", 2**60 + 1),
    ("[id][0]", 2**60 + 1),
    ("$string(id)", str(2**60 + 1)),
    ("id & ''", str(2**60 + 1)),
    ("'x' & id & 'y'", f"x{2**60 + 1}y"),
    ("id ~> $string", str(2**60 + 1)),
    ("id.$string()", str(2**60 + 1)),
    ("$string({'id': id})", '{"id":1152921504606846977}'),
    ("$join([$string(id)], ',')", str(2**60 + 1)),
]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [*EXACT, ("$map([id, 1], $string)", [str(2**60 + 1), "1"])],
)
def test_integers_keep_every_digit(source, wanted):
    assert same(compile(source).evaluate({"id": 2**60 + 1}), wanted)


PRINTED = [
    ("x & ''", {"x": 1.0}, "1"),
    ("x & ''", {"x": True}, "true"),
    ("x & ''", {"x": None}, "null"),
    ("x & y", {"x": "a"}, "a"),
    ("x & ''", {"x": [1, "é", None]}, '[1,"é",null]'),
    ("$string(x)", {"x": 0.1}, "0.1"),
    ("$string(x)", {"x": {"a": 1e21}}, '{"a":1e+21}'),
    ("$string($sum)", {}, ""),
    ("$string(x)", {}, UNDEFINED),
    ("$string(x, true)", {"x": [1]}, "[\n  1\n]"),
    ("$string()", [1, 2], "[1,2]"),
    ("[1..3]", {}, [1, 2, 3]),
    ("{'a': function($x){$x}, 'b': 1}", {}, {"b": 1}),
    ("function($x){$x}", {}, UNDEFINED),
]


@pytest.mark.parametrize(("source", "data", "wanted"), PRINTED)
def test_values_as_text(source, data, wanted):
    assert same(compile(source).evaluate(data), wanted)


def plain(value):
    if type(value) is dict:
        return all(map(plain, value.values()))
    if type(value) is list:
        return all(map(plain, value))
    return value is None or type(value) in (str, int, float, bool)


@pytest.mark.parametrize("source", ["a.b", "$", "[a.b, a]", "a{b: $}", "$sort(a.b)", "{'x': a[], 'y': [1..3]}", "a.[b]"])
def test_results_are_plain_json(source):
    assert plain(compile(source).evaluate({"a": [{"b": "y"}, {"b": "x"}]}))


@pytest.mark.parametrize(
    "source",
    ["$ ~> |a|{'n': 1}, ['b']|", "$append(a, 1)", "$sort(a.b)", "$reverse(a)", "a{b: $}", "$merge([a])"],
)
def test_the_input_is_not_changed(source):
    data = {"a": [{"b": "x", "n": None}, {"b": "y"}]}
    before = copy.deepcopy(data)
    compile(source).evaluate(data)
    assert data == before


def test_bindings_are_json_values():
    bindings = MappingProxyType({"account": {"region": "eu", "none": None}, "empty": UNDEFINED})
    expression = compile("{'r': $account.region, 'n': $account.none, 'e': $empty}")
    assert expression.evaluate({}, bindings) == {"r": "eu", "n": None}


def test_bindings_of_one_call_are_gone_in_the_next():
    expression = compile("($own := $own ?? 1; {'a': $a, 'own': $own})")
    assert expression.evaluate({}, {"a": 1, "own": 2}) == {"a": 1, "own": 2}
    assert expression.evaluate({}) == {"own": 1}


def test_undefined_is_one_falsy_value():
    assert not UNDEFINED
    assert repr(UNDEFINED) == "UNDEFINED"
    assert copy.deepcopy(UNDEFINED) is UNDEFINED
    assert pickle.loads(pickle.dumps(UNDEFINED)) is UNDEFINED


def test_an_expression_knows_its_source_tree_and_analysis():
    expression = compile("{'a': x.y}")
    assert expression.source == "{'a': x.y}"
    assert (expression.tree.start, expression.tree.end) == (0, 10)
    assert [read.path for read in expression.analysis.reads] == [("x", "y")]
    assert expression.analysis is expression.analysis


SHADOWED = [
    ('($f := function($k) { w = $k }; $k := 1; $f("Approved"))', True),
    ('($f := function($k) { w != $k }; $k := 1; $f("Approved"))', False),
    ("($f := function($k) { n[t = $k].v }; $k := 'x'; $f(1000))", 5),
    ('($k := 1; $f := function($k) { w = $k }; [$f("Approved"), $f("no"), $k])', [True, False, 1]),
    ('($f := function($k) { ($k := "no"; w = $k) }; $f("Approved"))', False),
]


@pytest.mark.parametrize(("source", "wanted"), SHADOWED)
def test_a_parameter_with_the_name_of_a_variable(source, wanted):
    data = json.loads(
        '{"w": "Approved", "n": [{"t": 1000, "v": 5}, {"t": 1, "v": 6}]}'
    )  # values of their own, equal to the literals
    assert same(compile(source).evaluate(data), wanted)


def test_an_expression_with_other_functions_is_analysed_once():
    one = compile("$own(a)", {"own": lambda value: value + 1})
    found = one.analysis
    other = one.with_functions({"own": lambda value: value * 10})
    assert (one.evaluate({"a": 1}), other.evaluate({"a": 1})) == (2, 10)
    assert other.analysis is found
    assert other.tree is one.tree
