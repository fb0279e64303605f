"""The pages that the engine is measured with: their mappings give what they should, and need no second look."""

import json
from pathlib import Path

import pytest

from jsonata_benchmarks.comparison import same
from unified_jsonata import compile
from unified_jsonata.compiler.program import Form

PAGES = Path(__file__).parents[3] / "../shared/jsonata-bench"


@pytest.mark.skipif(not PAGES.is_dir(), reason="the pages are not beside the repository")
@pytest.mark.parametrize("name", ["hubspot", "salesforce", "jira", "bamboohr"])
def test_a_page(name):
    expression = compile((PAGES / f"{name}.jsonata").read_text("utf-8"))
    page = json.loads((PAGES / f"{name}.json").read_bytes())
    before = json.dumps(page)
    assert same(expression.evaluate(page), json.loads((PAGES / f"{name}.out.json").read_bytes()))
    assert json.dumps(page) == before
    program = expression._runner.program(frozenset(), form=Form.USUAL)
    assert not program.measured
    assert expression._runner._form is Form.USUAL


def test_what_is_missing_is_left_out_however_it_was_computed():
    source = '{"a": a, "b": b, "c": c, "d": c ? 1, "e": $string(d), "f": [g], "h": {"i": i, "j": j, "k": k}}'
    assert compile(source).evaluate({"b": 1}) == {"b": 1, "f": [], "h": {}}
    assert compile(source).evaluate({"a": 0, "c": True, "d": 2}) == {"a": 0, "c": True, "d": 1, "e": "2", "f": [], "h": {}}
