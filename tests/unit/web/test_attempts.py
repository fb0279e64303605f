"""The bound on guessing keys: per address, for a minute, in little memory."""

import pytest

from unified.web import attempts
from unified.web.attempts import MOST_FAILURES, WINDOW, Attempts


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def test_an_address_may_fail_a_few_times_a_minute(time: Time) -> None:
    counts = Attempts(time)
    for _ in range(MOST_FAILURES):
        assert counts.allowed("a")
        counts.failed("a")
    assert not counts.allowed("a")
    assert counts.allowed("b"), "others are not held up"
    time.now = WINDOW + 0.1
    assert counts.allowed("a")


def test_what_is_remembered_is_bounded(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MOST_ADDRESSES", 3)
    counts = Attempts(time)
    for name in "abcd":
        for _ in range(MOST_FAILURES):
            counts.failed(name)
    assert [counts.allowed(name) for name in "abcd"] == [True, False, False, False]
