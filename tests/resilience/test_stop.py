"""Requests that the end of the grace period cuts: answered, recorded, and no fault in the log."""

import asyncio
import json

import pytest

from unified.api.middleware.request_layer import request_layer
from unified.server.workers import MARGIN_SECONDS
from unified.service.runtime import closing
from unified.service.runtime.services import Lifecycle
from unified.web.connect.callback import take_callback


class Cut:
    """One request that waits until it is cancelled, and what was sent."""

    def __init__(self, app, method="GET", *, draining=True):
        self.sent = []
        self.life = Lifecycle()
        self.life.draining = draining
        scope = {"type": "http", "method": method, "raw_path": b"/x", "headers": [(b"x-request-id", b"req_1")]}
        self.task = asyncio.create_task(request_layer(app, lifecycle=self.life)(scope, None, self._send))

    async def _send(self, message):
        self.sent.append(message)

    async def end(self):
        await asyncio.sleep(0)
        self.task.cancel()
        return (await asyncio.gather(self.task, return_exceptions=True))[0]


async def waits(_scope, _receive, _send):
    await asyncio.sleep(3600)


async def has_begun(_scope, _receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await asyncio.sleep(3600)


@pytest.mark.parametrize(
    ("method", "status", "code", "retryable"),
    [("GET", 503, "overloaded", True), ("HEAD", 503, "overloaded", True), ("POST", 500, "internal", False)],
)
async def test_a_request_that_a_stop_cuts_is_answered(method, status, code, retryable):
    request = Cut(waits, method)
    assert await request.end() is None
    start, body = request.sent
    problem = json.loads(body["body"])
    assert (start["status"], problem["status"], problem["code"], problem["retryable"]) == (status, status, code, retryable)
    assert (problem["request_id"], "the service stopped" in problem["detail"]) == ("req_1", True)
    assert request.life.requests == set()


async def test_the_return_from_a_consent_page_that_a_stop_cuts_is_not_said_to_be_repeatable():
    """Its code may be used up by then."""

    async def waits_there(scope, _receive, _send):
        scope["route_handler"] = take_callback
        await asyncio.sleep(3600)

    request = Cut(waits_there)
    assert await request.end() is None
    problem = json.loads(request.sent[1]["body"])
    assert (problem["status"], problem["code"], problem["retryable"]) == (500, "internal", False)


async def test_an_answer_that_has_begun_stays_as_it_is():
    request = Cut(has_begun)
    assert await request.end() is None
    assert [one["type"] for one in request.sent] == ["http.response.start"]


async def test_a_request_that_is_cancelled_otherwise_is_not_answered():
    request = Cut(waits, draining=False)
    assert isinstance(await request.end(), asyncio.CancelledError)
    assert request.sent == []


async def test_the_end_waits_for_requests_that_were_cut():
    recorded = []

    async def records(_scope, _receive, _send):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)
            recorded.append("row")
            raise

    request = Cut(records)
    await asyncio.sleep(0)
    await request.life.end_requests()
    assert recorded == ["row"]


def test_who_kills_waits_for_all_parts_of_the_closing():
    others = {"CLOSING_SECONDS", "CLOSE_SECONDS"}
    parts = {name: value for name, value in vars(closing).items() if name.endswith("_SECONDS") and name not in others}
    assert sum(parts.values()) + 2 * parts["CUT_SECONDS"] <= MARGIN_SECONDS


async def test_jobs_that_hang_are_cancelled(monkeypatch):
    monkeypatch.setattr(closing, "JOBS_SECONDS", 0.05)
    monkeypatch.setattr(closing, "CUT_SECONDS", 0.05)
    ended = []

    async def ends():
        ended.append("one")

    async def hangs():
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("other")

    async def deaf():
        for _ in range(3):
            try:
                await asyncio.sleep(0.2)
            except asyncio.CancelledError:
                continue

    async with asyncio.timeout(2):
        await closing.end_jobs(ends, hangs, deaf)
    assert sorted(ended) == ["one", "other"]
    await asyncio.sleep(0.5)
