"""The gate: a loss is seen, noise is not; a slow measurement counts only if others are slow too."""

import random
import subprocess

import pytest

from benchmarks.gate import base
from benchmarks.gate.__main__ import SUSPECT, judged, not_judged
from benchmarks.gate.bounds import ALLOWED_COUNT, TIME, Finding, bounds_from, count_findings, ratio_of, read, time_findings
from benchmarks.gate.observed import Compared, Counts, Observed
from benchmarks.results import ROOT

SUBJECTS = ("mapped", "read")


def run(rng: random.Random, loss: float = 0.0, noise: float = 0.01) -> Observed:
    """A run in which every subject takes five times its reference; the machine is slow for most of the calls."""
    launch = rng.gauss(1.0, noise)

    def page(cost: float) -> list[float]:
        return [cost * rng.choice((1.0, 1.4, 2.0)) * rng.uniform(1, 1.1) for _ in range(24)]

    counts = Counts(bytecodes=1000 * (1 + loss), calls=100 * (1 + loss), statements=1, kib=50)
    times = Compared(own=[page(5e-3 * (1 + loss) * launch) for _ in range(8)], reference=[page(1e-3) for _ in range(8)])
    return Observed(counts=dict.fromkeys(SUBJECTS, counts), times=dict.fromkeys(SUBJECTS, times))


def measuring(changes: dict[str, list[float]]) -> tuple[list[tuple[str, ...]], list[Finding]]:
    """The subjects of each measurement, and what is judged, where the subjects change by these shares one after the other."""
    asked: list[tuple[str, ...]] = []

    def measure(subjects: tuple[str, ...]) -> list[Finding]:
        asked.append(subjects)
        return [
            Finding(subject=name, figure=TIME, bound=1.0, allowed=0.07, found=1 + changes[name].pop(0))
            for name in subjects or changes
        ]

    return asked, judged(measure)


@pytest.fixture
def rng() -> random.Random:
    return random.Random(7)


def test_hardly_a_run_is_a_false_alarm_and_a_loss_of_a_tenth_is_caught(rng) -> None:
    alarms = caught = 0
    for _ in range(100):
        alarms += any(one.exceeds for one in judged(lambda _: time_findings(run(rng), run(rng))))
        caught += all(one.exceeds for one in judged(lambda _: time_findings(run(rng), run(rng, 0.1))))
    assert alarms <= 1
    assert caught >= 85, "both subjects in one run; a single one is caught more often"


def test_a_subject_that_is_slow_once_is_measured_until_three_measurements_agree() -> None:
    asked, found = measuring({"mapped": [0.2, 0.0, 0.3, 0.01, 0.02], "read": [0.0]})
    assert asked == [(), *[("mapped",)] * 4]
    assert not any(one.exceeds for one in found)


def test_three_slow_measurements_fail_at_once() -> None:
    asked, found = measuring({"mapped": [0.08, 0.09, 0.1], "read": [0.0]})
    assert len(asked) == 3
    assert [(one.subject, one.exceeds) for one in found] == [("mapped", True), ("read", False)]


def test_a_measurement_below_the_bound_is_repeated_where_it_comes_near() -> None:
    asked, found = measuring({"mapped": [SUSPECT + 0.01, 0.09, 0.1, 0.11], "read": [SUSPECT - 0.01]})
    assert asked == [(), *[("mapped",)] * 3]
    assert [one.exceeds for one in found] == [True, False]


def test_counts_fail_without_a_second_run(rng) -> None:
    known = bounds_from([run(rng, noise=0)], "2026-01-01", "abc")
    counts = dict.fromkeys(SUBJECTS, Counts(bytecodes=1031, calls=100, statements=2, kib=50))
    found = [(one.subject, one.figure) for one in count_findings(known, Observed(counts=counts, times={})) if one.exceeds]
    assert found == [("mapped", "bytecodes"), ("mapped", "statements"), ("read", "bytecodes"), ("read", "statements")]


def test_counts_of_another_python_are_not_compared_and_that_is_said(rng, monkeypatch) -> None:
    known = bounds_from([run(rng, noise=0)], "2026-01-01", "abc")
    monkeypatch.setattr("benchmarks.gate.bounds.python_version", lambda: "3.99")
    assert count_findings(known, run(rng, 0.2)) == []
    assert not_judged(known, [TIME]) == [f"counts, as the bounds are of Python {known.python}."]


def test_a_clone_without_the_commit_judges_counts_and_says_so(rng) -> None:
    with base.checked_out("0" * 40) as tree:
        assert tree is None
    known = bounds_from([run(rng, noise=0)], "2026-01-01", "abc")
    assert not_judged(known, ["bytecodes"]) == [
        "processor time, as this clone does not have the commit abc: fetch the whole history."
    ]


def test_the_tree_of_a_commit_is_measured_with_its_own_packages() -> None:
    with base.checked_out("HEAD") as tree:
        if tree is None:
            assert not (ROOT / ".git").exists(), "the commit that is checked out can be extracted"
            return
        assert (tree / "benchmarks/gate/measuring.py").is_file()
        paths = base.environment(tree)["PYTHONPATH"].split(":")
        assert paths == [str(tree.resolve()), str(tree.resolve() / "engine"), str(tree.resolve() / "sandbox")]


def test_the_ratio_drops_slow_slices_of_either_side() -> None:
    times = Compared(own=[[5.0] * 12 + [50.0] * 6, [7.0] * 6 + [9.0] * 6], reference=[[1.0] * 3 + [8.0] * 20, [2.0] * 23])
    assert ratio_of(times) == 6 / 1.5


def test_the_bounds_in_the_repository_have_every_figure_of_a_commit_of_the_history() -> None:
    known = read()
    assert "dirty" not in known.commit
    for counts in known.counts.values():
        assert all(getattr(counts, figure) >= 0 for figure in ALLOWED_COUNT)
    shallow = subprocess.run(
        ("git", "rev-parse", "--is-shallow-repository"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if shallow.stdout.strip() == "false":
        found = subprocess.run(("git", "merge-base", "--is-ancestor", known.commit, "HEAD"), cwd=ROOT, check=False)
        assert found.returncode == 0, "take the bounds of a commit that stays: make bench-gate REFRESH=1"
