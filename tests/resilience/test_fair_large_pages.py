"""Large pages over HTTP, from the provider's bytes to the compressed answer: nobody else waits for them for long."""

import asyncio
import statistics
import time

import httpx2
import pytest

from tests.acme import open_acme
from tests.keys import new_key
from tests.waiting import until
from tests.world import lend_server
from unified.service.access.api_keys import create_key

MAPPING = """\
record: |
  {"id": $string(id), "first_name": name, "title": note, "is_deleted": gone}
list:
  - request: GET /people
    items: people
get: {request: "GET /people/{id}"}
"""
MIB = 1024 * 1024
RECORDS = 200
READERS = 3
PAGES, PHASES = 4, 3
"""Pages that are read in each phase; what another program on this machine adds to one of them is not the service's."""
MAX_HOLD_SECONDS, MAX_WAIT_SECONDS = 0.1, 0.1
"""In processor time of all threads, which is what a quiet machine would take: one turn of the event loop, and a small request,
which takes some ten turns while both threads for large answers are at work."""


def large_page() -> bytes:
    note = "x<b>, é " * (8 * MIB // RECORDS // 9 - 20)
    people = ",".join(f'{{"id":{number},"name":"a","note":"{note}"}}' for number in range(RECORDS))
    page = f'{{"people":[{people}]}}'.encode()
    assert 7 * MIB < len(page) <= 8 * MIB
    return page


async def asked(app, path: str, query: str, key: str) -> tuple[int, bytes]:
    """Status and bytes of one answer, compressed as they are: a client here would hold the loop with its own decoding."""
    status, parts = 0, []

    async def send(message) -> None:
        nonlocal status
        status = message.get("status", status)
        parts.append(message.get("body", b""))

    incoming = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive():
        if not incoming:
            await asyncio.Event().wait()  # the client stays: a server says nothing more until it leaves
        return incoming.pop()

    headers = [(b"host", b"service"), (b"authorization", f"Bearer {key}".encode()), (b"accept-encoding", b"gzip")]
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "state": {},
    }
    await app(scope, receive, send)
    return status, b"".join(parts)


async def read_on(app, key: str, account: str, read: list[int]) -> None:
    """Read large pages, one after another."""
    while True:
        status, body = await asked(app, "/crm/contacts", f"account_id={account}&limit={RECORDS}", key)
        assert (status, body[:2]) == (200, b"\x1f\x8b"), body[:200]
        read.append(len(body))


async def beat(held: list[list[float]], phase) -> None:
    """Note how long the loop took for each turn of a phase."""
    last = time.process_time()
    while True:
        await asyncio.sleep(0.001)
        now = time.process_time()
        held[min(phase(), PHASES - 1)].append(now - last)
        last = now


@pytest.mark.alone
@pytest.mark.slow
async def test_a_small_request_is_answered_and_the_loop_turns_while_large_pages_are_read(tmp_path):
    page = large_page()
    answers = {"GET /people": lambda _request: httpx2.Response(200, content=page), "GET /people/1": {"id": 1, "name": "Ada"}}
    read: list[int] = []
    held: list[list[float]] = [[] for _ in range(PHASES)]
    waited: list[float] = []
    async with open_acme(tmp_path, MAPPING, answers) as acme, lend_server(acme.services) as server:
        _, key = await create_key(acme.services, acme.principal.tenant_id, new_key(), maker=None)
        app = server
        running = [asyncio.create_task(read_on(app, key, acme.account, read)) for _ in range(READERS)]
        await until(lambda: len(read) >= READERS)  # what is compiled and loaded at the first use is not the pages'
        running.append(asyncio.create_task(beat(held, lambda: (len(read) - READERS) // PAGES)))
        while len(read) < READERS + PAGES * PHASES:
            began = time.process_time()
            status, body = await asked(app, "/crm/contacts/1", f"account_id={acme.account}", key)
            waited.append(time.process_time() - began)
            assert (status, b"Ada" in body) == (200, True)
            await asyncio.sleep(
                0.005
            )  # a request over a network waits for it; without one, it may never give the loop its turn
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    worst = min(max(one) for one in held)
    print(f"held {worst * 1000:.0f} ms, waited {statistics.median(waited) * 1000:.0f} ms of {len(waited)} requests")
    assert len(waited) > PHASES * PAGES, "the control: small requests are answered meanwhile"
    assert statistics.median(waited) < MAX_WAIT_SECONDS
    assert worst < MAX_HOLD_SECONDS
