"""`each` must fail when a case fails, and run them all: most of the suite's cases depend on it."""

import pytest

from tests.cases import each


def outcome(test, **fixtures):
    try:
        test(**fixtures)
    except BaseExceptionGroup as group:
        return [str(one) for one in group.exceptions], str(group)
    return [], ""


def test_every_case_runs_and_all_failures_are_reported():
    seen = []

    @each(("a", "b"), [(1, 1), (1, 2), (2, 2), (3, 4)])
    def check(a, b):
        seen.append((a, b))
        if a != b:
            raise ValueError(f"{a} is not {b}")

    failed, text = outcome(check)
    assert len(seen) == 4
    assert failed == ["1 is not 2", "3 is not 4"]
    assert "2 of 4 cases failed" in text
    assert "case: (3, 4)" in text


def test_pytests_own_failures_count():
    @each("a", ["x"], ids=lambda one: f"the {one}")
    def check(a):
        pytest.fail(f"no {a}", pytrace=False)

    failed, text = outcome(check)
    assert failed == ["no x"]
    assert "case: the x" in text


def test_skipped_cases_hide_no_failure():
    @each("a", [1, 2])
    def check(a):
        if a == 1:
            pytest.skip("not here")
        raise ValueError

    assert len(outcome(check)[0]) == 1


def test_no_cases_are_a_failure():
    @each("a", [])
    def check(a):
        pass

    with pytest.raises(AssertionError, match="no case was found"):
        check()


@each("number", range(4), by=lambda number: "even" if number % 2 == 0 else "odd")
def test_groups_are_tests_of_their_own(number, request):
    assert ("even" in request.node.name) == (number % 2 == 0)


@each("number", [1, 2])
async def test_asynchronous_cases_are_awaited(number, tmp_path):
    assert number
    assert tmp_path.exists()


def test_groups_that_are_not_quick_are_slow():
    @each("a", ["quick", "long"], by=lambda one: one, quick=("quick",))
    def check(a):
        pass

    (mark,) = check.pytestmark
    assert {one.id or one.values[0]: [mark.name for mark in one.marks] for one in mark.args[1]} == {
        "quick": [],
        "long": ["slow"],
    }
