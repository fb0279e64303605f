"""The gate: a loss is seen, noise is not; a slow run counts only if others are slow too."""

import random

import msgspec
import pytest

from benchmarks.gate.__main__ import judged
from benchmarks.gate.bounds import ALLOWED_COUNT, ALLOWED_RATIO, bounds_from, findings, ratio_of, read
from benchmarks.gate.observed import Compared, Counts, Observed

SUBJECTS = ("mapped", "read")


def run(rng: random.Random, loss: float = 0.0, noise: float = 0.01) -> Observed:
    """A run in which every subject takes five times its reference; the machine is slow for most of the calls."""
    launch = rng.gauss(1.0, noise)

    def page(cost: float) -> list[float]:
        return [cost * rng.choice((1.0, 1.4, 2.0)) * rng.uniform(1, 1.1) for _ in range(24)]

    counts = Counts(bytecodes=1000 * (1 + loss), calls=100 * (1 + loss), statements=1, kib=50)
    times = Compared(own=[page(5e-3 * (1 + loss) * launch) for _ in range(8)], reference=[page(1e-3) for _ in range(8)])
    return Observed(counts=dict.fromkeys(SUBJECTS, counts), times=dict.fromkeys(SUBJECTS, times))


@pytest.fixture
def rng() -> random.Random:
    return random.Random(7)


def test_no_run_is_a_false_alarm_and_a_loss_of_a_tenth_is_caught(rng) -> None:
    known = bounds_from([run(rng) for _ in range(5)], "2026-01-01", "abc")
    alarms = caught = 0
    for _ in range(100):
        alarms += any(one.exceeds for one in judged(known, run(rng), lambda _: run(rng)))
        slow = judged(known, run(rng, 0.1), lambda _: run(rng, 0.1))
        caught += all(one.exceeds for one in slow if one.figure == "ratio")
    assert alarms <= 1
    assert caught >= 85, "both subjects in one run; a single one is caught more often"


def test_a_slow_run_counts_only_if_others_are_slow_too(rng) -> None:
    known = bounds_from([run(rng, noise=0) for _ in range(3)], "2026-01-01", "abc")
    asked = []

    def again(subjects: tuple[str, ...]) -> Observed:
        asked.append(subjects)
        return run(rng, noise=0)

    slow = msgspec.structs.replace(run(rng, 0.2, noise=0), counts=run(rng).counts)
    assert not any(one.exceeds for one in judged(known, slow, again))
    assert asked == [SUBJECTS]


def test_counts_fail_without_a_second_run(rng) -> None:
    known = bounds_from([run(rng, noise=0)], "2026-01-01", "abc")
    more = msgspec.structs.replace(
        run(rng, noise=0), counts=dict.fromkeys(SUBJECTS, Counts(bytecodes=1031, calls=100, statements=2, kib=50))
    )
    found = [(one.subject, one.figure) for one in findings(known, more) if one.exceeds]
    assert found == [("mapped", "bytecodes"), ("mapped", "statements"), ("read", "bytecodes"), ("read", "statements")]


def test_a_machine_of_another_kind_is_checked_by_counts(rng, monkeypatch) -> None:
    known = bounds_from([run(rng, noise=0)], "2026-01-01", "abc")
    monkeypatch.setattr("benchmarks.gate.bounds.processor_name", lambda: "another")
    found = findings(known, run(rng, 0.2, noise=0))
    assert {one.figure for one in found if one.exceeds} == {"bytecodes", "calls"}


def test_the_ratio_drops_slow_slices_of_either_side() -> None:
    times = Compared(own=[[5.0] * 12 + [50.0] * 6, [7.0] * 6 + [9.0] * 6], reference=[[1.0] * 3 + [8.0] * 20, [2.0] * 23])
    assert ratio_of(times) == 6 / 1.5


def test_the_noise_of_the_bounds_in_the_repository_is_far_below_what_is_allowed() -> None:
    for name, one in read().ratios.items():
        assert 2 * one.noise < ALLOWED_RATIO, f"{name}: refresh the bounds on a machine that is less busy"


def test_the_bounds_in_the_repository_have_every_figure() -> None:
    known = read()
    assert known.ratios.keys() == known.counts.keys()
    assert "dirty" not in known.commit
    for counts in known.counts.values():
        assert all(getattr(counts, figure) >= 0 for figure in ALLOWED_COUNT)
