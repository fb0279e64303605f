"""The measuring process of the gate sees planted losses: the counts those in Python, the clock those in C."""

import pytest

from benchmarks import results
from benchmarks.gate.__main__ import observed
from benchmarks.gate.bounds import ratio_of
from benchmarks.gate.observed import Asked, Observed

pytestmark = pytest.mark.slow
SUBJECTS = ("page_10", "read")


def seen(asked: Asked) -> Observed:
    return observed(asked, results.ROOT)


@pytest.fixture(scope="module")
def clean():
    return seen(Asked(rounds=12, subjects=SUBJECTS))


def test_counts_do_not_vary_and_see_a_tenth_more_in_python(clean) -> None:
    again = seen(Asked(rounds=1, subjects=SUBJECTS))
    more = seen(Asked(rounds=1, subjects=SUBJECTS, kind="python", share=0.1))
    for name in SUBJECTS:
        assert again.counts[name].bytecodes == pytest.approx(clean.counts[name].bytecodes, rel=0.01)
        assert again.counts[name].statements == clean.counts[name].statements
        assert more.counts[name].bytecodes > clean.counts[name].bytecodes * 1.04


def test_the_clock_sees_a_quarter_more_in_c_which_counts_do_not(clean) -> None:
    slow = seen(Asked(rounds=12, subjects=SUBJECTS, kind="native", share=0.25))
    for name in SUBJECTS:
        assert ratio_of(slow.times[name]) > ratio_of(clean.times[name]) * 1.1
        assert slow.counts[name].bytecodes == pytest.approx(clean.counts[name].bytecodes, rel=0.02)
