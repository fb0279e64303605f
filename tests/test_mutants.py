"""The tool behind `make mutants`: every change is one, in the function that it names, and what is noticed is counted by layer."""

import ast
import io
import random

import pytest

from tests.mutants.__main__ import chosen_tests, report, task_of
from tests.mutants.changes import Change, changed_tree, changes_of
from tests.mutants.layers import LAYERS, layer_of

SOURCE = '''
class Shelf:
    """Holds books."""

    size: int = 3

    async def take(self, count: int = 1) -> str | None:
        """Take some."""

        def enough() -> bool:
            return not self.books or count > len(self.books)

        if enough() and count is not None:
            await self.note("none")
            return None
        return "of " + str([one for one in self.books if one != "x"])
'''
TAKE, ENOUGH = "Shelf.take", "Shelf.take.<locals>.enough"
KINDS = [
    (ENOUGH, "returns None"),
    (ENOUGH, "Or reversed"),
    (ENOUGH, "`not` left out"),
    (ENOUGH, "Gt reversed"),
    (TAKE, "condition negated"),
    (TAKE, "And reversed"),
    (TAKE, "IsNot reversed"),
    (TAKE, "statement left out"),
    (TAKE, "text changed"),
    (TAKE, "returns None"),
    (TAKE, "Add reversed"),
    (TAKE, "text changed"),
    (TAKE, "filter left out"),
    (TAKE, "NotEq reversed"),
    (TAKE, "text changed"),
]


def test_what_is_changed_is_in_functions_and_runs() -> None:
    assert [(one.function, one.kind) for one in changes_of("shelf.py", SOURCE)] == KINDS


@pytest.mark.parametrize("number", range(len(KINDS)))
def test_each_change_is_another_program(number: int) -> None:
    changed = changed_tree(SOURCE, number)
    compile(changed, "shelf.py", "exec")
    assert ast.dump(changed) != ast.dump(ast.parse(SOURCE))
    assert ast.get_docstring(changed.body[0]) == "Holds books."


def test_a_number_that_is_too_high_is_refused() -> None:
    with pytest.raises(LookupError, match="below 15, got 15"):
        changed_tree(SOURCE, 15)


def test_every_layer_gets_its_share_and_every_file_its_turn() -> None:
    tests = [
        (f"tests/{folder}/test_{file}.py::test_{n}", 1.0)
        for folder in ("cassettes", "records")
        for file in "ab"
        for n in range(9)
    ]
    chosen = chosen_tests(tests, 5.0, random.Random(1))
    assert [layer_of(one) for one in chosen] == ["cassettes"] * 4 + ["journeys"] * 4
    assert len({one.partition("::")[0] for one in chosen}) == 4


def test_the_figures_count_what_a_layer_and_a_file_notice_alone() -> None:
    change = Change(file="a.py", number=0, function="f", line=1, kind="k")
    row = task_of(change, ["tests/cassettes/test_a.py::t", "tests/records/test_b.py::t"])["row"]
    rows = [
        row | {"failed": {"journeys": ["tests/records/test_b.py"]}},
        row | {"failed": {"cassettes": ["x"], "journeys": ["y"]}},
        row | {"failed": {}},
    ]
    out = io.StringIO()
    report(rows, out)
    printed = [line.split() for line in out.getvalue().splitlines()]
    assert ["3", "changes;", "noticed:", "2"] in printed
    assert ["cassettes", "3", "1", "0"] in printed
    assert ["journeys", "3", "2", "1"] in printed
    assert ["1", "tests/records/test_b.py"] in printed
    assert ["a.py:1", "f:", "k"] in printed
    assert {line[0] for line in printed} >= LAYERS.keys()
