"""A stop while the database hangs: it ends in time by itself, and says which audit rows are lost."""

import asyncio
import threading
import time
from contextlib import contextmanager, suppress

import httpx2
import msgspec
import pytest

from tests.process.conftest import prepare, serving, until
from tests.relay import relayed

pytestmark = pytest.mark.slow

READY_S = 15.0
"""Readiness waits two seconds for the database; the rest is for a busy machine."""


@contextmanager
def hanging_later(url):
    """Provide the URL through a relay in a thread of its own, and a function that makes it hang."""
    ready, ends = threading.Event(), asyncio.Event()
    found = {}

    async def relay():
        async with relayed(url) as (through, one):
            found.update(url=through, relay=one, loop=asyncio.get_running_loop())
            ready.set()
            await ends.wait()

    thread = threading.Thread(target=asyncio.run, args=(relay(),))
    thread.start()
    ready.wait()
    try:
        yield found["url"], lambda: found["loop"].call_soon_threadsafe(found["relay"].hang)
    finally:
        found["loop"].call_soon_threadsafe(ends.set)
        thread.join()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=" ".join)
def test_lost_audit_rows_are_in_the_log(database, options, sandbox, tmp_path):
    with hanging_later(database) as (url, hang):
        prepared = prepare(tmp_path / "home", sandbox, database)
        through = {**prepared.environment, "UNIFIED_DATABASE_URL": url}
        with serving(msgspec.structs.replace(prepared, environment=through), *options, UNIFIED_GRACE_PERIOD="1") as service:
            for _ in range(8):
                assert service.contacts().status_code == 200
            sandbox.slow(60_000)
            threading.Thread(target=_ask, args=(service,)).start()
            until(sandbox.was_reached)
            hang()
            began = time.monotonic()
            assert (service.get("/ready").status_code, time.monotonic() - began < READY_S) == (503, True)
            assert service.stop(timeout=80) == 0
            log = service.log()
    events = [one["event"] for one in log]
    lost = [one for one in log if one["event"] == "audit_rows_lost"]
    assert sum(one["count"] for one in lost) >= 1, events
    assert "worker_killed" not in events
    assert not [one for one in log if "ASGI" in one["event"] or one.get("kind") == "CancelledError"], events
    assert [one["status"] for one in log if one["event"] == "request"][-1] == 503


def _ask(service):
    with suppress(httpx2.TransportError):
        service.contacts(timeout=90)
