"""Clients that send half of a request, or one byte at a time: they are cut off on every route, and nobody waits for them."""

import asyncio
import errno
import re
import socket
import time
from contextlib import asynccontextmanager, suppress

import msgspec
import pytest
import pytest_asyncio

from tests.keys import new_key
from tests.routes import ROUTE_TABLE
from unified.app.application import create_app
from unified.app.assembly import assembled
from unified.server.service_process import served as of_worker
from unified.server.serving import Served, running
from unified.server.slow_clients import GRACE_SECONDS
from unified.service.access.api_keys import create_key
from unified.settings.settings import Settings
from unified.store import tenants
from unified.vault.tokens import new_id

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
PATIENCE = 0.5
SLACK = 8.0
"""Seconds that a loaded machine may add; without the time-out nothing ends at all."""
ROUTES = [(method, one.path) for one in ROUTE_TABLE for method in one.methods] + [("POST", "/no/such/route/at/all")]


class Place(msgspec.Struct, kw_only=True):
    port: int
    key: str

    async def open(self):
        return await asyncio.open_connection("127.0.0.1", self.port)

    def head(self, method: str, path: str, *headers: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {self.key}", *headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    async def answered(self, path: str) -> None:
        """Ask and wait for the answer, so that what only the first answer of a route needs is made."""
        reader, writer = await self.open()
        writer.write(self.head("GET", path, "Connection: close"))
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        writer.close()

    async def healthy(self) -> float:
        """Seconds until a client that sends its request at once has its answer."""
        since = time.monotonic()
        reader, writer = await self.open()
        writer.write(self.head("GET", "/health", "Connection: close"))
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        writer.close()
        return time.monotonic() - since


@asynccontextmanager
async def served(folder, patience: float = PATIENCE):
    settings = Settings(home=folder, client_timeout=patience)
    async with assembled(settings) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="test")).id
        _, key = await create_key(services, tenant, new_key(name="admin", role="admin"), maker=None)
    async with running(Served(app=create_app(settings), host="127.0.0.1", port=0, named="", patience=patience)) as url:
        yield Place(port=int(url.rpartition(":")[2]), key=key)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory):
    async with served(tmp_path_factory.mktemp("home")) as made:
        yield made


async def trickle(writer, content: bytes) -> None:
    """One byte now and then, for as long as the connection takes it."""
    try:
        for byte in content:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(PATIENCE / 5)
    except ConnectionError:
        pass


async def until_cut(reader, writer, content: bytes) -> tuple[bytes, float]:
    """What came back until the connection was closed on us, and after how many seconds."""
    since = time.monotonic()
    sending = asyncio.create_task(trickle(writer, content))
    told = b""
    try:
        async with asyncio.timeout(PATIENCE + GRACE_SECONDS + SLACK):
            while part := await reader.read(65536):
                told += part
    except ConnectionError:
        pass
    finally:
        sending.cancel()
        writer.close()
    return told, time.monotonic() - since


class TestHeads:
    @pytest.mark.parametrize("sent", [b"", b"G", b"GET /health HTTP/1.1\r\n", b"GET /health HTTP/1.1\r\nHost: a\r\nX-"])
    async def test_a_head_that_never_ends_is_cut_off(self, place, sent: bytes) -> None:
        reader, writer = await place.open()
        writer.write(sent)
        told, _ = await until_cut(reader, writer, b"")
        assert told.startswith(b"HTTP/1.1 408 ") if sent else told == b""

    async def test_bytes_that_trickle_in_do_not_renew_the_time(self, place) -> None:
        reader, writer = await place.open()
        told, seconds = await until_cut(reader, writer, b"GET /health HTTP/1.1\r\nX: " + b"a" * 500)
        assert told.startswith(b"HTTP/1.1 408 ")
        assert seconds >= PATIENCE * 0.9

    async def test_the_second_request_of_a_connection_has_no_more_time(self, place) -> None:
        reader, writer = await place.open()
        writer.write(place.head("GET", "/health"))
        await reader.readuntil(b"\r\n\r\n")
        told, _ = await until_cut(reader, writer, b"GET /health HTTP/1.1\r\nX: " + b"a" * 500)
        assert b"HTTP/1.1 408 " in told

    async def test_a_half_sent_head_behind_a_whole_request_is_cut_off_too(self, place) -> None:
        reader, writer = await place.open()
        writer.write(place.head("GET", "/health") + b"GET /health HT")
        told, _ = await until_cut(reader, writer, b"TP/1.1" + b"a" * 500)
        assert told.startswith(b"HTTP/1.1 200 ")
        assert b"HTTP/1.1 408 " in told

    async def test_a_client_that_sends_in_time_keeps_the_connection(self, place) -> None:
        reader, writer = await place.open()
        for _ in range(4):
            writer.write(place.head("GET", "/health")[:-10])
            await asyncio.sleep(PATIENCE / 2)
            writer.write(place.head("GET", "/health")[-10:])
            assert (await reader.readuntil(b'"}')).startswith(b"HTTP/1.1 200 ")
        writer.close()


class TestBodies:
    async def test_are_cut_off_on_every_route_while_others_are_answered_at_once(self, place) -> None:
        at_once = asyncio.Semaphore(12)  # more would wait for each other, and be cut off before their route reads them
        for path in ("/catalog/coverage", "/openapi.json"):  # every mapping, and the document, are made once
            await place.answered(path)

        async def visit(method: str, template: str) -> bytes:
            async with at_once:
                return await half_sent(method, template)

        async def half_sent(method: str, template: str) -> bytes:
            path = re.sub(r"\{(\w+):\w+\}", "nobody", template)
            reader, writer = await place.open()
            kind = "application/x-www-form-urlencoded" if template.startswith(("/ui/", "/connect/")) else "application/json"
            writer.write(place.head(method, path, f"Content-Type: {kind}", "Accept: */*", "Content-Length: 5000"))
            answer, _ = await until_cut(reader, writer, b'{"a": "' + b"a" * 4000)
            return answer

        visits = [asyncio.create_task(visit(*one)) for one in ROUTES]
        waits = []
        while not all(one.done() for one in visits):
            waits.append(await place.healthy())
            await asyncio.sleep(0.1)
        answers = dict(zip(ROUTES, [one.result() for one in visits], strict=True))
        assert all(len(re.findall(rb"HTTP/1.1 [2-5]", told)) == 1 for told in answers.values())
        late = {place for place, told in answers.items() if told.startswith(b"HTTP/1.1 408 ")}
        assert late >= {
            ("POST", "/accounts"),
            ("PATCH", "/accounts/{id:str}"),
            ("POST", "/proxy/{rest:path}"),
            ("POST", "/ui/sign-in"),
        }
        assert sorted(waits)[len(waits) // 2] < PATIENCE

    @pytest.mark.parametrize("chunked", [False, True], ids=["of a known length", "in chunks"])
    async def test_that_stop_in_the_middle_get_408_and_the_connection_ends(self, place, chunked: bool) -> None:
        reader, writer = await place.open()
        length = "Transfer-Encoding: chunked" if chunked else "Content-Length: 100"
        writer.write(place.head("POST", "/accounts", "Content-Type: application/json", length))
        writer.write(b"5\r\n{    \r\n" if chunked else b"{    ")
        told, seconds = await until_cut(reader, writer, b"")
        head, _, body = told.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in head.lower()
        assert msgspec.json.decode(body)["code"] == "request_timeout"
        assert seconds >= PATIENCE * 0.9

    async def test_in_parts_but_in_time_are_taken(self, place) -> None:
        reader, writer = await place.open()
        body = b'{"name": "k", "role": "app"}'
        writer.write(place.head("POST", "/api-keys", "Content-Type: application/json", f"Content-Length: {len(body)}"))
        for part in (body[:5], body[5:]):
            writer.write(part)
            await asyncio.sleep(PATIENCE / 4)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 201 ")
        writer.close()

    async def test_of_many_slow_clients_do_not_hold_up_a_healthy_one(self, tmp_path) -> None:
        async with served(tmp_path / "patient", 30.0) as place:
            slow = [await place.open() for _ in range(100)]
            for number, (_, writer) in enumerate(slow):
                head = place.head("POST", "/accounts", "Content-Type: application/json", "Content-Length: 100")
                writer.write(head + b"{" if number % 2 else head[:-5])
            assert await place.healthy() < 5
            for _, writer in slow:
                writer.close()


MUCH = 40
"""Answers; in bytes more than the system keeps for a connection."""


async def big_answers(scope, receive, send) -> None:
    """An application with an answer of 8 MB, made at once."""
    if scope["type"] == "http":
        content = b"a" * 8_000_000 if scope["path"] == "/openapi.json" else b"{}"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(content))]})
        await send({"type": "http.response.body", "body": content})


class TestAnswers:
    """Which no one takes: the connection ends, whatever was sent to it before and however often it was asked."""

    @staticmethod
    async def ask(place, request: bytes) -> socket.socket:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, ("127.0.0.1", place.port))
        await loop.sock_sendall(sock, request)
        return sock

    @staticmethod
    def is_cut(sock: socket.socket) -> bool:
        return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in {errno.ECONNRESET, errno.EPIPE}

    @pytest.mark.parametrize("last", ["", "Connection: close"])
    @pytest.mark.parametrize("bytes_a_second", [0, 1024])
    async def test_that_are_not_taken_end_the_connection(self, last: str, bytes_a_second: int) -> None:
        async with running(Served(app=big_answers, host="127.0.0.1", port=0, named="", patience=PATIENCE)) as url:
            await self.is_ended(Place(port=int(url.rpartition(":")[2]), key="none"), last, bytes_a_second)

    async def is_ended(self, place, last: str, bytes_a_second: int) -> None:
        request = place.head("GET", "/openapi.json") * MUCH + place.head("GET", "/openapi.json", *([last] if last else []))
        sock, since = await self.ask(place, request), time.monotonic()
        while not self.is_cut(sock):
            if time.monotonic() - since > 4 * PATIENCE + SLACK:
                sock.close()
                pytest.fail("it goes on")
            await asyncio.sleep(0.1)
            if bytes_a_second:
                with suppress(BlockingIOError, ConnectionError):
                    sock.recv(bytes_a_second // 10)
        sock.close()
        assert await place.healthy() < SLACK

    async def test_that_are_taken_with_pauses_come_whole(self, tmp_path) -> None:
        async with served(tmp_path, 3.0) as place:

            async def taken(count: int, pause: float) -> int:
                request = place.head("GET", "/openapi.json") * count + place.head("GET", "/health", "Connection: close")
                sock, bytes_taken, loop = await self.ask(place, request), 0, asyncio.get_running_loop()
                while part := await loop.sock_recv(sock, 1 << 18):
                    if bytes_taken // 200_000 < (bytes_taken + len(part)) // 200_000:
                        await asyncio.sleep(pause)
                    bytes_taken += len(part)
                sock.close()
                return bytes_taken

            whole = [await taken(count, 0) for count in (0, 1)]
            assert await taken(3, 0.5) - whole[0] == 3 * (whole[1] - whole[0])


async def test_the_command_line_gives_the_setting_on(tmp_path) -> None:
    with socket.socket() as listener:
        assert of_worker(Settings(home=tmp_path, client_timeout=3.0), listener).patience == 3.0
