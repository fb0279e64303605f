"""With many tenants and some that flood, the others wait a stated constant longer at most, and are never refused for it."""

import asyncio
import random
from collections import Counter
from datetime import timedelta

import pytest

from tests.databases import migrated_url
from tests.sizes import examples
from unified.errors.service import Overloaded
from unified.fair_queue import SHARE
from unified.service.runtime.audit_writer import AuditLog, Timing
from unified.service.webhooks.dispatcher import Dispatcher, DispatcherLimits
from unified.store import accounts, deliveries, refreshes, tenants
from unified.store.accounts import SealedCredentials
from unified.store.deliveries import Event
from unified.store.engine.engine import open_database
from unified.store.webhooks import add as add_webhook
from unified.transport.resilience.bulkhead import Bulkhead
from unified.transport.resilience.queued_semaphore import QueuedSemaphore


class Provider:
    """Calls that hold their slots until the test ends them, one at a time."""

    def __init__(self, bulkhead: Bulkhead) -> None:
        self.bulkhead = bulkhead
        self.inside: list[tuple[str, asyncio.Event]] = []
        self.entered: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    def call(self, tenant: str, account: str, requester: str = "key_1") -> "asyncio.Task[None]":
        async def run() -> None:
            ends = asyncio.get_running_loop().time() + 60
            async with self.bulkhead.slot(account, "acme", ends, tenant_id=tenant, requester=requester):
                done = asyncio.Event()
                self.entered.append(tenant)
                self.inside.append((tenant, done))
                await done.wait()

        task = asyncio.create_task(run())
        self.tasks.append(task)
        return task

    async def settled(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def end_one(self, draw: random.Random) -> None:
        self.inside.pop(draw.randrange(len(self.inside)))[1].set()
        await self.settled()

    async def end_all(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@pytest.mark.parametrize("floods", [1, 2, 3])
async def test_a_tenant_that_floods_a_provider_leaves_slots_for_the_others(floods: int) -> None:
    """While one floods, nobody else waits at all: no call has to end first. Of several, once their first calls have ended."""
    provider = Provider(Bulkhead(account_concurrency=32, account_queue=1000, provider_concurrency=200))
    for tenant in range(floods):
        for number in range(8 * 40):
            provider.call(f"flood{tenant}", f"acc_{tenant}_{number % 8}")
    await provider.settled()
    for _ in range(100 * (floods - 1)):
        await provider.end_one(random.Random(0))
    others = [provider.call(f"other{n}", f"acc_other{n}") for n in range(200 // (SHARE * floods + 1) - floods)]
    await provider.settled()
    assert len(provider.inside) > 190 - 34
    assert sum(tenant.startswith("other") for tenant in provider.entered) == len(others)
    await provider.end_all()


@pytest.mark.parametrize("seed", range(3))
async def test_where_nothing_is_free_one_waits_for_a_turn_of_each_tenant(seed: int) -> None:
    """Even when so many flood that nothing is left, and each of their calls lasts: never longer than one turn of each."""
    draw = random.Random(seed)
    slots, floods = draw.randrange(1, 12), draw.randrange(12, 20)
    provider = Provider(Bulkhead(account_concurrency=4, account_queue=50, provider_concurrency=slots))
    for number in range(floods * 40):
        provider.call(f"flood{number % floods}", f"acc_{number % (3 * floods)}")
    await provider.settled()
    provider.call("other", "acc_other")
    ended = 0
    while "other" not in provider.entered:
        await provider.end_one(draw)
        ended += 1
    assert ended <= floods + 1
    await provider.end_all()
    assert (provider.bulkhead.in_flight(), provider.bulkhead.waiting()) == (0, 0)


async def test_a_full_queue_of_one_refuses_no_other() -> None:
    provider = Provider(Bulkhead(account_concurrency=32, account_queue=5, provider_concurrency=4))
    flood = [provider.call("flood", f"acc_{number}") for number in range(60)]
    await provider.settled()
    assert any(task.done() and isinstance(task.exception(), Overloaded) for task in flood)
    other = provider.call("other", "acc_other")
    await provider.settled()
    assert not other.done()
    draw = random.Random(1)
    while "other" not in provider.entered:
        await provider.end_one(draw)
    await provider.end_all()


async def test_requesters_of_one_account_take_turns() -> None:
    provider = Provider(Bulkhead(account_concurrency=4, account_queue=100, provider_concurrency=200))
    for _ in range(100):
        provider.call("t", "acc_1", "key_flood")
    await provider.settled()
    before = len(provider.entered)
    quiet = [provider.call("t", "acc_1", f"key_{n}") for n in range(3)]
    await provider.settled()
    draw, ended = random.Random(1), 0
    while provider.bulkhead.waiting() > 100 - 4 - 3 - 1:  # each turn lets one in
        await provider.end_one(draw)
        ended += 1
    assert len(provider.entered) == before + ended
    await provider.end_all()
    assert all(task.done() for task in quiet)


async def test_a_semaphore_serves_random_floods_in_turns_and_loses_no_slot() -> None:
    draw = random.Random(5)
    for _ in range(examples(30)):
        gate = QueuedSemaphore(draw.randrange(1, 6), 1000, is_shared=True)
        served: Counter[str] = Counter()

        async def use(owner: tuple[str, str], gate: QueuedSemaphore = gate, served: Counter[str] = served) -> None:
            async with gate.slot(owner):
                served[owner[0]] += 1
                await asyncio.sleep(0)

        tasks = [asyncio.create_task(use((f"t{draw.randrange(4)}", f"a{draw.randrange(3)}"))) for _ in range(40)]
        await asyncio.sleep(0)
        for task in draw.sample(tasks, 10):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (gate.taken, gate.waiting) == (0, 0)


async def test_the_audit_queue_of_one_that_floods_holds_up_no_other() -> None:
    """Neither its capacity, nor the turn in a batch: the rows of others are in the next one, all of them."""
    batches: list[dict[str, int]] = []

    async def append(_database, entries, *, again=False):
        batches.append({tenant: len(rows) for tenant, rows in entries.items()})

    draw = random.Random(6)
    for _ in range(examples(30)):
        batches.clear()
        log = AuditLog(None, Timing(max_rows=60, max_waiting=600, wait_timeout=0.01), append=append)
        while log._has_capacity("flood"):
            log.enqueue("flood", [object()] * draw.randrange(1, 50))
        with pytest.raises(Overloaded):
            await log.wait_for_capacity("flood")
        others = {f"t{n}": draw.randrange(1, 10) for n in range(draw.randrange(1, 5))}
        for tenant, rows in others.items():
            await log.wait_for_capacity(tenant)
            log.enqueue(tenant, [object()] * rows)
        await log._write_batch()
        assert {tenant: batches[0].get(tenant) for tenant in others} == others
        assert sum(batches[0].values()) <= 60


@pytest.fixture
async def database(tmp_path):
    async with migrated_url("sqlite", tmp_path) as url:
        opened = await open_database(url)
        yield opened
        await opened.close()


async def webhook(database, tenant: str, number: int) -> str:
    if number == 0:
        await tenants.add(database, tenant, name=tenant)
    name = f"whk_{tenant}_{number}"
    await add_webhook(database, tenant, name, url="https://x.example", events=["e"], secret="s", secret_masked="…")
    return name


async def test_slow_receivers_of_one_tenant_delay_no_other(database) -> None:
    """Ten receivers that never answer, and events of another tenant: they are taken with the next look at the outbox."""
    for number in range(10):
        name = await webhook(database, "ten_flood", number)
        for _ in range(24):
            await deliveries.enqueue_to(database, "ten_flood", name, Event(name="e", payload="{}"))
    await webhook(database, "ten_other", 0)
    sending: list[str] = []
    stuck = asyncio.Event()

    async def never(taken) -> None:
        sending.append(taken.tenant_id)
        await stuck.wait()

    dispatcher = Dispatcher(database, never, DispatcherLimits())
    for _ in range(5):
        await dispatcher.claim_due()
    await asyncio.sleep(0)
    assert 10 < len(sending) < 20
    for _ in range(2):
        await deliveries.enqueue_to(database, "ten_other", "whk_ten_other_0", Event(name="e", payload="{}"))
    await dispatcher.claim_due()
    await asyncio.sleep(0)
    assert sending.count("ten_other") == 2
    await dispatcher.drain(0)


async def test_tenants_take_turns_in_the_outbox(database) -> None:
    draw = random.Random(7)
    waiting = {f"ten_{n}": draw.randrange(1, 30) for n in range(5)}
    for tenant, count in waiting.items():
        for number in range(3):
            await webhook(database, tenant, number)
        for number in range(count):
            await deliveries.enqueue_to(database, tenant, f"whk_{tenant}_{number % 3}", Event(name="e", payload="{}"))
    taken = await deliveries.take_due(database, lease=timedelta(seconds=60), room=20, each=4)
    got = Counter(one.tenant_id for one in taken)
    assert len(taken) == 20
    fewest = min(got[tenant] for tenant, count in waiting.items() if got[tenant] < min(count, 12))
    assert max(got.values()) - fewest <= 1


async def test_accounts_of_one_tenant_do_not_fill_the_list_of_those_to_refresh(database) -> None:
    soon = database.clock() + timedelta(seconds=30)
    for tenant, count in (("ten_flood", 40), ("ten_other", 2)):
        await tenants.add(database, tenant, name=tenant)
        for number in range(count):
            later = soon + timedelta(seconds=tenant == "ten_other")
            sealed = SealedCredentials(sealed="s", type="oauth2", masked="…", expires_at=later, refreshable=True)
            await accounts.add(database, tenant, f"acc_{tenant}_{number}", provider="hubspot", name="n", credentials=sealed)
    due = await refreshes.list_due(database, within=timedelta(minutes=5), limit=10)
    assert Counter(row.tenant_id for row in due) == {"ten_flood": 8, "ten_other": 2}
