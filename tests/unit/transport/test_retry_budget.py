"""Retries are a tenth of the calls, with a few to begin with."""

from tests.clock import Clock
from unified.transport.resilience.retry_budget import MAX_RETRIES, MIN_RETRIES, REFILL_SECONDS, RetryBudget


def taken(budget: RetryBudget, account: str = "acc_1") -> int:
    found = 0
    while budget.take(account):
        found += 1
    return found


def test_an_account_has_a_few_retries_at_first(clock: Clock) -> None:
    budget = RetryBudget(clock=clock)
    assert taken(budget) == MIN_RETRIES
    assert taken(budget, "acc_2") == MIN_RETRIES


def test_ten_calls_give_one_retry(clock: Clock) -> None:
    budget = RetryBudget(clock=clock)
    taken(budget)
    for _ in range(9):
        budget.count_call("acc_1")
    assert taken(budget) == 0
    for _ in range(21):
        budget.count_call("acc_1")
    assert taken(budget) in {2, 3}


def test_a_storm_is_answered_with_a_tenth_more_calls_at_most(clock: Clock) -> None:
    budget = RetryBudget(clock=clock)
    retries = 0
    for _ in range(10_000):
        budget.count_call("acc_1")
        retries += taken(budget)
    assert 990 <= retries <= 1_000 + MIN_RETRIES


def test_saved_retries_have_a_ceiling(clock: Clock) -> None:
    budget = RetryBudget(clock=clock)
    for _ in range(10_000):
        budget.count_call("acc_1")
    assert taken(budget) == MAX_RETRIES


def test_with_time_the_first_ones_come_back_and_no_more(clock: Clock) -> None:
    budget = RetryBudget(clock=clock)
    taken(budget)
    clock.now += REFILL_SECONDS
    assert taken(budget) == 1
    clock.now += 1000 * REFILL_SECONDS
    assert taken(budget) == MIN_RETRIES


def test_memory_is_bounded(clock: Clock) -> None:
    budget = RetryBudget(clock=clock, max_budgets=10)
    for number in range(100):
        budget.count_call(f"acc_{number}")
    assert budget.remembered() == 10
