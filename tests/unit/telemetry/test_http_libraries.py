"""No logger of the HTTP libraries says anything of a call of ours, whatever level is set; what others call is left alone."""

import logging
import re
from pathlib import Path

import httpcore2
import httpx2
import pytest

from tests.security import fault_server as faults
from unified.telemetry.http_libraries import LIBRARIES, LOGGERS, unlogged
from unified.transport.egress.addresses import Egress
from unified.transport.egress.backend import Guard
from unified.transport.http1.messages import Outgoing
from unified.transport.http1.urls import split_url
from unified.transport.network.httpx_pool.network import HttpxPool

PLANTED = "planted-4711"


def test_every_logger_of_the_libraries_is_known() -> None:
    found = set()
    for library in (httpx2, httpcore2):
        for file in Path(library.__file__).parent.rglob("*.py"):
            found |= set(re.findall(r'getLogger\("([\w.]+)"\)', file.read_text(encoding="utf-8")))
    assert found
    assert found | set(LIBRARIES) == set(LOGGERS)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture):
    """What is logged at DEBUG; each logger is set to it, as an application may."""
    for name in (None, *LOGGERS):
        caplog.set_level(logging.DEBUG, logger=name)
    return lambda: [f"{one.name} {one.getMessage()} {one.args!r}" for one in caplog.records]


async def test_nothing_of_a_call_is_logged_at_any_level(told) -> None:
    async with faults.listening(faults.with_body(PLANTED.encode(), b"X-A: " + PLANTED.encode())) as server:
        pool = HttpxPool(Guard(Egress(allow_loopback=True)), connections=2)
        for owner in ("one", None):
            url = split_url(f"{server.origin}/{PLANTED}?q={PLANTED}")
            headers = {"Authorization": f"Bearer {PLANTED}"}
            sent = Outgoing(method="POST", url=url, headers=headers, content=PLANTED.encode(), owner=owner)
            assert (await pool.send(sent, max_bytes=1000)).content == PLANTED.encode()
        await pool.close()
    assert [one for one in told() if PLANTED in one or server.origin.rpartition(":")[2] in one] == []


async def test_what_others_call_is_logged_as_they_want_it(told) -> None:
    async with faults.listening(faults.with_body(b"")) as server:
        with unlogged():
            pass
        async with httpx2.AsyncClient(trust_env=False) as client:
            await client.get(f"{server.origin}/{PLANTED}")
    assert any(one.startswith("httpx2 ") and PLANTED in one for one in told())
