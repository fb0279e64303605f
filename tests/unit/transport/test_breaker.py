"""The circuit of one account: what opens it, what closes it, and that one probe goes at a time."""

import asyncio

import pytest

from tests.clock import Clock
from unified.errors.providers import CircuitOpen, ProviderError, ProviderTimeout
from unified.errors.requests import InvalidId
from unified.transport.resilience.breaker import (
    FAILURES,
    MAX_PAUSE_SECONDS,
    PAUSE_SECONDS,
    PROBE_SECONDS,
    RESET_AFTER_SECONDS,
    Breaker,
)


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock=clock)


def answered(breaker: Breaker, status: int, account: str = "acc_1") -> None:
    with breaker.attempt(account, "Acme") as attempt:
        attempt.answered(status)


def raised(breaker: Breaker, problem: BaseException, account: str = "acc_1") -> None:
    with pytest.raises(type(problem)), breaker.attempt(account, "Acme"):
        raise problem


def is_open(breaker: Breaker, account: str = "acc_1") -> bool:
    try:
        breaker.refuse(account, "Acme")
    except CircuitOpen:
        return True
    return False


def opened(breaker: Breaker) -> None:
    for _ in range(FAILURES):
        answered(breaker, 503)
    assert is_open(breaker)


def test_failures_in_a_row_open_it_and_the_refusal_says_for_how_long(breaker: Breaker, clock: Clock) -> None:
    for _ in range(FAILURES):
        assert not is_open(breaker)
        answered(breaker, 503)
    clock.now += 1
    with pytest.raises(CircuitOpen) as caught:
        breaker.attempt("acc_1", "Acme")
    assert caught.value.detail == (
        f"Acme failed {FAILURES} times in a row for this account; calls are paused, try again in {PAUSE_SECONDS - 1:.0f} seconds"
    )
    assert caught.value.retry_after == PAUSE_SECONDS - 1
    assert breaker.open_circuits() == 1


@pytest.mark.parametrize("problem", [ProviderTimeout("t"), ProviderError("e")])
def test_time_outs_and_broken_connections_are_failures(breaker: Breaker, problem: Exception) -> None:
    for _ in range(FAILURES):
        raised(breaker, problem)
    assert is_open(breaker)


def test_a_time_out_after_a_long_wait_in_line_is_not_the_providers_failure(breaker: Breaker) -> None:
    for problem, opens in ((ProviderTimeout("t"), False), (ProviderError("e"), True)):
        for _ in range(FAILURES):
            with pytest.raises(type(problem)), breaker.attempt("acc_1", "Acme", enough_time=False):
                raise problem
        assert is_open(breaker) is opens


@pytest.mark.parametrize("status", [200, 304, 400, 401, 403, 404, 408, 409, 422, 429])
def test_an_answer_below_500_is_not_a_failure_and_ends_the_row(breaker: Breaker, status: int) -> None:
    for _ in range(FAILURES - 1):
        answered(breaker, 500)
    answered(breaker, status)
    assert breaker.remembered() == 0
    for _ in range(3 * FAILURES):
        answered(breaker, status)
    assert not is_open(breaker)


@pytest.mark.parametrize("problem", [asyncio.CancelledError(), InvalidId("x"), ValueError("x")])
def test_what_is_not_the_providers_fault_says_nothing(breaker: Breaker, problem: BaseException) -> None:
    for _ in range(FAILURES - 1):
        answered(breaker, 500)
    for _ in range(FAILURES):
        raised(breaker, problem)
    assert not is_open(breaker)
    answered(breaker, 500)
    assert is_open(breaker)


def test_failures_long_ago_do_not_count(breaker: Breaker, clock: Clock) -> None:
    for _ in range(FAILURES - 1):
        answered(breaker, 500)
    clock.now += RESET_AFTER_SECONDS + 1
    answered(breaker, 500)
    assert not is_open(breaker)


def test_one_account_leaves_the_others_alone(breaker: Breaker) -> None:
    opened(breaker)
    assert not is_open(breaker, "acc_2")


def test_after_the_pause_exactly_one_probe_goes(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += PAUSE_SECONDS
    probe = breaker.attempt("acc_1", "Acme")
    for _ in range(50):
        with pytest.raises(CircuitOpen) as caught:
            breaker.attempt("acc_1", "Acme")
        assert caught.value.retry_after == PROBE_SECONDS
    with probe:
        probe.answered(429)
    assert breaker.remembered() == 0
    assert not is_open(breaker)


def test_a_failed_probe_doubles_the_pause_up_to_a_bound(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    pause = PAUSE_SECONDS
    for _ in range(8):
        clock.now += pause
        answered(breaker, 502)
        pause = min(2 * pause, MAX_PAUSE_SECONDS)
        clock.now += pause - 0.5
        assert is_open(breaker)
        clock.now -= pause - 0.5
    assert pause == MAX_PAUSE_SECONDS


def test_a_probe_whose_caller_went_away_is_followed_by_another(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += PAUSE_SECONDS
    raised(breaker, asyncio.CancelledError())
    assert not is_open(breaker)
    answered(breaker, 200)
    assert breaker.remembered() == 0


@pytest.mark.parametrize("status", [200, 500])
def test_while_it_is_open_only_the_probe_counts(breaker: Breaker, clock: Clock, status: int) -> None:
    late = breaker.attempt("acc_1", "Acme")
    opened(breaker)
    clock.now += PAUSE_SECONDS
    probe = breaker.attempt("acc_1", "Acme")
    with late:
        late.answered(status)
    assert is_open(breaker)
    with probe:
        probe.answered(200)
    assert not is_open(breaker)


def test_memory_is_bounded_and_healthy_accounts_take_none(clock: Clock) -> None:
    breaker = Breaker(clock=clock, max_circuits=10)
    for number in range(100):
        answered(breaker, 200, f"healthy_{number}")
    assert breaker.remembered() == 0
    for number in range(100):
        answered(breaker, 500, f"acc_{number}")
    assert breaker.remembered() == 10
