"""Calls at the same time are bounded, in order, and nobody who goes away takes a slot along."""

import asyncio
import random

import pytest

from unified.errors.service import Overloaded
from unified.transport.resilience.bulkhead import Bulkhead
from unified.transport.resilience.queued_semaphore import RETRY_AFTER_SECONDS, QueuedSemaphore


def soon(seconds: float = 5.0) -> float:
    return asyncio.get_running_loop().time() + seconds


class Load:
    """Callers of a bulkhead, and the most of them that were inside at once."""

    def __init__(self, bulkhead: Bulkhead) -> None:
        self.bulkhead = bulkhead
        self.inside: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.order: list[int] = []

    async def call(self, account: str, number: int = 0, provider: str = "acme", seconds: float = 0.001) -> None:
        async with self.bulkhead.slot(account, provider, soon()):
            self.order.append(number)
            for name in (account, provider):
                self.inside[name] = self.inside.get(name, 0) + 1
                self.most[name] = max(self.most.get(name, 0), self.inside[name])
            try:
                await asyncio.sleep(seconds)
            finally:
                for name in (account, provider):
                    self.inside[name] -= 1


async def test_500_callers_go_through_a_bounded_number_at_a_time_in_the_order_they_came() -> None:
    load = Load(Bulkhead(account_concurrency=7))
    await asyncio.gather(*(load.call("acc_1", number) for number in range(500)))
    assert load.most["acc_1"] == 7
    assert load.order == list(range(500))
    assert (load.bulkhead.in_flight(), load.bulkhead.waiting()) == (0, 0)


async def test_accounts_of_a_provider_share_its_slots_and_other_providers_have_their_own() -> None:
    load = Load(Bulkhead(account_concurrency=5, provider_concurrency=8))
    calls = [load.call(f"acc_{n % 10}", provider="acme") for n in range(200)]
    calls += [load.call("acc_other", provider="shelf") for n in range(20)]
    await asyncio.gather(*calls)
    assert load.most["acme"] == 8
    assert load.most["shelf"] == 5
    assert max(most for name, most in load.most.items() if name.startswith("acc_")) <= 5


async def test_a_full_line_is_refused_at_once() -> None:
    bulkhead = Bulkhead(account_concurrency=1, account_queue=2)
    load = Load(bulkhead)
    tasks = [asyncio.create_task(load.call("acc_1", seconds=0.2)) for _ in range(3)]
    await asyncio.sleep(0)
    started = soon(0)
    with pytest.raises(Overloaded) as caught:
        await load.call("acc_1")
    assert soon(0) - started < 0.1
    assert caught.value.detail == "1 calls to this account are running and 2 are waiting; try again in 1 second"
    assert caught.value.retry_after == RETRY_AFTER_SECONDS
    await load.call("acc_2")
    await asyncio.gather(*tasks)


async def test_a_caller_waits_no_longer_than_its_time() -> None:
    bulkhead = Bulkhead(account_concurrency=1)
    load = Load(bulkhead)
    holder = asyncio.create_task(load.call("acc_1", seconds=0.3))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded) as caught:
        async with bulkhead.slot("acc_1", "acme", soon(0.02)):
            raise AssertionError
    assert caught.value.detail == (
        "1 calls to this account were running for as long as the request could wait; try again in 1 second"
    )
    assert bulkhead.waiting() == 0
    await holder
    assert bulkhead.in_flight() == 0


async def test_no_slot_is_lost_or_gained_when_callers_go_away_at_any_moment() -> None:
    chance = random.Random(7)
    bulkhead = Bulkhead(account_concurrency=3, provider_concurrency=2)
    load = Load(bulkhead)
    for _ in range(30):
        tasks = [asyncio.create_task(load.call("acc_1", seconds=0.0005 * chance.random())) for _ in range(30)]
        for task in tasks:
            if chance.random() < 0.5:
                await asyncio.sleep(0.0002 * chance.random())
            if chance.random() < 0.6:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (bulkhead.in_flight(), bulkhead.waiting()) == (0, 0)
    assert load.most["acme"] == 2


async def test_a_slot_handed_to_one_who_just_left_goes_to_the_next() -> None:
    gate = QueuedSemaphore(1, 10)
    await gate.enter(soon(), "x")
    first, second = (asyncio.create_task(gate.enter(soon(), "x")) for _ in range(2))
    await asyncio.sleep(0)
    gate.leave()
    first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert first.cancelled()
    assert (gate.taken, gate.waiting) == (1, 0)


async def test_one_who_is_leaving_is_passed_over() -> None:
    gate = QueuedSemaphore(1, 10)
    await gate.enter(soon(), "x")
    first, second = (asyncio.create_task(gate.enter(soon(), "x")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    gate.leave()
    await asyncio.gather(first, second, return_exceptions=True)
    assert first.cancelled()
    assert (gate.taken, gate.waiting) == (1, 0)
    gate.leave()
    assert gate.taken == 0
