"""The composition root: the one place where the parts meet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx2
from litestar.types import ASGIApp

from unified import jsonata
from unified.api.middleware import observed
from unified.api.routes import ROUTES
from unified.api.server import build_server
from unified.service.rows import Rows
from unified.service.services import Services
from unified.settings import Settings
from unified.store import connect_links, idempotency
from unified.store.engine import migrate, open_database
from unified.transform.functions import callables
from unified.transform.library import Catalog
from unified.transport.client import Client, Limits
from unified.transport.oauth import TokenClient
from unified.vault.keys import load_key_ring
from unified.vault.seal import Vault
from unified.web.failures import unknown_route
from unified.web.routes import with_pages


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
    assemble = partial(assembled, settings, catalog=catalog, vault=vault)
    return observed(build_server(settings, assemble, with_pages(ROUTES), unknown_route=unknown_route))


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
    database = await open_database(settings.database_url)
    await idempotency.purge_expired(database)
    await connect_links.purge_expired(database)
    limits = Limits(deadline=settings.request_deadline, max_bytes=settings.upstream_max_bytes)
    client = Client(limits, allow_http=settings.allow_loopback, functions=callables(), transport=transport)
    try:
        yield Services(
            settings=settings,
            catalog=catalog or Catalog.load(settings.catalog_path),
            database=database,
            rows=Rows(database),
            vault=vault or Vault(load_key_ring(settings)),
            client=client,
            tokens=TokenClient(client, clock=database.clock),
        )
    finally:
        await client.close()
        await database.close()
