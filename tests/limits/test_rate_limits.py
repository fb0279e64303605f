"""Rates of keys, accounts and tenants: counted apart, over a sliding window, in memory and in Redis."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tests.clock import Clock
from tests.redis_server import fresh_redis
from unified.errors.service import RateLimited
from unified.errors.waiting import try_again
from unified.service.runtime.rate_limits import RateLimits, WindowCounts, rate_limits_of
from unified.settings.settings import Settings
from unified.transport.redis_link import RedisLink, connect


@asynccontextmanager
async def made(kind: str, **rates: str):
    """Budgets in memory, or in a Redis that is really there."""
    if kind == "memory":
        yield RateLimits(**rates)
        return
    async with fresh_redis() as (link, prefix):
        yield RateLimits(**rates, link=link, prefix=prefix)
        assert link.failures == 0


async def refused(budgets: RateLimits, kind: str, name: str, cost: int = 1) -> RateLimited:
    with pytest.raises(RateLimited) as caught:
        await budgets.spend(kind, name, cost)
    return caught.value


async def spent(budgets: RateLimits, kind: str, name: str, times: int) -> int:
    done = 0
    for _ in range(times):
        try:
            await budgets.spend(kind, name)
        except RateLimited:
            continue
        done += 1
    return done


BOTH = pytest.mark.parametrize("where", ["memory", "redis"])


@BOTH
@pytest.mark.parametrize("kind", ["key", "account", "tenant"])
async def test_over_its_rate_one_is_refused_and_the_others_are_not(where: str, kind: str) -> None:
    async with made(where, **{kind: "5/hour"}) as budgets:
        assert await spent(budgets, kind, "first", 8) == 5
        problem = await refused(budgets, kind, "first")
        assert problem.detail == (
            f"this {kind} may make 5 per 1 hour calls, and they are used up; {try_again(problem.retry_after)}"
        )
        assert 0 < problem.retry_after <= 7200
        await budgets.spend(kind, "second")
        for other in {"key", "account", "tenant"} - {kind}:
            await budgets.spend(other, "first")


@BOTH
async def test_remaining_calls_are_reported(where: str) -> None:
    async with made(where, account="10/hour;100/day") as budgets:
        await budgets.spend("account", "acc_1", cost=4)
        hour, day = await budgets.left("account", "acc_1")
        assert (hour.policy, hour.quota, hour.window, hour.remaining) == ("account-1", 10, 3600, 6)
        assert (day.policy, day.quota, day.window, day.remaining) == ("account-2", 100, 86400, 96)
        assert 0 < hour.reset <= 3600
        untouched, _ = await budgets.left("account", "acc_2")
        assert (untouched.remaining, untouched.reset) == (10, 0.0)
        assert await budgets.left("key", "key_1") == []


@BOTH
async def test_after_the_stated_wait_the_call_is_done(where: str) -> None:
    async with made(where, key="3/second") as budgets:
        for _ in range(2):
            while await spent(budgets, "key", "key_1", 1):
                pass
            problem = await refused(budgets, "key", "key_1")
            assert problem.retry_after <= 2
            await asyncio.sleep(problem.retry_after + 0.01)
            assert await spent(budgets, "key", "key_1", 1) == 1


async def test_the_wait_is_exact_at_every_moment_of_the_window() -> None:
    clock = Clock(6_000_000.0)
    for limit in (1, 2, 7, 60):
        budgets = RateLimits(account=f"{limit}/minute", memory=WindowCounts(clock=clock))
        for step in range(40):
            clock.now += 7.3
            await spent(budgets, "account", "acc_1", limit + 1)
            wait = (await refused(budgets, "account", "acc_1")).retry_after
            clock.now += wait - 0.01
            await refused(budgets, "account", "acc_1")
            clock.now += 0.01
            assert await spent(budgets, "account", "acc_1", 1) == 1, (limit, step)


async def test_in_no_minute_more_is_done_than_the_rate_allows_by_its_estimate() -> None:
    clock = Clock(6_000_000.0)
    budgets = RateLimits(account="60/minute", memory=WindowCounts(clock=clock))
    done = []
    for _ in range(600):
        clock.now += 0.5
        done += [clock.now] * await spent(budgets, "account", "acc_1", 2)
    assert len(done) == pytest.approx(300, abs=60)
    assert max(sum(at - 60 < other <= at for other in done) for at in done) <= 75


async def test_a_refused_call_is_not_counted() -> None:
    clock = Clock()
    budgets = RateLimits(account="5/minute", memory=WindowCounts(clock=clock))
    await budgets.spend("account", "acc_1", cost=4)
    await refused(budgets, "account", "acc_1", cost=2)
    await budgets.spend("account", "acc_1")


async def test_a_batch_over_the_whole_quota_takes_the_whole_quota() -> None:
    budgets = RateLimits(account="5/minute", memory=WindowCounts(clock=Clock()))
    await budgets.spend("account", "acc_1", cost=100)
    await refused(budgets, "account", "acc_1")


async def test_500_callers_at_once_do_not_get_past_a_rate_in_redis() -> None:
    async with fresh_redis() as (link, prefix):
        workers = [RateLimits(tenant="100/hour", link=link, prefix=prefix) for _ in range(2)]
        done = await asyncio.gather(*(spent(workers[n % 2], "tenant", "ten_1", 1) for n in range(500)))
        assert sum(done) == 100


async def test_without_a_rate_redis_is_never_asked() -> None:
    link = RedisLink(connect("redis://127.0.0.1:1/0"))
    none = Settings(rate_limit_key="", rate_limit_account="", rate_limit_tenant="")
    budgets = rate_limits_of(none, link)
    for kind in ("key", "account", "tenant"):
        await budgets.spend(kind, "one")
        assert await budgets.left(kind, "one") == []
    assert link.failures == 0
    await link.close()


async def test_when_redis_does_not_answer_the_worker_counts_for_itself() -> None:
    link = RedisLink(connect("redis://127.0.0.1:1/0"))
    budgets = RateLimits(key="5/hour", link=link)
    assert await spent(budgets, "key", "key_1", 8) == 5
    assert [one.remaining for one in await budgets.left("key", "key_1")] == [0]
    assert (link.available, link.failures) == (False, 1)
    await link.close()


async def test_counters_in_memory_are_bounded() -> None:
    counts = WindowCounts(max_counters=10)
    for number in range(100):
        await counts.acquire_sliding_window_entry(f"k{number}", 5, 60)
    assert counts.remembered() == 10
