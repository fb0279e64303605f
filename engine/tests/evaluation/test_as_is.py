"""A function that takes arguments as they are answers what one that gets copies answers, in every form of a program."""

import pytest

from unified_jsonata import UNDEFINED, compile
from unified_jsonata.compiler.program import Form
from unified_jsonata.runtime.supplied import promises


def read(value, key):
    """An inner value, as functions of stand-ins read one; everything in a list as it is."""
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    return {"list": value} if isinstance(value, list) else value


@promises(as_is=True)
def read_as_is(value, key):
    return read(value, key)


DOCUMENT = {"a": {"b": [1, {"c": [2, 3]}], "n": None}, "rows": [{"v": 1, "w": [1]}, {"v": [2, 3], "w": []}, {"w": {"x": 1}}]}
EXPRESSIONS = [
    '$read(a, "b")',
    '$read(a, "missing")',
    '$read(missing, "b")',
    '$read({"b": rows.v, "c": missing}, "b")',
    '$read({"b": {"in": rows.v, "none": missing}}, "b")',
    '[$read({"b": rows.v}, "b"), $read(rows.w, "b")]',
    'rows.$read($, "w")',
    'rows.{"v": $read($, "v")}',
    '$map(rows, function($row) { $read($row, "w") })',
    '($r := $read(rows[v = 1], "b"); $append($r.list, 1))',
    '$read([rows.v], "b").list[1]',
    '($f := $read; $f(a, "b"))',
]


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("source", EXPRESSIONS)
def test_it_answers_what_one_with_copies_answers(source, form):
    found = []
    for function in (read, read_as_is):
        expression = compile(source, {"read": function})
        expression._runner._form = form
        found.append(expression.evaluate(DOCUMENT))
    assert found[0] == found[1]


def test_a_large_argument_costs_nothing():
    seen = []

    @promises(as_is=True)
    def look(value):
        seen.append(value)
        return 1

    document = {"rows": [{"v": 1}]}
    assert compile("$look($)", {"look": look}).evaluate(document) == 1
    assert seen[0] is document
