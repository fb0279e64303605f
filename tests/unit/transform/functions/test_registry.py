"""Every function as an author meets it: its example runs in the engine, its page is current, it keeps to the rules."""

import inspect
import re
from pathlib import Path

import pytest

from unified.transform.functions import FAMILIES, FUNCTIONS, callables
from unified.transform.functions.page import render_functions
from unified_jsonata import UNDEFINED, JsonataError, compile

ROOT = Path(__file__).parents[4]
NULL_IS_A_VALUE = {"list", "entry", "soql", "jql", "odata", "refuse"}
MISSING_IS_A_VALUE = {"list", "refuse"}
NAMES = sorted(FUNCTIONS)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_gives_the_documented_result(name):
    one = FUNCTIONS[name]
    assert compile(one.example, functions=callables()).evaluate({}) == one.result
    assert f"${name}(" in one.example


def test_the_page_is_current():
    assert (ROOT / "docs/functions.md").read_text() == render_functions(), (
        "docs/functions.md is behind the registry: write render_functions() of unified/transform/functions/page.py to it"
    )


def test_the_page_shows_every_function_with_its_parameters():
    page = render_functions()
    assert "### `$enum(word, table, default?)`" in page
    assert all(f"### `${name}(" in page for name in NAMES)


def test_functions_named_in_the_page_about_mapping_files_exist():
    section = (ROOT / "docs/mapping-files.md").read_text().partition("## Functions")[2].partition("\n## ")[0]
    named = set(re.findall(r"`\$(\w+)\(", section))
    assert "coalesce" in named
    assert named <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_positional_and_optional_ones_default_to_missing(name):
    parameters = list(inspect.signature(FUNCTIONS[name].call).parameters.values())
    assert parameters[0].default is inspect.Parameter.empty
    assert len(parameters) <= 8
    for parameter in parameters:
        assert parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        assert parameter.default in {inspect.Parameter.empty, UNDEFINED}


def _call(name, main):
    parameters = list(inspect.signature(FUNCTIONS[name].call).parameters.values())
    rest = ["x" for parameter in parameters[1:] if parameter.default is inspect.Parameter.empty]
    return FUNCTIONS[name].call(main, *rest)


@pytest.mark.parametrize("name", sorted(set(NAMES) - MISSING_IS_A_VALUE - {"daysBetween", "seconds"}))
def test_missing_passes_through(name):
    assert _call(name, UNDEFINED) is UNDEFINED


@pytest.mark.parametrize("name", sorted(set(NAMES) - NULL_IS_A_VALUE - {"daysBetween", "seconds"}))
def test_null_passes_through(name):
    assert _call(name, None) is None


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"coalesce", "list", "numberOrNull"}))
def test_a_function_as_argument_is_refused_by_type(name):
    with pytest.raises(ValueError, match=rf"^\${name}: expected .*, got a function$"):
        _call_of_kind(name, print)


def _call_of_kind(name, value):
    required = [
        parameter
        for parameter in inspect.signature(FUNCTIONS[name].call).parameters.values()
        if parameter.default is inspect.Parameter.empty
    ]
    rest = {"enum": [{}], "addDays": [1], "addSeconds": [1], "daysBetween": ["2026-01-01"], "seconds": ["2026-01-01"]}
    return FUNCTIONS[name].call(value, *rest.get(name, ["x"] * (len(required) - 1)))


@pytest.mark.parametrize(
    "name", ["plain", "html", "markdownText", "adf", "adfText", "base64", "unbase64", "digest", "urlSegment",
             "soql", "soqlLike", "jql", "odata", "sysparm", "zql", "after", "before", "amountOf"],
)  # fmt: skip
def test_text_over_the_bound_is_refused(name):
    with pytest.raises(ValueError, match=rf"^\${name}: expected at most 1000000 characters, got 1000001$"):
        _call(name, "a" * 1_000_001)


def test_the_engine_says_which_function_refused_and_never_the_value():
    with pytest.raises(JsonataError) as refused:
        compile("$iso(secret)", functions=callables()).evaluate({"secret": "s3cret"})
    assert "$iso" in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_every_function_belongs_to_a_family_and_says_why_it_exists():
    families = {module.__name__.rpartition(".")[2] for module in FAMILIES}
    assert {one.family for one in FUNCTIONS.values()} == families
    assert all(one.summary.endswith(".") for one in FUNCTIONS.values())


def test_functions_may_be_passed_to_other_functions():
    source = "$map(notes, $plain)"
    assert compile(source, functions=callables()).evaluate({"notes": ["<b>a</b>", "b"]}) == ["a", "b"]
