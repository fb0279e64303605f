"""The comparison with the committed baseline: in loops, by the best round, with 15 % allowed."""

from benchmarks import baseline
from benchmarks.baseline import in_loops, regressions
from benchmarks.nightly import ROWS
from tests.unit.benchmarks.measured import row


def test_rows_cost_loops_by_their_best_rounds() -> None:
    loop = row("loop", 2.0, 3.0)
    assert in_loops([row("mapped", 9.0, 8.0), loop], loop) == {"mapped": 4.0}


def test_fifteen_per_cent_more_is_allowed_and_sixteen_is_not() -> None:
    before = {"mapped": 10.0, "pass": 10.0}
    assert [one.name for one in regressions(before, {"mapped": 11.49, "pass": 11.6})] == ["pass"]


def test_what_is_new_or_cheaper_is_no_regression() -> None:
    assert regressions({"mapped": 10.0}, {"mapped": 1.0, "new": 100.0}) == []


def test_a_regression_says_by_how_much() -> None:
    (one,) = regressions({"mapped": 10.0}, {"mapped": 12.0})
    assert str(one) == "mapped: 12.00 loops, 20% more than 10.00"


def test_the_committed_baseline_has_every_row() -> None:
    assert set(baseline.read().loops) == set(ROWS)
