"""Functions supplied by the caller: plain callables over JSON values."""

import pytest

from unified_jsonata import UNDEFINED, JsonataError, compile


def show(value, style="plain"):
    return f"{style}:{value!r}"


def pair(left, right):
    return [repr(left), repr(right)]


def gather(*values):
    return list(values)


def fail(_):
    raise KeyError("secret value")


def refuse(_):
    raise JsonataError(code="D3030", message="not a number here")


FUNCTIONS = {
    "show": show,
    "pair": pair,
    "gather": gather,
    "fail": fail,
    "refuse": refuse,
    "nothing": lambda: UNDEFINED,
    "none": lambda: None,
    "nested": lambda: {"a": [None, {"b": UNDEFINED, "c": 1}]},
    "kind": lambda value: type(value).__name__,
    "big": lambda: 2**60 + 1,
    "double": lambda value: value * 2,
}

CASES = [
    ("$show(1)", "plain:1"),
    ("$show(1, 'x')", "x:1"),
    ("$show(1, missing)", "plain:1"),
    ("$show(1, null)", "None:1"),
    ("$show()", "plain:UNDEFINED"),
    ("$show(missing)", "plain:UNDEFINED"),
    ("$show(null)", "plain:None"),
    ("$pair(missing, 1)", ["UNDEFINED", "1"]),
    ("$pair(1)", ["1", "UNDEFINED"]),
    ("$pair(null, missing)", ["None", "UNDEFINED"]),
    ("$gather(1, 'a', null)", [1, "a", None]),
    ("$gather()", []),
    ("$nothing()", UNDEFINED),
    ("{'a': $nothing(), 'b': $none()}", {"b": None}),
    ("$nested()", {"a": [None, {"c": 1}]}),
    ("$kind(list)", "list"),
    ("$kind(list.n)", "list"),
    ("$kind(list[0])", "dict"),
    ("$kind([1..3])", "list"),
    ("$big()", 2**60 + 1),
    ("$big() & ''", str(2**60 + 1)),
    ("list.$double(n)", [2, 4]),
    ("list.n ~> $map($double)", [2, 4]),
    ("$map(list.n, $show)", ["plain:1", "plain:2"]),
    ("$map(list.n, $pair)", [["1", "0"], ["2", "1"]]),
    ("2 ~> $double", 4),
    ("2 ~> $double ~> $double()", 8),
    ("$double(?)(4)", 8),
    ("($f := $double; $f(3))", 6),
]


@pytest.mark.parametrize(("source", "wanted"), CASES)
def test_calls(source, wanted):
    found = compile(source, FUNCTIONS).evaluate({"list": [{"n": 1}, {"n": 2}]})
    assert found == wanted
    assert (found is UNDEFINED) == (wanted is UNDEFINED)


ERRORS = [
    (
        "{'a': $fail(x)}",
        "U0101 at 1:7: a function that the caller supplied failed ($fail: KeyError)",
    ),
    ("$refuse(1)", "D3030: not a number here"),
    (
        "$double(1, 2)",
        "T0410 at 1:1: an argument does not have the type or number that the function takes ($double takes 1)",
    ),
    (
        "$double(function($x){$x})",
        "U0103 at 1:1: a function that the caller supplied cannot take a function as argument",
    ),
]


@pytest.mark.parametrize(("source", "text"), ERRORS)
def test_errors(source, text):
    with pytest.raises(JsonataError) as caught:
        compile(source, FUNCTIONS).evaluate({"x": "secret"})
    assert str(caught.value) == text


def test_an_expression_may_be_evaluated_inside_another():
    inner = compile("$double(n)", FUNCTIONS)
    outer = compile("[$inner({'n': 2}), n, $inner({'n': 3}), $double(n)]", {**FUNCTIONS, "inner": inner.evaluate})
    assert outer.evaluate({"n": 10}) == [4, 10, 6, 20]
