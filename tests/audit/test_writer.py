"""The writer: allowed calls do not wait, denials do, a database that fails loses nothing, the end writes everything."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
import structlog

from tests.waiting import until
from unified.errors.service import Overloaded
from unified.service.audit.verification import verify_chain
from unified.service.runtime.audit_writer import AuditLog, Timing, running_log
from unified.store import audit

QUICK = Timing(batch_interval=0.05, wait_timeout=2, min_retry_interval=0.01, max_retry_interval=0.05, close_timeout=2)
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])  # what differs between databases is below, in the store


class Store:
    """Appends to the real database, after what a test has in store for it."""

    def __init__(self):
        self.batches = []
        self.failures = []
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, database, batches, *, again=False):
        await self.open.wait()
        self.batches += [(tenant, len(entries)) for tenant, entries in batches.items()]
        failure = self.failures.pop(0) if self.failures else None
        if failure == "after":
            await audit.append(database, batches, again=again)
        if failure is not None:
            raise ConnectionResetError("planted-secret")
        await audit.append(database, batches, again=again)


@pytest.fixture
def store():
    return Store()


@asynccontextmanager
async def running(database, store, timing=QUICK):
    log = AuditLog(database, timing, append=store)
    writer = asyncio.create_task(log.write_until_closed())
    yield log
    await log.close(writer)
    assert writer.done()


async def count(database, tenant="ten_1"):
    verdict = await verify_chain(database, tenant)
    assert verdict.fault is None
    return verdict.rows


async def test_rows_are_written_in_batches_at_most_the_linger_later(database, store, entry):
    async with running(database, store) as log:
        for _ in range(30):
            log.enqueue("ten_1", [entry()])
        assert log.waiting == 30
        await until(lambda: log.waiting == 0)
        assert await count(database) == 30
    assert store.batches == [("ten_1", 30)]


async def test_a_full_batch_does_not_linger(database, store, entry):
    async with running(database, store, Timing(batch_interval=60, max_rows=10)) as log:
        log.enqueue("ten_1", [entry() for _ in range(25)])
        await until(lambda: log.waiting == 5)
    assert store.batches == [("ten_1", 10), ("ten_1", 10), ("ten_1", 5)]


async def test_a_call_does_not_wait_for_a_slow_database(database, store, entry):
    store.open.clear()
    async with running(database, store) as log:
        started = time.perf_counter()
        for _ in range(1000):
            await log.wait_for_capacity()
            log.enqueue("ten_1", [entry()])
        took = time.perf_counter() - started
        assert await count(database) == 0
        store.open.set()
    assert took < 0.5
    assert await count(database) == 1000


async def test_a_denial_waits_until_its_row_is_kept(database, store, entry):
    store.open.clear()
    async with running(database, store, Timing(batch_interval=60)) as log:
        denied = asyncio.create_task(log.write_through("ten_1", [entry(decision="denied")]))
        assert await asyncio.wait({denied}, timeout=0.2) == (set(), {denied})
        store.open.set()
        async with asyncio.timeout(5):  # far less than the linger: somebody waits
            await denied
        assert await count(database) == 1


async def test_a_denial_that_cannot_be_written_is_not_answered_and_not_lost(database, store, entry):
    store.open.clear()
    async with running(database, store, Timing(wait_timeout=0.1)) as log:
        with pytest.raises(Overloaded) as refused:
            await log.write_through("ten_1", [entry(decision="denied")])
        assert str(refused.value) == "the audit trail cannot be written now, so this request is not answered; try again"
        assert refused.value.retry_after == 5
        store.open.set()
    assert await count(database) == 1


async def test_a_full_queue_makes_requests_wait_then_refuses_them(database, store, entry):
    store.open.clear()
    async with running(database, store, Timing(batch_interval=0.01, max_waiting=10, wait_timeout=0.2)) as log:
        log.enqueue("ten_1", [entry() for _ in range(9)])
        await log.wait_for_capacity()
        log.enqueue("ten_1", [entry()])
        with pytest.raises(Overloaded):
            await log.wait_for_capacity()
        waits = asyncio.create_task(log.wait_for_capacity())
        await asyncio.sleep(0.05)
        store.open.set()
        await waits
    assert await count(database) == 10


@pytest.mark.parametrize("failure", ["before", "after"])
async def test_a_failing_database_is_tried_again_and_no_row_is_lost_or_doubled(database, store, entry, failure):
    store.failures = [failure] * 4
    with structlog.testing.capture_logs() as logs:
        async with running(database, store) as log:
            log.enqueue("ten_1", [entry() for _ in range(3)])
            log.enqueue("ten_2", [entry()])
            await log.write_through("ten_1", [entry(decision="denied")])
            assert await count(database) == 4
    assert (await count(database), await count(database, "ten_2")) == (4, 1)
    told = [one for one in logs if one["event"] == "audit_not_written"]
    assert [one["tenant"] for one in told] == ["ten_1", "ten_2"]
    assert told[0] == {
        "event": "audit_not_written",
        "log_level": "error",
        "tenant": "ten_1",
        "count": 5,
        "kind": "ConnectionResetError",
        "reason": "connection lost",
    }
    assert "planted-secret" not in str(logs)


async def test_health_follows_the_database(database, store, entry):
    store.failures = ["before"] * 1000
    async with running(database, store) as log:
        assert log.healthy
        log.enqueue("ten_1", [entry()])
        await asyncio.sleep(0.3)  # time for tries, which may be fewer on a busy machine
        await until(lambda: not log.healthy)
        assert len(store.batches) < 20, "tries must back off"
        store.failures.clear()
        await until(lambda: log.healthy)
    assert await count(database) == 1


async def test_one_tenant_that_fails_does_not_hold_up_another(database, store, entry):
    with structlog.testing.capture_logs() as logs:
        async with running(database, store) as log:
            log.enqueue("ten_gone", [entry(), entry()])
            await log.write_through("ten_gone", [entry(decision="denied")])
            await log.write_through("ten_1", [entry(decision="denied")])
            assert log.healthy
    assert await count(database) == 1
    assert [one for one in logs if one["event"] == "audit_rows_lost"] == [
        {
            "event": "audit_rows_lost",
            "log_level": "error",
            "tenant": "ten_gone",
            "count": 3,
            "meaning": "the tenant was deleted",
        }
    ]


async def test_rows_of_all_tenants_go_in_one_transaction(database, store, entry):
    async with running(database, store) as log:
        log.enqueue("ten_2", [entry()])
        log.enqueue("ten_1", [entry(), entry()])
        await log.write_through("ten_2", [entry(decision="denied")])
        assert store.batches == [("ten_2", 2), ("ten_1", 2)]
    assert (await count(database), await count(database, "ten_2")) == (2, 2)


async def test_a_tenant_with_many_rows_does_not_hold_up_another(database, store, entry):
    async with running(database, store, Timing(batch_interval=0.05, max_rows=10)) as log:
        log.enqueue("ten_1", [entry() for _ in range(95)])
        await log.write_through("ten_2", [entry(decision="denied")])
        assert log.waiting >= 80
    assert (await count(database), await count(database, "ten_2")) == (95, 1)


async def test_the_end_writes_everything(database, entry):
    async with running_log(database, Timing(batch_interval=60)) as log:
        log.enqueue("ten_1", [entry() for _ in range(1234)])
        log.enqueue("ten_2", [entry()])
    assert (await count(database), await count(database, "ten_2")) == (1234, 1)


async def test_an_end_without_a_database_is_bounded_and_says_what_is_lost(database, store, entry):
    store.open.clear()
    started = time.perf_counter()
    with structlog.testing.capture_logs() as logs:
        async with running(database, store, Timing(close_timeout=0.2)) as log:
            log.enqueue("ten_1", [entry(), entry()])
    assert time.perf_counter() - started < 2
    assert logs[-1] == {
        "event": "audit_rows_lost",
        "log_level": "error",
        "count": 2,
        "meaning": "the process ends and the database does not accept them",
    }
