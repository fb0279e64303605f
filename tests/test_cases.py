"""`each` must fail when a case fails, and run them all: most of the suite's cases depend on it."""

import pytest

from tests.cases import each


def outcome(test, **fixtures):
    try:
        test(**fixtures)
    except pytest.fail.Exception as problem:
        assert not problem.pytrace, "the cases show their own traces"  # noqa: PT017 - what is raised is looked at
        return str(problem)
    return ""


def test_every_case_runs_and_all_failures_are_reported():
    seen = []

    @each(("a", "b"), [(1, 1), (1, 2), (2, 2), (3, 4)])
    def check(a, b):
        seen.append((a, b))
        if a != b:
            raise ValueError(f"{a} is not {b}")

    text = outcome(check)
    assert len(seen) == 4
    assert text.startswith("2 of 4 cases failed\ncase: (1, 2)\n")
    assert "ValueError: 1 is not 2" in text
    assert "case: (3, 4)" in text
    assert "Traceback" in text


def test_what_does_not_hold_is_said_with_its_place_and_without_a_trace():
    @each("a", [1])
    def check(a):
        assert a == 2, "it is one"

    text = outcome(check)
    assert text.startswith("1 of 1 cases failed\ncase: 1\n    ")
    assert f"{__file__}:" in text
    assert "it is one" in text
    assert "Traceback" not in text
    assert "ExceptionGroup" not in text


def test_pytests_own_failures_count():
    @each("a", ["x"], ids=lambda one: f"the {one}")
    def check(a):
        pytest.fail(f"no {a}", pytrace=False)

    assert outcome(check) == "1 of 1 cases failed\ncase: the x\n    no x"


def test_skipped_cases_hide_no_failure():
    @each("a", [1, 2])
    def check(a):
        if a == 1:
            pytest.skip("not here")
        raise ValueError

    assert outcome(check).startswith("1 of 2 cases failed\ncase: 2\n")


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
