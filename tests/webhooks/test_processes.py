"""Several real processes over one outbox: none sends what another is sending, and what a killed one held comes back."""

import asyncio
import contextlib
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.webhooks.receiver import answering, slowly
from unified.service.runtime.events import event
from unified.store import deliveries
from unified.store.deliveries import list_page

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COUNT = int(os.environ.get("UNIFIED_TEST_WEBHOOKS", "120"))
"""Events for the two processes; CI sends few."""
WAIT_S = 60


@contextlib.asynccontextmanager
async def worker(url, lease, *words):
    command = [sys.executable, "-m", "tests.webhooks.worker", url, str(lease), *words]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(WAIT_S):
            assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _fill(post, count):
    for number in range(count):
        told = event("webhook.test", {"number": number}, post.clock.now)
        await deliveries.enqueue_to(post.database, "ten_1", "whk_1", told)


async def _all(post):
    found, cursor = [], None
    while True:
        page = await list_page(post.database, "ten_1", "whk_1", limit=500, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


async def _until_none_waits(post):
    async with asyncio.timeout(WAIT_S + COUNT / 10):
        while True:
            rows = await _all(post)
            if all(one.status != "pending" for one in rows):
                return rows
            await asyncio.sleep(0.1)


async def test_two_processes_send_each_event_once(post, url):
    await post.webhook()
    post.receiver.behaviours = [slowly(0.02, answering(200))]
    async with worker(url, 60), worker(url, 60):
        await _fill(post, COUNT)
        rows = await _until_none_waits(post)
    assert Counter(post.receiver.ids) == Counter(one.id for one in rows)
    assert {(one.status, one.attempts) for one in rows} == {("delivered", 1)}
    assert len(rows) == COUNT


async def test_a_process_killed_between_sending_and_writing_loses_nothing(post, url):
    await post.webhook()
    await _fill(post, 3)
    async with worker(url, 1, "dies") as dying:
        async with asyncio.timeout(WAIT_S):
            assert await dying.wait() == -signal.SIGKILL
    (first,) = post.receiver.ids
    async with worker(url, 1):
        rows = await _until_none_waits(post)
    assert Counter(post.receiver.ids) == Counter({one.id: 2 if one.id == first else 1 for one in rows})
    assert {one.id: one.attempts for one in rows}[first] == 2
    assert {one.status for one in rows} == {"delivered"}
    again = [one for one in post.receiver.received if one.headers["webhook-id"] == first]
    assert again[0].body == again[1].body
