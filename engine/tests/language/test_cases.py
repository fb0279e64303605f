"""The project's own conformance cases, `cases/*.yaml`: what the language answers, subject by subject.

Every value and code is the reference's, or is marked `ours` with the reason for the difference. Where the official
suite is not at hand these cases are what holds the engine.
"""

import copy
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from tests.cases import each
from unified_jsonata import UNDEFINED, JsonataError, compile, parse
from unified_jsonata.errors import SYNTAX
from unified_jsonata.failures import RUNTIME
from unified_jsonata.names import BUILTINS
from unified_jsonata.syntax import tree

FOLDER = Path(__file__).with_name("cases")
FIELDS = {"name", "expr", "document", "data", "bindings", "result", "undefined", "code", "ours"}
OUTCOMES = {"result", "undefined", "code"}
PICTURES = {f"D{number}" for number in range(3080, 3094)}
"""The codes of malformed number pictures, which failures.py knows by their beginnings only."""
UNPROVOKED = {
    "D1011": "the reference's own stack; a recursion without end is U1001 here",
    "D1012": "the reference's own time-out; U1001 here",
    "U0001": "takes an expression too long to be written down",
    "U0002": "takes an expression too deep to be written down",
    "U0003": "takes an expression too long to be written down",
    "U0101": "comes from functions supplied by the caller, which a case has not",
    "U0102": "comes from a fault of the engine, not from an expression",
    "U0103": "comes from functions supplied by the caller, which a case has not",
}
"""Codes that no case can provoke, and why."""


def cases():
    """Name, case and data of each; a file's `document` is the data of its cases that name none."""
    for path in sorted(FOLDER.glob("*.yaml")):
        file = yaml.safe_load(path.read_text("utf-8"))
        documents = file.get("documents", {}) | {None: UNDEFINED}
        for at, case in enumerate(map(whole, file["cases"])):
            name = f"{path.stem}:{at}" + (f" {case['name']}" if "name" in case else "")
            document = case.get("document", file.get("document"))
            yield name, case, case["data"] if "data" in case else documents[document]


def whole(case):
    """A case with its keys; `expression: result` is short for the most of them."""
    if "expr" in case:
        return case
    ((expression, result),) = case.items()
    return {"expr": expression, "result": result}


CASES = list(cases())


def same(found: Any, expected: Any) -> bool:
    """Equal as JSON: true is not 1, 1 is 1.0, and the order of an object's keys is free."""
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and found.keys() == expected.keys()
            and all(same(found[key], expected[key]) for key in found)
        )
    if isinstance(expected, list):
        return isinstance(found, list) and len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(expected, bool) or isinstance(found, bool):
        return found is expected
    if isinstance(expected, int | float):
        return isinstance(found, int | float) and found == expected
    return type(found) is type(expected) and found == expected


def outcome(case, data):
    try:
        found = compile(case["expr"]).evaluate(data, case.get("bindings"))
    except JsonataError as error:
        return {"code": error.code}
    return {"undefined": True} if found is UNDEFINED else {"result": found}


@each(
    ("case", "data"),
    [(case, data) for _, case, data in CASES],
    ids=[name for name, _, _ in CASES],
    by=[name.partition(":")[0] for name, _, _ in CASES],
)
def test_case(case, data):
    before = copy.deepcopy(data)
    found = outcome(case, data)
    expected = {key: case[key] for key in OUTCOMES & case.keys()}
    assert same(found, expected), f"{case['expr']}\n  gave {repr(found)[:500]}\n  not  {repr(expected)[:500]}"
    assert same(data, before), f"{case['expr']} changed its input"


def below(node):
    yield node
    for child in tree.children(node):
        yield from below(child)


def nodes():
    """Every node of every case that parses."""
    for _, case, _ in CASES:
        with suppress(JsonataError):  # test_case tells whether it should have
            yield from below(parse(case["expr"]))


def kinds(of=tree.Node):
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def faulty(case):
    """Whether a case of a file is not written as this module reads it."""
    return (
        not case.keys() <= FIELDS
        or len(OUTCOMES & case.keys()) != 1
        or case.get("undefined", True) is not True
        or {"data", "document"} <= case.keys()
        or not case.get("ours", "a reason")
    )


def test_every_case_says_one_thing_once():
    seen = Counter(
        repr((name.split(":")[0], {key: value for key, value in case.items() if key not in OUTCOMES}))
        for name, case, _ in CASES
    )
    assert [name for name, case, _ in CASES if faulty(case)] == []
    assert [one for one, times in seen.items() if times > 1] == []


def test_every_code_occurs_in_a_case():
    provoked = {case["code"] for _, case, _ in CASES if "code" in case}
    assert (SYNTAX.keys() | RUNTIME.keys() | PICTURES) - provoked == UNPROVOKED.keys()


def test_every_built_in_occurs_in_a_case():
    named = {node.name for node in nodes() if isinstance(node, tree.Variable)}
    assert named >= BUILTINS


def test_every_kind_of_node_occurs_in_a_case():
    assert {type(node) for node in nodes()} == set(kinds())
