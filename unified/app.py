"""The composition root: the one place where the parts meet."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
from litestar.types import ASGIApp

from unified import jsonata
from unified.api.disconnects import cancelled_by_disconnect
from unified.api.middleware import observed
from unified.api.routes import ROUTES
from unified.api.server import build_server
from unified.service.budgets import budgets_of
from unified.service.rows import Rows
from unified.service.services import Services
from unified.settings import Settings
from unified.store import idempotency
from unified.store.engine import migrate, open_database
from unified.transform.functions import callables
from unified.transform.library import Catalog
from unified.transport.bulkhead import Bulkhead
from unified.transport.client import Client, Limits
from unified.transport.redis_link import RedisLink, connect
from unified.transport.shared_slots import SharedSlots
from unified.vault.keys import load_key_ring
from unified.vault.seal import Vault

LEASE_MARGIN = 5.0
"""Seconds after the longest call before a slot whose worker is gone comes back."""


def create_app(settings: Settings | None = None, *, catalog: Catalog | None = None, vault: Vault | None = None) -> ASGIApp:
    """The ASGI application for these settings.

    Data files and keys, unless given, are read at once, so that a fault in them stops the start; the database is opened,
    and its tables brought up to date, when the application starts.

    Raises CatalogError for a data file that does not hold, ConfigurationError for a setting that cannot work.
    """
    settings = settings or Settings()
    jsonata.use(settings.jsonata)
    catalog = catalog or Catalog.load(settings.catalog_path)
    vault = vault or Vault(load_key_ring(settings))
    server = build_server(settings, lambda: assembled(settings, catalog=catalog, vault=vault), ROUTES)
    return observed(cancelled_by_disconnect(server))


@asynccontextmanager
async def assembled(
    settings: Settings,
    *,
    catalog: Catalog | None = None,
    vault: Vault | None = None,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> AsyncIterator[Services]:
    """The parts for these settings, opened for the time of the block: for the server, the command line and tests.

    `transport` replaces the network for calls to providers.
    """
    await migrate(settings.database_url)
    catalog = catalog or Catalog.load(settings.catalog_path)
    async with AsyncExitStack() as closing:
        database = await open_database(settings.database_url)
        closing.push_async_callback(database.close)
        await idempotency.purge_expired(database)
        link = RedisLink(connect(settings.redis_url)) if settings.redis_url else None
        if link is not None:
            closing.push_async_callback(link.close)
        shared = _shared_slots(settings, link)
        if shared is not None:
            closing.push_async_callback(shared.close)
        client = Client(
            _limits(settings, catalog),
            allow_http=settings.allow_loopback,
            functions=callables(),
            transport=transport,
            bulkhead=_bulkhead(settings, shared),
        )
        closing.push_async_callback(client.close)
        yield Services(
            settings=settings,
            catalog=catalog,
            database=database,
            rows=Rows(database),
            vault=vault or Vault(load_key_ring(settings)),
            client=client,
            budgets=budgets_of(settings, link),
        )


def _limits(settings: Settings, catalog: Catalog) -> Limits:
    """Bounds of one call, and as many connections as the bulkhead lets through, so that nobody waits for one."""
    return Limits(
        deadline=settings.request_deadline,
        max_bytes=settings.upstream_max_bytes,
        connections=settings.provider_concurrency * max(1, len(catalog.providers())),
    )


def _bulkhead(settings: Settings, shared: SharedSlots | None) -> Bulkhead:
    return Bulkhead(
        account_concurrency=settings.account_concurrency,
        account_queue=settings.account_queue,
        provider_concurrency=settings.provider_concurrency,
        shared=shared,
    )


def _shared_slots(settings: Settings, link: RedisLink | None) -> SharedSlots | None:
    """Slots of accounts for all workers, where there is a Redis; a lease outlives the longest call by some seconds."""
    if link is None:
        return None
    return SharedSlots(link, most=settings.account_concurrency, lease=settings.request_deadline + LEASE_MARGIN)
