"""The other engine behind the same face: chosen for the process, never mixed."""

import pytest

from unified_jsonata import UNDEFINED, JsonataError, compile
from unified_jsonata.engines import use

CASES = [
    ("a.b[c > 1].d", ["y", "z"]),
    ('{"n": $count(a.b), "s": $string(id)}', {"n": 3, "s": "12345678901234567"}),
    ("$double(n) - n", 21),
    ("missing.x", UNDEFINED),
]
DATA = {"n": 21, "id": 12345678901234567, "a": {"b": [{"c": 1, "d": "x"}, {"c": 2, "d": "y"}, {"c": 3, "d": "z"}]}}
FUNCTIONS = {"double": lambda value: value * 2}


@pytest.fixture
def reference():
    use("reference")
    yield
    use("compiled")


@pytest.mark.parametrize(("source", "wanted"), CASES)
def test_the_reference_gives_the_same(source, wanted, reference):
    assert compile(source, FUNCTIONS).evaluate(DATA) == wanted


@pytest.mark.parametrize(("source", "wanted"), CASES)
def test_the_compiler_gives_the_same(source, wanted):
    expression = compile(source, FUNCTIONS)
    assert expression.evaluate(DATA) == wanted
    assert expression.python.startswith("def main(")


def test_errors_of_the_reference_have_codes_and_places(reference):
    with pytest.raises(JsonataError) as caught:
        compile("1 + secret").evaluate({"secret": "hunter2"})
    assert str(caught.value) == "T2002 at 1:3: the right side of this operator must be a number"


def test_an_unknown_engine_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="expected one of compiled, reference, got 'fast'"):
        use("fast")
