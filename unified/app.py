"""The composition root: the one place where the parts meet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import msgspec
from litestar.types import ASGIApp

from unified import jsonata
from unified.api.middleware import observed
from unified.api.routes import ROUTES, Route
from unified.api.server import build_server
from unified.errors import ConfigurationError
from unified.service.lifecycle import Lifecycle
from unified.service.rows import Rows
from unified.service.services import Services
from unified.settings import Settings
from unified.store import idempotency
from unified.store.engine import migrate, open_database
from unified.telemetry.traces import start_traces
from unified.transform.functions import callables
from unified.transform.library import Catalog
from unified.transport.client import Client, Limits
from unified.vault.keys import load_key_ring
from unified.vault.seal import Vault

ROUTE_TABLE: tuple[Route, ...] = ROUTES
"""Every route of the service; one that is not here does not exist."""


def create_app(
    settings: Settings | None = None,
    *,
    catalog: Catalog | None = None,
    vault: Vault | None = None,
    prepared: bool = False,
    lifecycle: Lifecycle | None = None,
) -> ASGIApp:
    """The ASGI application for these settings.

    Data files and keys, unless given, are read at once, so that a fault in them stops the start; the database is opened,
    and its tables brought up to date unless they are `prepared`, when the application starts. `lifecycle` is for a server
    that tells when it drains.

    Raises CatalogError for a data file that does not hold, ConfigurationError for a setting that cannot work.
    """
    settings = settings or Settings()
    jsonata.use(settings.jsonata)
    catalog = catalog or Catalog.load(settings.catalog_path)
    vault = vault or Vault(load_key_ring(settings))
    life = lifecycle or Lifecycle()

    @asynccontextmanager
    async def assemble() -> AsyncIterator[Services]:
        async with traced(settings), assembled(settings, catalog=catalog, vault=vault, prepared=prepared) as parts:
            yield msgspec.structs.replace(parts, lifecycle=life)

    return observed(build_server(settings, assemble, ROUTE_TABLE), lifecycle=life)


async def prepare(settings: Settings) -> None:
    """Do what must be done once before the first worker starts: make the key file, bring the tables up to date.

    Raises ConfigurationError saying what kind of failure came; the driver's own text may hold the address.
    """
    load_key_ring(settings)
    try:
        await migrate(settings.database_url)
    except ConfigurationError:
        raise
    except Exception as fault:  # noqa: BLE001 - drivers have errors of many roots
        kind = type(fault).__name__
        raise ConfigurationError(
            f"UNIFIED_DATABASE_URL: the database could not be opened and brought up to date ({kind}): check that it runs, and "
            "its address, user and password"
        ) from None


@asynccontextmanager
async def traced(settings: Settings) -> AsyncIterator[None]:
    """Make traces for the time of the block, if they have somewhere to go."""
    if settings.otlp_endpoint is None:
        yield
        return
    stop = start_traces(settings.otlp_endpoint)
    try:
        yield
    finally:
        await asyncio.to_thread(stop)  # what is left is sent


@asynccontextmanager
async def assembled(
    settings: Settings,
    *,
    catalog: Catalog | None = None,
    vault: Vault | None = None,
    transport: httpx2.AsyncBaseTransport | None = None,
    prepared: bool = False,
) -> AsyncIterator[Services]:
    """The parts for these settings, opened for the time of the block: for the server, the command line and tests.

    `transport` replaces the network for calls to providers; `prepared` says that `prepare` was called.
    """
    if not prepared:
        await migrate(settings.database_url)
    database = await open_database(settings.database_url)
    await idempotency.purge_expired(database)
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
        )
    finally:
        await client.close()
        await database.close()
