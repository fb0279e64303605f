"""The fault matrix for both Python clients."""

import asyncio
import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from clients.tests.faults import FaultServer
from clients.tests.matrix import FAULTS, KEY, RETRIES, Case, cases, problems, said
from unified_client import AsyncClient, Client, UnifiedError

MANY = httpx2.Limits(max_connections=100)


def call(client: Any, operation: str) -> Any:
    """Make one call; a coroutine for the asynchronous client."""
    account = client.account("acc_1")
    contacts = account.crm.contacts
    calls = {
        "list": lambda: contacts.list(limit=1).page(),
        "get": lambda: contacts.get("7"),
        "create": lambda: contacts.create(first_name="Ada"),
        "update": lambda: contacts.update("7", first_name="Ada"),
        "delete": lambda: contacts.delete("7"),
        "upsert": lambda: contacts.upsert(by="email", first_name="Ada"),
        "batch": lambda: contacts.batch(
            [{"op": "create", "data": {"first_name": "Ada"}}, {"op": "upsert", "by": "email", "data": {}}]
        ),
        "batch_mixed": lambda: contacts.batch([{"op": "create", "data": {"first_name": "Ada"}}, {"op": "delete", "id": "7"}]),
        "tool_create": lambda: account.tools.call("create_crm_contact", arguments={"first_name": "Ada"}),
        "tool_update": lambda: account.tools.call("update_crm_contact", arguments={"id": "7", "first_name": "Ada"}),
        "custom": lambda: account.crm.leads.convert("7"),
        "manage": lambda: client.api_keys.create(name="x", role="app"),
        "proxy_read": lambda: account.proxy.get("/v3/things"),
        "proxy_write": lambda: account.proxy.post("/v3/things", body={"a": 1}),
    }
    return calls[operation]()


def settings(case: Case) -> dict[str, Any]:
    return {"timeout": case.timeout_ms / 1000, "max_retries": RETRIES, "max_wait": 5.0}


def synchronous(case: Case, http: httpx2.Client) -> str:
    try:
        call(Client(case.base, KEY, http=http, **settings(case)), case.operation)
    except UnifiedError as error:
        assert error.request_id
        return said(error.code, retryable=error.retryable)
    return "ok"


async def asynchronous(case: Case, http: httpx2.AsyncClient) -> str:
    try:
        async with asyncio.timeout(None if case.abort_ms is None else case.abort_ms / 1000):
            await call(AsyncClient(case.base, KEY, http=http, **settings(case)), case.operation)
    except TimeoutError:
        return "aborted"
    except UnifiedError as error:
        assert error.request_id
        return said(error.code, retryable=error.retryable)
    return "ok"


def test_synchronous_matrix(faults: FaultServer, deaf: str, closed: str) -> None:
    limited = tuple(one for one in FAULTS if one != "dripping")  # the HTTP library limits each step on its own
    found = [one for one in cases(faults, deaf, closed, "sync", faults=limited) if one.abort_ms is None]
    with httpx2.Client(limits=MANY) as http, ThreadPoolExecutor(40) as pool:
        codes = dict(zip([one.name for one in found], pool.map(lambda one: synchronous(one, http), found), strict=True))
    assert problems(faults, found, codes) == []


def test_asynchronous_matrix(faults: FaultServer, deaf: str, closed: str) -> None:
    found = cases(faults, deaf, closed, "async")

    async def run() -> dict[str, str]:
        gate = asyncio.Semaphore(40)

        async def one(case: Case) -> str:
            async with gate:
                return await asynchronous(case, http)

        async with httpx2.AsyncClient(limits=MANY) as http:
            return dict(zip([case.name for case in found], await asyncio.gather(*map(one, found)), strict=True))

    assert problems(faults, found, asyncio.run(run())) == []


def test_the_matrix_has_every_fault_and_operation() -> None:
    assert len(FAULTS) == 21


def test_a_client_of_the_callers_own_neither_follows_redirects_nor_sends_its_own_credentials(faults: FaultServer) -> None:
    with httpx2.Client(follow_redirects=True, auth=("user", "password"), headers={"Authorization": "Basic x"}) as http:
        client = Client(f"{faults.origin}/redirect-always-list-own", KEY, http=http)
        with pytest.raises(UnifiedError, match="redirect_refused"):
            call(client, "list")
        client.close()
        assert not http.is_closed
    assert "elsewhere" not in faults.sent
    (sent,) = faults.sent["redirect-always-list-own"]
    assert sent.headers["authorization"] == f"Bearer {KEY}"


def test_a_time_out_ends_an_answer_that_drips(faults: FaultServer) -> None:
    started = time.monotonic()
    with Client(f"{faults.origin}/slow-always-update-drip", KEY, timeout=0.3) as client, pytest.raises(UnifiedError) as failed:
        call(client, "update")
    assert failed.value.code == "timed_out"
    assert time.monotonic() - started < 5


def test_there_are_as_many_connections_as_calls(faults: FaultServer) -> None:
    sent = faults.sent["stalled-always-update-many"]

    async def run() -> None:
        async with AsyncClient(f"{faults.origin}/stalled-always-update-many", KEY, timeout=60.0, max_retries=0) as client:
            waiting = [asyncio.create_task(call(client, "update")) for _ in range(150)]
            end = time.monotonic() + 15
            while len(sent) < len(waiting) and time.monotonic() < end:
                await asyncio.sleep(0.05)
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(run())
    assert len(sent) == 150


def test_an_asynchronous_client_works_in_several_event_loops(faults: FaultServer) -> None:
    client = AsyncClient(f"{faults.origin}/none-always-get-loops", KEY)

    async def run() -> None:
        for _ in range(2):
            assert (await call(client, "get")).id == "7"

    for _ in range(3):
        asyncio.run(run())

    async def closed() -> None:
        await run()
        await client.close()
        with pytest.raises(RuntimeError, match="the client was closed"):
            await call(client, "get")

    asyncio.run(closed())
    assert len(faults.sent["none-always-get-loops"]) == 8


def test_a_closed_client_says_so(faults: FaultServer) -> None:
    client = Client(faults.origin, KEY)
    client.close()
    with pytest.raises(RuntimeError, match="the client was closed"):
        call(client, "get")


@pytest.mark.parametrize("timeout", [math.inf, 1e300])
def test_a_time_out_may_be_without_limit(timeout: float, faults: FaultServer) -> None:
    base = f"{faults.origin}/429-once-get-{timeout:g}"
    with Client(base, KEY, timeout=timeout, max_wait=timeout) as client:
        assert call(client, "get").id == "7"

    async def run() -> None:
        async with AsyncClient(base, KEY, timeout=timeout, max_wait=timeout) as client:
            assert (await call(client, "get")).id == "7"

    asyncio.run(run())


def test_one_client_serves_many_threads(faults: FaultServer) -> None:
    with Client(f"{faults.origin}/none-always-list-threads", KEY) as client:
        threads = [threading.Thread(target=call, args=(client, "list")) for _ in range(20)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert len(faults.sent["none-always-list-threads"]) == 20
