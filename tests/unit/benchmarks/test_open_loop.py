"""The open loop counts from the due moment: a server that stalls once is slow for all requests that were due meanwhile."""

import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from benchmarks.latencies import summed
from benchmarks.load import drive, get
from benchmarks.open_loop import PATIENCE, Offered, offer

pytestmark = pytest.mark.slow

STALL = 0.3
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    stalls_at = -1
    stall = STALL
    answered = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.one_at_a_time = threading.Lock()


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while self.rfile.readline().strip():
            while self.rfile.readline().strip():
                pass
            with self.server.one_at_a_time:
                self.server.answered += 1
                if self.server.answered == self.server.stalls_at:
                    time.sleep(self.server.stall)
            self.wfile.write(ANSWER)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def test_requests_that_were_due_during_a_stall_are_slow(server: Server) -> None:
    server.stalls_at = 20
    found = offer(server.server_address[1], get("/"), rate=200, seconds=0.5)
    assert found.kept_up
    assert len(found.latencies) == 100
    slow = [one for one in found.latencies if one > STALL / 2]
    assert len(slow) >= 200 * STALL / 2 * 0.8, "half of those that were due while it stalled waited for half of the stall"


def test_a_closed_loop_sees_one_slow_request(server: Server) -> None:
    server.stalls_at = 20
    load = drive(server.server_address[1], [get("/")], count=100)
    assert len([one for one in load.latencies if one > STALL / 2]) == 1


def test_a_server_that_answers_too_late_does_not_keep_up(server: Server) -> None:
    server.stalls_at, server.stall = 1, PATIENCE * 2
    assert not offer(server.server_address[1], get("/"), rate=50, seconds=0.1).kept_up


def test_a_path_adds_what_it_has_beyond_the_provider_in_the_same_round() -> None:
    def rounds(*milliseconds: float) -> list[Offered]:
        return [Offered(latencies=(one / 1000,), kept_up=True) for one in milliseconds]

    found = summed("pass", "Unified", 50, {"direct": rounds(1, 101, 1), "pass": rounds(4, 104, 900)})
    assert found.p50_ms == pytest.approx(3)


def test_a_path_that_fell_behind_in_most_rounds_has_no_latency() -> None:
    behind, kept = Offered(latencies=(0.1,), kept_up=False), Offered(latencies=(0.1,), kept_up=True)
    assert summed("pass", "Unified", 50, {"direct": [kept] * 3, "pass": [behind, behind, kept]}).p99_ms is None
    assert summed("pass", "Unified", 50, {"direct": [kept] * 3, "pass": [behind, kept, kept]}).p99_ms == 0
