"""Functions of the language for which a caller asked that null gives null; without it they are as the language says."""

import pytest

from unified_jsonata import UNDEFINED, JsonataError, compile
from unified_jsonata.engines import use
from unified_jsonata.runtime.supplied import NullPasses

FUNCTIONS = {"lowercase": NullPasses(0), "split": NullPasses(0), "substring": NullPasses(0), "lookup": NullPasses(1)}
SOURCES = [
    ("$lowercase(a)", {"a": None}, None),
    ("$lowercase(a)", {"a": "X"}, "x"),
    ("$lowercase(a)", {}, UNDEFINED),
    ("$lowercase(a) = null", {"a": None}, True),
    ("[a.$lowercase($)]", {"a": ["X", None]}, ["x", None]),
    ("a.$lowercase()", {"a": "X"}, "x"),
    ("$map(a, $lowercase)", {"a": ["X", None]}, ["x", None]),
    ("a ~> $lowercase", {"a": None}, None),
    ("a ~> $substring(1)", {"a": None}, None),
    ("a ~> $substring(1)", {"a": "abc"}, "bc"),
    ('$split(a, ",")', {"a": None}, None),
    ('$split(a, ",")', {"a": "b,c"}, ["b", "c"]),
    ('$lookup({"x": 1}, a)', {"a": None}, None),
    ('$lookup({"x": 1}, a)', {"a": "x"}, 1),
    ('($t := {"x": 1, "y": 2}; $lookup($t, a))', {"a": None}, None),
    ('($t := {"x": 1, "y": 2}; [$lookup($t, a), $lookup($t, b)])', {"a": "y", "b": None}, [2, None]),
    ("$lowercase(a) & $lowercase(a)", {"a": "X"}, "xx"),
    ("b ? $lowercase(a) : [$lowercase(a)]", {"a": "X"}, ["x"]),
    ("($lowercase := function($x) { 5 }; $lowercase(a))", {"a": None}, 5),
    ('$eval("$lowercase(a)")', {"a": None}, None),
]


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize(("source", "data", "expected"), SOURCES)
def test_null_gives_null(engine, source, data, expected):
    use(engine)
    try:
        assert compile(source, FUNCTIONS).evaluate(data) == expected
    finally:
        use("compiled")


@pytest.mark.parametrize("source", ["$lowercase(a)", '$lookup({"x": 1}, a)', '($t := {"x": 1, "y": 2}; $lookup($t, a))'])
def test_elsewhere_null_is_refused_as_the_language_says(source):
    with pytest.raises(JsonataError, match="T0410"):
        compile(source).evaluate({"a": None})
