"""Goals are data: what a run measured is met, meets the least figure or is missed, and only a missed least figure fails."""

import pytest

from benchmarks.goals import ENGINE, GOALS, Goal, goals_grid, judged
from tests.unit.benchmarks.measured import results, row


def verdict(value: float | None, **goal):
    (found,) = judged([Goal(title="g", read=lambda _: value, **goal)], None)
    return found.verdict, found.fails


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1.0, ("met", False)), (1.2, ("least met", False)), (1.31, ("missed", True)), (None, ("not measured", False))],
)
def test_less_is_better(value, expected) -> None:
    assert verdict(value, goal=1.0, least=1.3) == expected


@pytest.mark.parametrize(("value", "expected"), [(14.0, ("met", False)), (10.0, ("least met", False)), (9.9, ("missed", True))])
def test_more_is_better_where_the_goal_says_so(value, expected) -> None:
    assert verdict(value, goal=14, least=10, at_least=True) == expected


def test_a_goal_without_a_least_figure_is_missed_and_does_not_fail() -> None:
    assert verdict(1.2, goal=1.05) == ("missed", False)


def test_no_least_figure_is_stricter_than_its_goal() -> None:
    for one in (*GOALS, *ENGINE):
        assert one.least is None or (one.least <= one.goal if one.at_least else one.least >= one.goal), one.title


def test_goals_say_what_was_measured_and_what_was_not() -> None:
    lines = {line[0]: line[1:] for line in goals_grid(judged(GOALS, results(row("mapped", 3.0), row("node_hand", 2.5)))).lines}
    assert lines["mapped page, against Node by hand"] == ("≤ 1×", "1.3×", "1.2×", "least met")
    assert lines["page of 10, against Node's page of 10"] == ("≤ 2×", "3.5×", "–", "not measured")


def test_every_row_that_a_goal_reads_is_measured() -> None:
    """A goal whose row is renamed would never be measured again: each reads a run that has every row."""
    from benchmarks.rows import LIBRARY, LIKE, PEERS

    names = {*LIBRARY, *(name for name, *_ in PEERS), *(name for like in LIKE.values() for name in like)}
    more = {"linked", "page_10", "rest_20", "mcp_list_80"}
    found = results(*(row(name, 1.0) for name in sorted(names | more)))
    unread = [one.title for one in judged(GOALS, found) if one.verdict == "not measured"]
    assert unread == [
        "compilation of the largest mapping",
        "start until /health answers",
        "memory of a worker after the load",
        "longest hold of the event loop by one answer",
    ]
