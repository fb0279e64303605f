"""Rows are warmed until their figure settles, and a round that another process disturbed is dropped."""

from itertools import chain, repeat

import pytest

from benchmarks.measure import LEAST_KEPT, Row, Sample, measure, warmed
from benchmarks.plan import Plan


def given(*milliseconds: float, disturbed: tuple[bool, ...] = ()) -> tuple[Row, list[int]]:
    """A row that takes so many milliseconds in turn, the last one for ever, and the requests that it was asked for."""
    times = chain(milliseconds, repeat(milliseconds[-1]))
    others = chain(disturbed, repeat(False))
    asked: list[int] = []

    def run(count: int) -> Sample:
        asked.append(count)
        took = next(times)
        return Sample(milliseconds=took, per_second=1000 / took, p50_ms=took, disturbed=next(others))

    return Row(name="row", title="row", run=run), asked


def test_a_row_is_warm_when_three_rounds_agree() -> None:
    row, asked = given(9.0, 7.0, 5.3, 4.5, 4.6, 4.0, 3.4, 3.41, 3.39)
    assert warmed(row, 1.0, 20) == 294
    assert len(asked) == 1 + 8


def test_a_row_that_never_settles_is_warm_at_the_bound() -> None:
    row, asked = given(*(1.0 + 0.1 * (number % 2) for number in range(100)))
    warmed(row, 1.0, 6)
    assert len(asked) == 1 + 6


def test_a_sample_that_was_disturbed_is_measured_again() -> None:
    row, asked = given(1.0, disturbed=(False, False, True))
    _, rounds = measure([row], Plan(rounds=3, seconds=0.001, warm_rounds=1))
    assert (rounds.kept, rounds.dropped, rounds.disturbed) == (3, 0, False)
    assert len(asked) == 2 + 3 + 1


def test_a_round_that_stays_disturbed_is_dropped_and_said() -> None:
    row, _ = given(1.0, 1.0, 9.0, 9.0, 1.0, disturbed=(False, False, True, True))
    (found,), rounds = measure([row], Plan(rounds=3, seconds=0.001, warm_rounds=1))
    assert str(rounds) == "3 rounds, without 1 that another process disturbed"
    assert found.milliseconds.rounds == (1.0, 1.0, 1.0)


def test_on_a_busy_machine_no_round_is_dropped_and_the_run_says_so() -> None:
    row, _ = given(1.0, disturbed=(True,) * 100)
    (found,), rounds = measure([row], Plan(rounds=LEAST_KEPT, seconds=0.001, warm_rounds=1))
    assert rounds.disturbed
    assert len(found.milliseconds.rounds) == LEAST_KEPT
    assert "busy" in str(rounds)


@pytest.mark.parametrize("rounds", [1, 2])
def test_a_run_of_few_rounds_may_keep_all_of_them(rounds: int) -> None:
    row, _ = given(1.0)
    _, kept = measure([row], Plan(rounds=rounds, seconds=0.001, warm_rounds=1))
    assert (kept.kept, kept.disturbed) == (rounds, False)
