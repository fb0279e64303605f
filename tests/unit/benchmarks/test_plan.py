"""A run is set by the environment."""

from benchmarks.plan import QUICK, Plan, plan_from


def test_a_quick_run_is_the_short_plan_with_what_is_given() -> None:
    plan = plan_from({"BENCH_QUICK": "1", "BENCH_ROUNDS": "7", "BENCH_RATES": "10,20"})
    assert (plan.rounds, plan.rates, plan.seconds) == (7, (10, 20), QUICK.seconds)


def test_without_variables_a_run_is_full() -> None:
    assert plan_from({}) == Plan()


def test_rows_are_wanted_by_their_name_or_their_group() -> None:
    plan = plan_from({"BENCH_ROWS": "mapped,agents"})
    assert plan.wants("paths", "mapped")
    assert plan.wants("agents", "mcp_call")
    assert not plan.wants("paths", "pass")
