"""Reads are enough: with everything cut away that an expression is said not to read, it answers the same.

Checked over the official suite's cases that have a document.
"""

import json
from pathlib import Path

import pytest

from unified_jsonata import UNDEFINED, JsonataError, Limits, compile

SUITE = Path(__file__).parents[3] / "../shared/jsonata-suite"
pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason="the JSONata suite is not beside the repository")

SLOW = {"performance", "tail-recursion"}
CHANGING = ("$random", "$shuffle", "$now", "$millis")


def cut(value, paths):
    """A document with only what these paths read."""
    if any(path == () or path[0] == "**" for path in paths):
        return value
    if isinstance(value, list):
        return [cut(item, paths) for item in value]
    if not isinstance(value, dict):
        return value
    below = {key: [path[1:] for path in paths if path[0] in (key, "*")] for key in value}
    return {key: cut(item, below[key]) for key, item in value.items() if below[key]}


def cases():
    for path in sorted(SUITE.glob("groups/*/*.json")):
        if path.parent.name in SLOW:
            continue
        found = json.loads(path.read_text("utf-8"))
        for case in found if isinstance(found, list) else [found]:
            if case.get("dataset"):
                case["data"] = json.loads((SUITE / f"datasets/{case['dataset']}.json").read_text("utf-8"))
            if "expr" in case and isinstance(case.get("data"), (dict, list)):
                yield case


def outcome(expression, data, bindings):
    try:
        found = expression.evaluate(data, bindings, Limits(timeout=10, depth=1000))
    except JsonataError as error:
        return error.code
    return "nothing" if found is UNDEFINED else json.dumps(found)


@pytest.mark.slow
def test_a_document_cut_to_the_reads_gives_the_same_answer():
    compared = cut_down = 0
    different = []
    for case in cases():
        source, data = case["expr"], case["data"]
        try:
            expression = compile(source)
        except JsonataError:
            continue
        if any(name in source for name in CHANGING):
            continue
        smaller = cut(data, [read.path for read in expression.analysis.reads])
        bindings = case.get("bindings") or {}
        compared += 1
        cut_down += smaller != data
        if outcome(expression, data, bindings) != outcome(expression, smaller, bindings):
            different.append(source)
    assert different == []
    assert compared > 1000
    assert cut_down > 600
