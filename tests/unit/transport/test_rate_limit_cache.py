"""What a provider said of its limits holds for as long as it said."""

from tests.clock import Clock
from unified.transport.rate_limit_headers import RateNotes
from unified.transport.resilience.rate_limit_cache import DEFAULT_TTL_SECONDS, SeenLimit, SeenLimits


def test_the_last_word_counts_and_grows_older(clock: Clock) -> None:
    seen = SeenLimits(clock=clock)
    seen.put("acc_1", RateNotes(remaining=9, limit=10, reset=30.0))
    seen.put("acc_1", RateNotes(remaining=8, limit=10, reset=30.0))
    clock.now += 10
    assert seen.get("acc_1") == SeenLimit(remaining=8, limit=10, reset=20.0)
    assert seen.get("acc_2") is None
    clock.now += 20
    assert seen.get("acc_1") is None


def test_without_a_reset_time_it_is_believed_for_a_minute(clock: Clock) -> None:
    seen = SeenLimits(clock=clock)
    seen.put("acc_1", RateNotes(remaining=0))
    clock.now += DEFAULT_TTL_SECONDS - 1
    assert seen.get("acc_1") == SeenLimit(remaining=0, limit=None, reset=None)
    clock.now += 1
    assert seen.get("acc_1") is None


def test_an_answer_that_says_nothing_changes_nothing(clock: Clock) -> None:
    seen = SeenLimits(clock=clock)
    seen.put("acc_1", RateNotes(remaining=5))
    seen.put("acc_1", RateNotes(limit=10))
    assert seen.get("acc_1") == SeenLimit(remaining=5, limit=None, reset=None)


def test_memory_is_bounded(clock: Clock) -> None:
    seen = SeenLimits(clock=clock, max_accounts=10)
    for number in range(100):
        seen.put(f"acc_{number}", RateNotes(remaining=1))
    assert [seen.get(f"acc_{number}") is not None for number in range(100)].count(True) == 10
