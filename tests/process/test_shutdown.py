"""A stop loses no request: what is open may end, what comes later goes elsewhere, the exit code is 0."""

import signal
import threading
import time

import httpx2
import pytest

from tests.process.conftest import serving, until

pytestmark = pytest.mark.slow

SLOW_MS = 2500


@pytest.mark.parametrize("options", [("--workers", "2"), ()], ids=["two workers", "one process"])
def test_an_open_request_completes(prepared, options):
    with serving(prepared, *options) as service:
        answers = _slow_request(service)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(60) == 0
        assert [one.status_code for one in until(lambda: answers)] == [200]
        assert [len(one.json()["data"]) for one in answers] == [2]
        assert service.log()[-1]["event"] == "stopped"


def test_ready_says_draining_and_then_no_one_listens(prepared):
    with serving(prepared, "--workers", "2") as service:
        answers = _slow_request(service)
        service.process.send_signal(signal.SIGTERM)
        reported = until(lambda: _ready(service) not in {(200, "ok"), None} and _ready(service))
        assert reported == (503, "draining")
        until(lambda: _ready(service) is None, what="new connections are still taken")
        assert not answers, "the slow request should still be open"
        assert service.process.wait(60) == 0
        assert [one.status_code for one in until(lambda: answers)] == [200]


def test_connections_are_not_kept_while_draining(prepared):
    with serving(prepared) as service, httpx2.Client(trust_env=False, base_url=service.base_url) as client:
        logged = [one["url"] for one in service.log() if one["event"] == "listening"]
        assert logged == [service.base_url], "the ready file and the log report the port"
        assert "connection" not in client.get("/ready").headers
        service.process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        ready = client.get("/ready")
        assert (ready.status_code, ready.headers["connection"]) == (503, "close")
        assert service.process.wait(60) == 0


def test_a_request_longer_than_the_grace_period_is_cut(prepared):
    with serving(prepared, UNIFIED_GRACE_PERIOD="1") as service:
        answers = _slow_request(service, delay_ms=60_000)
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < 30
        until(lambda: answers)
        assert [getattr(one, "status_code", None) for one in answers] != [200]


def _ready(service):
    try:
        answer = service.get("/ready", timeout=60)
    except httpx2.TransportError:
        return None
    return answer.status_code, answer.json()["status"]


def _slow_request(service, delay_ms=SLOW_MS):
    """Begin a request to a slow provider and wait until it arrives there; its response is added to the list."""
    sandbox = service.prepared.sandbox
    sandbox.slow(delay_ms)
    answers = []

    def ask():
        try:
            answers.append(service.contacts(timeout=90))
        except httpx2.TransportError as broken:
            answers.append(broken)

    threading.Thread(target=ask).start()
    until(sandbox.was_reached)
    return answers
