"""How failures are counted: by address, within a window, in little memory, and never against who does not fail."""

import random

import pytest

from tests.clock import Clock
from unified.service.runtime import failed_attempts
from unified.service.runtime.failed_attempts import FailedAttempts, counted_as


@pytest.fixture
def time() -> Clock:
    return Clock(0.0)


def test_an_address_may_fail_a_few_times_a_minute(time: Clock) -> None:
    counts = FailedAttempts(3, 60.0, time)
    assert [counts.failed("a") for _ in range(3)] == [None] * 3
    assert counts.wait("a") == 60.0
    assert counts.wait("b") is None, "others are not held up"
    time.now = 60.0
    assert counts.wait("a") is None


def test_a_failure_too_many_does_not_make_the_wait_longer(time: Clock) -> None:
    counts = FailedAttempts(3, 60.0, time)
    for _ in range(3):
        counts.failed("a")
    for time.now in (10.0, 20.0, 59.0):
        assert counts.failed("a") == 60.0 - time.now
    time.now = 60.0
    assert counts.failed("a") is None


def test_no_more_failures_than_the_bound_pass_within_any_window(time: Clock) -> None:
    chance = random.Random(3)
    counts, passed = FailedAttempts(5, 60.0, time), []
    for _ in range(2000):
        time.now += chance.expovariate(1 / 4)
        if counts.failed("a") is None:
            passed.append(time.now)
    assert all(passed[n + 5] - passed[n] >= 60.0 for n in range(len(passed) - 5))
    assert len(passed) > 100


def test_remembered_attempts_are_bounded(time: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failed_attempts, "MAX_ADDRESSES", 3)
    counts = FailedAttempts(2, 60.0, time)
    for name in "abcd":
        for _ in range(100):
            counts.failed(name)
    assert counts.remembered() == 3
    assert [counts.wait(name) is None for name in "abcd"] == [True, False, False, False]


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("", ""),
        ("x" * 1000, "x" * 64),
    ],
)
def test_one_caller_is_one_address(host: str, counted: str) -> None:
    assert counted_as(host) == counted
