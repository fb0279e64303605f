"""Connections of the Python client: each belongs to one process and one event loop, whoever made the client."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.clients.conftest import SOURCE

FORKS = """
import asyncio, os, sys
from unified_client import AsyncClient, Client

def page():
    return client.account("acc_1").crm.contacts.list().page()

async def awaited():
    return await page()

def call():
    return (loop.run_until_complete(awaited()) if loop else page()).data[0].id

is_async = sys.argv[2] == "async"
loop = asyncio.new_event_loop() if is_async else None
client = (AsyncClient if is_async else Client)(sys.argv[1], "uk_test", max_retries=0)
said = [call()]
for _ in range(2):
    reading, writing = os.pipe()
    if not os.fork():
        loop = asyncio.new_event_loop() if is_async else None
        os.write(writing, f"{call()} {call()}".encode())
        os._exit(0)
    os.wait()
    said.append(os.read(reading, 100).decode())
print(said + [call()])
"""
THREADS = """
import asyncio, sys, threading
import httpx2
from unified_client import _connections

class Fake:
    is_open = True

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.is_open = False

    async def send(self):
        await asyncio.sleep(0.0005)
        assert self.is_open, "the connections were closed while they were used"

class Fakes:
    AsyncClient = staticmethod(lambda **_: Fake())

def work():
    for _ in range(100):
        asyncio.run(calls())

async def calls():
    try:
        for _ in range(3):
            await client.send()
    except Exception as failure:
        found.append(repr(failure))

sys.setswitchinterval(1e-6)
client, found = _connections.OwnAsyncClient(), []
_connections.httpx2 = Fakes
threads = [threading.Thread(target=work) for _ in range(20)]
for one in threads:
    one.start()
for one in threads:
    one.join()
assert not found, found
"""


LOGS = """
import asyncio, logging, sys
from unified_client import AsyncClient, Client

logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
logging.getLogger("asyncio").setLevel(logging.WARNING)
for name in ("httpx2", "httpcore2", "httpcore2.http11", "httpcore2.connection"):
    logging.getLogger(name).setLevel(logging.DEBUG)

async def asynchronous():
    async with AsyncClient(sys.argv[1], "planted-key") as client:
        assert [one async for one in client.account("acc_1").crm.contacts.list(email="planted@example.com")]

with Client(sys.argv[1], "planted-key") as client:
    assert list(client.account("acc_1").crm.contacts.list(email="planted@example.com"))
asyncio.run(asynchronous())
"""


class Numbered(BaseHTTPRequestHandler):
    """Answers with one record, of which the id is the number of the connection."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, int]]

    def do_GET(self) -> None:
        """Answer a list."""
        if self.client_address not in self.seen:
            self.seen.append(self.client_address)
        body = b'{"data": [{"id": "%d"}], "next_cursor": null}' % self.seen.index(self.client_address)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def numbered() -> Iterator[str]:
    handler = type("Handler", (Numbered,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def run(program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_processes_of_a_fork_share_no_connection(numbered: str, kind: str) -> None:
    """On a shared connection, each could read the answer that the other asked for."""
    ended = run(FORKS, numbered, kind)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "['0', '1 1', '2 2', '0']\n", "")


def test_threads_with_an_event_loop_each_close_no_connection_of_another() -> None:
    ended = run(THREADS)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_libraries_below_log_no_url_header_or_value_at_any_level(numbered: str) -> None:
    ended = run(LOGS, numbered)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [
        line for line in ended.stdout.splitlines() if any(part in line for part in ("planted", "/crm", "acc_1", "HTTP"))
    ] == []
