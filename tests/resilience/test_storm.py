"""A provider that fails for everybody at once: it is not hit harder for it, and others do not notice."""

import asyncio
import os
from collections import Counter

import pytest

from tests.clock import Clock
from tests.security.fault_server import listening, silent, with_body
from tests.waiting import until
from unified.catalog.wire import ProviderRequest
from unified.errors.error import UnifiedError
from unified.errors.providers import CircuitOpen, ProviderRateLimited
from unified.transport.resilience.breaker import FAILURES, PAUSE_SECONDS, Breaker
from unified.transport.resilience.bulkhead import Bulkhead
from unified.transport.resilience.retry_budget import MIN_RETRIES

pytestmark = pytest.mark.slow

GET = ProviderRequest(method="GET", path="/things")
CALLS = int(os.environ.get("UNIFIED_TEST_STORM", "400"))
"""Calls of a storm; 10000 for the full length."""
OK = with_body(b"{}")
UNAVAILABLE = with_body(b"{}", status=b"503 Service Unavailable")
THROTTLED = with_body(b"{}", b"Retry-After: 0", status=b"429 Too Many Requests")


async def outcomes(client, connection, count: int, at_once: int = 40) -> Counter:
    """What becomes of so many calls: error codes, and `ok`."""
    gate = asyncio.Semaphore(at_once)

    async def call() -> str:
        async with gate:
            try:
                await client.send(GET, connection)
            except UnifiedError as problem:
                return problem.code
        return "ok"

    return Counter(await asyncio.gather(*(call() for _ in range(count))))


@pytest.mark.parametrize(
    ("behaviour", "code"), [(UNAVAILABLE, "provider_error"), (THROTTLED, "provider_rate_limited")], ids=["503", "429"]
)
async def test_a_storm_is_answered_with_a_tenth_more_calls_at_most(client, to, behaviour, code: str) -> None:
    async with listening(behaviour) as server:
        found = await outcomes(client(breaker=Breaker(failures=10**9)), to(server.origin), CALLS)
        assert found == {code: CALLS}
        assert CALLS < len(server.requests) <= 1.1 * CALLS + MIN_RETRIES


async def test_failures_open_the_circuit_and_then_nothing_is_sent(client, to) -> None:
    async with listening(UNAVAILABLE) as server:
        caller = client()
        found = await outcomes(caller, to(server.origin), CALLS, at_once=20)
        assert set(found) == {"provider_error", "circuit_open"}
        assert FAILURES <= len(server.requests) < FAILURES + 20
        assert caller.breaker.open_circuits() == 1


async def test_throttling_does_not_open_the_circuit(client, to) -> None:
    async with listening(THROTTLED) as server:
        caller = client()
        for _ in range(5 * FAILURES):
            with pytest.raises(ProviderRateLimited):
                await caller.send(GET, to(server.origin))
        assert caller.breaker.open_circuits() == 0


async def test_those_who_stood_in_line_when_the_circuit_opened_are_not_sent(client, to) -> None:
    async with listening(UNAVAILABLE) as server:
        found = await outcomes(client(bulkhead=Bulkhead(account_concurrency=2)), to(server.origin), 200, at_once=200)
        assert len(server.requests) <= FAILURES + 1
        assert found["circuit_open"] >= 200 - FAILURES


async def test_after_the_pause_one_probe_goes_and_its_success_lets_all_through(client, to) -> None:
    clock, release = Clock(), asyncio.Event()
    async with listening(UNAVAILABLE) as server:
        caller = client(breaker=Breaker(clock=clock))
        await outcomes(caller, to(server.origin), 50)
        server.requests.clear()

        async def slowly(reader, writer) -> None:
            await release.wait()
            await OK(reader, writer)

        server.behaviour = slowly
        clock.now += PAUSE_SECONDS
        probe = asyncio.create_task(caller.send(GET, to(server.origin)))
        await until(lambda: len(server.requests) == 1)
        assert await outcomes(caller, to(server.origin), 100, at_once=100) == {"circuit_open": 100}
        assert len(server.requests) == 1
        release.set()
        await probe
        assert await outcomes(caller, to(server.origin), 100) == {"ok": 100}


async def test_time_outs_open_the_circuit(client, to) -> None:
    async with listening(silent) as server:
        caller = client(deadline=0.1)
        assert await outcomes(caller, to(server.origin), FAILURES) == {"provider_timeout": FAILURES}
        with pytest.raises(CircuitOpen):
            await caller.send(GET, to(server.origin))


async def test_a_call_whose_turn_came_too_late_is_not_a_failure_of_the_provider(client, to) -> None:
    async def behave(reader, writer) -> None:
        await asyncio.sleep(0.3)
        await OK(reader, writer)

    async with listening(behave) as server:
        caller = client(deadline=0.5, bulkhead=Bulkhead(account_concurrency=1))
        for _ in range(FAILURES):
            found = await outcomes(caller, to(server.origin), 2)
            assert found == {"ok": 1, "provider_timeout": 1}
        assert caller.breaker.remembered() == 0


async def test_an_account_whose_provider_hangs_does_not_hold_up_another(client, to) -> None:
    async with listening(silent) as hanging, listening(OK) as well:
        caller = client(deadline=2.0, bulkhead=Bulkhead(account_concurrency=5, account_queue=20))
        stuck = asyncio.create_task(outcomes(caller, to(hanging.origin), 100, at_once=100))
        await until(lambda: len(hanging.requests) == 5)
        async with asyncio.timeout(1.5):
            assert await outcomes(caller, to(well.origin, "acc_2"), 50, at_once=20) == {"ok": 50}
        found = await stuck
        assert (found["provider_timeout"], found["overloaded"]) == (5, 95)
        assert len(hanging.requests) == 5
        assert (caller.bulkhead.in_flight(), caller.bulkhead.waiting()) == (0, 0)


async def test_a_throttled_account_that_waits_holds_no_slot(to, client) -> None:
    waiting, ends = asyncio.Event(), asyncio.Event()

    async def wait(_seconds: float) -> None:
        waiting.set()
        await ends.wait()

    async with listening(THROTTLED) as server, listening(OK) as well:
        caller = client(bulkhead=Bulkhead(provider_concurrency=1), sleep=wait)
        throttled = asyncio.create_task(outcomes(caller, to(server.origin), 1))
        await waiting.wait()
        assert await outcomes(caller, to(well.origin, "acc_2"), 1) == {"ok": 1}
        assert not throttled.done()
        ends.set()
        await throttled


async def test_what_the_provider_says_of_its_limits_is_known_by_account(client, to) -> None:
    told = with_body(b"{}", b"X-Remaining: 97", b"X-Limit: 100", b"X-Reset: 8")
    async with listening(told) as server:
        caller = client()
        await caller.send(GET, to(server.origin))
        seen = caller.limits_of("acc_1")
        assert (seen.remaining, seen.limit) == (97, 100)
        assert 7 < seen.reset <= 8
        assert caller.limits_of("acc_2") is None
        await caller.pass_through(GET, to(server.origin, "acc_2"), b"")
        assert caller.limits_of("acc_2") is not None
