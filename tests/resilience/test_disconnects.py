"""Clients that go away, at a real server: their calls to the provider end with them, and nothing is left behind."""

import asyncio
import os
import random
from contextlib import asynccontextmanager

import pytest
import uvicorn

from tests.databases import KINDS, fresh_url
from tests.security.fault_server import listening
from tests.waiting import until
from tests.world import World, add_key, add_tenant, catalog
from unified.api.routes import ROUTES
from unified.api.server import build_server
from unified.app.assembly import assembled
from unified.service.accounts.accounts import NewAccount, create_account
from unified.settings.settings import Settings

pytestmark = pytest.mark.slow

CLIENTS = int(os.environ.get("UNIFIED_TEST_DISCONNECTS", "200"))
"""Clients that go away; 1000 for the full length."""


class Hanging:
    """A provider that takes requests and never answers, and sees when its caller hangs up."""

    def __init__(self) -> None:
        self.open = 0
        self.taken = 0

    async def __call__(self, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.taken += 1
        try:
            while await reader.read(1024):
                pass
        finally:
            self.open -= 1


class ServedWorld(World, kw_only=True):
    """A service on a port, with one account and its key."""

    port: int
    account: str
    bearer: str

    def request(self, method: str = "GET", body: bytes = b"", *headers: str) -> bytes:
        lines = [
            f"{method} /crm/contacts?account_id={self.account} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {self.bearer}",
            *headers,
            *(["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def serving(folder, origin: str, *, routes=ROUTES, during=(), **more):
    """The whole application on a real server, in this loop."""
    given = {"home": folder, "provider_urls": {"hubspot": origin}, "allow_loopback": True, "request_deadline": 60.0}
    settings = Settings(**{**given, **more})
    async with assembled(settings, catalog=catalog()) as services:
        tenant = await add_tenant(services)
        key = await add_key(services, tenant, name="admin", role="admin")
        asked = NewAccount(provider="hubspot", name="a", credentials={"type": "bearer", "token": "bench-token-0000"})
        account = (await create_account(services, tenant, asked)).id

        @asynccontextmanager
        async def ready():
            yield services

        app = build_server(settings, ready, routes, during=during)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, timeout_graceful_shutdown=2))
        task = asyncio.create_task(server._serve())
        await until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield ServedWorld(services=services, port=port, account=account, bearer=key, tenant=tenant)
        finally:
            server.should_exit = True
            await task


@pytest.mark.parametrize(
    ("method", "body"), [("GET", b""), ("POST", b'{"first_name": "Ada"}')], ids=["without a body", "with a body"]
)
async def test_calls_of_clients_that_went_away_end_and_nothing_is_left(tmp_path, method: str, body: bytes) -> None:
    provider = Hanging()
    async with listening(provider) as upstream, serving(tmp_path, upstream.origin) as world:
        before = len(asyncio.all_tasks())
        writers = [(await asyncio.open_connection("127.0.0.1", world.port))[1] for _ in range(CLIENTS)]
        for writer in writers:
            writer.write(world.request(method, body))
        bulkhead = world.services.client.bulkhead
        slots = world.services.settings.account_concurrency
        await until(lambda: bulkhead.in_flight() == slots and bulkhead.waiting() == CLIENTS - slots)
        await until(lambda: provider.open == slots)
        for writer in writers:
            writer.close()
        await until(lambda: provider.open == 0)
        await until(lambda: len(asyncio.all_tasks()) <= before)
        assert (bulkhead.in_flight(), bulkhead.waiting()) == (0, 0)
        assert world.services.client.breaker.remembered() == 0
        assert world.services.client.network.open_connections() == 0
        assert provider.taken < CLIENTS


async def test_a_client_that_stays_gets_its_answer_while_another_goes(tmp_path) -> None:
    release = asyncio.Event()

    async def slow(_reader, writer) -> None:
        await release.wait()
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"results": []}')
        await writer.drain()

    async with listening(slow) as upstream, serving(tmp_path, upstream.origin) as world:
        (reader, staying), (_, going) = [await asyncio.open_connection("127.0.0.1", world.port) for _ in range(2)]
        for writer in (staying, going):
            writer.write(world.request())
        await until(lambda: len(upstream.requests) == 2)
        going.close()
        await until(lambda: world.services.client.bulkhead.in_flight() == 1)
        release.set()
        assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
        await reader.readuntil(b'"next_cursor":null')
        await reader.readuntil(b"}}")
        staying.write(world.request())
        assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
        staying.close()


WRITE = b'{"first_name": "Ada"}'
ANSWER = b'{"id": "1", "properties": {"firstname": "Ada"}}'


async def test_a_write_that_was_left_is_completed_and_its_repetition_gets_the_record(tmp_path) -> None:
    release = asyncio.Event()

    async def slow(_reader, writer) -> None:
        await release.wait()
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n" % len(ANSWER) + ANSWER)
        await writer.drain()

    async with listening(slow) as upstream, serving(tmp_path, upstream.origin) as world:
        asked = world.request("POST", WRITE, "Idempotency-Key: k1")
        _, going = await asyncio.open_connection("127.0.0.1", world.port)
        going.write(asked)
        await until(lambda: len(upstream.requests) == 1)
        going.close()
        head, body = await answer_of(world, asked)
        assert head.startswith(b"HTTP/1.1 409 ")
        assert b'"code":"idempotency_in_progress"' in body
        release.set()
        await until(lambda: world.services.client.bulkhead.in_flight() == 0 and not world.services.outcomes.left)
        head, body = await answer_of(world, asked)
        assert head.startswith(b"HTTP/1.1 201 ")
        assert b'"id":"1"' in body
        posted = [one for one in upstream.requests if one.startswith(b"POST")]
        assert len(posted) == 1


async def test_a_write_that_was_left_and_got_no_answer_is_not_repeated(tmp_path) -> None:
    provider = Hanging()
    async with listening(provider) as upstream, serving(tmp_path, upstream.origin, request_deadline=1.0) as world:
        asked = world.request("POST", WRITE, "Idempotency-Key: k1")
        _, going = await asyncio.open_connection("127.0.0.1", world.port)
        going.write(asked)
        await until(lambda: provider.open == 1)
        going.close()
        await until(lambda: world.services.client.bulkhead.in_flight() == 0 and not world.services.outcomes.left)
        head, body = await answer_of(world, asked)
        assert head.startswith(b"HTTP/1.1 409 ")
        assert b'"code":"outcome_unknown"' in body
        assert provider.taken <= 2  # the second one looks for the record


@pytest.mark.parametrize("kind", KINDS)
async def test_clients_may_go_at_any_moment_and_the_service_works_on(tmp_path, kind: str) -> None:
    chance = random.Random(11)

    async def answering(_reader, writer) -> None:
        await asyncio.sleep(0.002)
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n" % len(ANSWER) + ANSWER)
        await writer.drain()

    async with (
        fresh_url(kind, tmp_path) as url,
        listening(answering) as upstream,
        serving(tmp_path, upstream.origin, database_url=url) as world,
    ):
        before = len(asyncio.all_tasks())

        async def visit(number: int) -> None:
            _, writer = await asyncio.open_connection("127.0.0.1", world.port)
            writer.write(world.request("POST", WRITE, f"Idempotency-Key: k{number}"))
            await asyncio.sleep(0.05 * chance.random())
            writer.close()

        for start in range(0, CLIENTS, 20):
            await asyncio.gather(*(visit(start + number) for number in range(20)))
        await until(lambda: len(asyncio.all_tasks()) <= before)
        bulkhead = world.services.client.bulkhead
        assert (bulkhead.in_flight(), bulkhead.waiting()) == (0, 0)
        head, _ = await answer_of(world, world.request("POST", WRITE, "Idempotency-Key: last"))
        assert head.startswith(b"HTTP/1.1 201 ")


async def answer_of(world: ServedWorld, request: bytes) -> tuple[bytes, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    writer.close()
    return head, body
