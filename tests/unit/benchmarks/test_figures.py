"""What rounds say: the middle, the noise, and ratios that a slow minute does not change."""

import pytest

from benchmarks.figures import Figures, percentile, ratio


def test_the_spread_is_between_the_quartiles_as_a_share_of_the_median() -> None:
    assert Figures(rounds=(8.0, 9.0, 10.0, 11.0, 100.0)).spread == pytest.approx(0.2)


def test_one_round_has_no_spread() -> None:
    assert Figures(rounds=(3.0,)).spread == 0


def test_a_ratio_is_taken_in_each_round() -> None:
    slow_second_round = ratio(Figures(rounds=(4.0, 40.0, 4.0)), Figures(rounds=(2.0, 20.0, 2.0)))
    assert slow_second_round.rounds == (2.0, 2.0, 2.0)


def test_a_ratio_needs_the_same_rounds() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio(Figures(rounds=(1.0, 2.0)), Figures(rounds=(1.0,)))


@pytest.mark.parametrize(("share", "value"), [(0.5, 51), (0.99, 100), (1.0, 100), (0.0, 1)])
def test_percentiles_are_values_that_occurred(share: float, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == value
