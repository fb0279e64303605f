"""The service with eight planted leaks, for the proof that each would be caught; nothing of it is in the product.

The transport to providers is wrapped: the n-th answer leaks what it holds in the n-th way. Run as
`python -m tests.security.storage.leaking_service`, with the settings of `unified serve`.
"""

import asyncio
import os
import sys
import tempfile
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import sqlalchemy as sa
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

from tests.filled_rows import filled, put
from unified import Catalog
from unified.api.routes import ROUTES
from unified.api.server import build_server
from unified.app.assembly import assembled
from unified.server.serving import Served, run_servers, write_ready
from unified.service.runtime.services import Services
from unified.settings.environment import from_environment
from unified.settings.settings import Settings
from unified.store.engine.tables import ACCOUNTS, AUDIT, DELIVERIES, IDEMPOTENCY, TENANTS, WEBHOOKS
from unified.telemetry.logs import configure_logs
from unified.vault.seal import open_vault

Leak = Callable[[Services, str], Awaitable[None]]


async def _log(_services: Services, text: str) -> None:
    sys.stderr.write(text + "\n")  # past the list of fields, which would drop it
    sys.stderr.flush()


async def _exception(_services: Services, text: str) -> None:
    try:
        raise RuntimeError(text)
    except RuntimeError:
        traceback.print_exc(file=sys.stderr)


async def _span(services: Services, text: str) -> None:
    with (services.settings.home / "spans.json").open("w", encoding="utf-8") as out:
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=out)))
        with provider.get_tracer("leak").start_as_current_span("call") as span:
            span.set_attribute("body", text)
        provider.shutdown()


async def _audit(services: Services, text: str) -> None:
    await _insert(services, AUDIT, reason=text, seq=99)


async def _cache(services: Services, text: str) -> None:
    async with services.database.write() as connection:
        await connection.execute(sa.text("CREATE TABLE cache (body TEXT)"))
        await connection.execute(sa.text("INSERT INTO cache VALUES (:body)"), {"body": text})


async def _spool(_services: Services, text: str) -> None:
    with tempfile.SpooledTemporaryFile(max_size=16) as file:  # over the size it is a file, gone once it is closed
        file.write(text.encode())
        file.flush()


async def _queue(services: Services, text: str) -> None:
    async with services.database.write() as connection:
        tenant = (await connection.execute(sa.select(TENANTS.c.id))).scalar_one()
        await put(connection, WEBHOOKS, filled(WEBHOOKS, tenant_id=tenant, id="whk_leak"))
    await _insert(services, DELIVERIES, payload=text, webhook_id="whk_leak")


async def _idempotency(services: Services, text: str) -> None:
    await _insert(services, IDEMPOTENCY, remote_id=text)


LEAKS: dict[str, Leak] = {
    "log": _log,
    "exception": _exception,
    "span": _span,
    "audit": _audit,
    "cache": _cache,
    "spool": _spool,
    "queue": _queue,
    "idempotency": _idempotency,
}


async def _insert(services: Services, table: sa.Table, **given: object) -> None:
    async with services.database.write() as connection:
        tenant, account = (await connection.execute(sa.select(ACCOUNTS.c.tenant_id, ACCOUNTS.c.id))).one()
        known = {"account_id": account} if "account_id" in table.c else {}
        await put(connection, table, filled(table, tenant_id=tenant, **known, **given))


class LeakingTransport(httpx2.AsyncBaseTransport):
    """Real calls, whose answers leak one after the other in each way."""

    def __init__(self) -> None:
        self._inner = httpx2.AsyncHTTPTransport()
        self._left = list(LEAKS.values())
        self.services: Services | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send, leak, answer."""
        response = await self._inner.handle_async_request(request)
        content = await response.aread()
        assert self.services is not None
        await self._left.pop(0)(self.services, content.decode()[:1500])
        return httpx2.Response(response.status_code, headers=response.headers, content=content, request=request)


def _app(settings: Settings) -> object:
    transport = LeakingTransport()
    catalog, vault = Catalog.load(settings.catalog_path), open_vault(settings)

    @asynccontextmanager
    async def leaking() -> AsyncIterator[Services]:
        async with assembled(settings, catalog=catalog, vault=vault, transport=transport) as services:
            transport.services = services
            yield services

    return build_server(settings, leaking, ROUTES)


async def _serve(settings: Settings, ready: Path) -> None:
    configure_logs()
    where = Served(app=_app(settings), host="127.0.0.1", port=0, named="")

    async def started(urls: list[str]) -> None:
        write_ready(ready, {"base_url": urls[0]})

    await run_servers([where], started)


if __name__ == "__main__":
    chosen = from_environment(os.environ)
    assert chosen.ready_file is not None
    asyncio.run(_serve(chosen, chosen.ready_file))
