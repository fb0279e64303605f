"""The measure of the machine: a bound in seconds holds on a slower one, and is no wider on a faster one."""

import pytest

from tests import timing


@pytest.mark.parametrize(("factor", "times"), [(0.5, 1), (1, 1), (3, 3)])
def test_a_slower_machine_has_more_time_and_a_faster_one_no_less(monkeypatch, factor, times):
    monkeypatch.setattr(timing, "known_work", lambda: factor * timing.QUIET_SECONDS)
    assert timing.slowness() == pytest.approx(times)


def test_the_time_of_a_block_is_what_a_quiet_machine_would_need(monkeypatch):
    monkeypatch.setattr(timing, "slowness", lambda: 1.0)
    with timing.processor_time() as here:
        for _ in range(20):
            timing.known_work()
    monkeypatch.setattr(timing, "slowness", lambda: 1000.0)
    with timing.processor_time() as there:
        for _ in range(20):
            timing.known_work()
    assert here.seconds > 5 * timing.QUIET_SECONDS
    assert there.seconds < here.seconds / 50
