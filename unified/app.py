"""The composition root: the only place that wires all parts together."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from litestar.types import ASGIApp, ControllerRouterHandler

from unified import jsonata
from unified.api.disconnect_middleware import disconnect_middleware
from unified.api.observability_middleware import observability_middleware
from unified.api.routes import ROUTES
from unified.api.server import build_server
from unified.api.slow_bodies import request_deadline_middleware
from unified.errors import ConfigurationError
from unified.mcp.endpoint import running_endpoint
from unified.mcp.routes import with_mcp
from unified.service.accounts.checking import refuses
from unified.service.accounts.credentials import follow_status_change
from unified.service.accounts.grants import new_credentials
from unified.service.accounts.installation import refuse_unknown_values
from unified.service.accounts.refused_apps import hindrance
from unified.service.maintenance.housekeeping import SOON, SOON_SECONDS, run_housekeeping
from unified.service.maintenance.key_rotation import refuse_missing_keys
from unified.service.maintenance.refresh_scheduler import run_refresh_scheduler
from unified.service.maintenance.row_guards import RowGuard, adoption, note_guarded, refuse_triggers, token_digests
from unified.service.runtime.audit_repeats import counting
from unified.service.runtime.audit_writer import running_log
from unified.service.runtime.credential_refusals import Refusals
from unified.service.runtime.rate_limits import rate_limits_of
from unified.service.runtime.row_cache import RowCache
from unified.service.runtime.services import Lifecycle, Services
from unified.service.runtime.token_refresher import Refresher
from unified.service.webhooks.dispatcher import running_dispatcher
from unified.settings import Settings, refuse_demo_settings
from unified.store.engine import migrate, open_database
from unified.telemetry import metrics
from unified.telemetry.traces import start_traces
from unified.transform.catalog import Catalog
from unified.transform.functions import callables
from unified.transport.client import Client, ClientLimits
from unified.transport.egress.addresses import egress_of
from unified.transport.oauth import TokenClient
from unified.transport.resilience.breaker import Breaker
from unified.transport.resilience.bulkhead import Bulkhead
from unified.transport.resilience.shared_slots import SharedSlots
from unified.vault.seal import Vault, open_vault
from unified.web.failures import unknown_route
from unified.web.routes import with_pages

if TYPE_CHECKING:
    import httpx2

    from unified.transport.httpx_network import HttpxNetwork
    from unified.transport.redis_link import RedisLink

LEASE_MARGIN_SECONDS = 5.0
"""How long after the longest possible call the slot of a dead worker becomes free again."""

HANDLERS: tuple[ControllerRouterHandler, ...] = with_mcp(with_pages(ROUTES))
"""Every handler of the service; a route that is not here does not exist."""


def create_app(
    settings: Settings | None = None,
    *,
    catalog: Catalog | None = None,
    vault: Vault | None = None,
    prepared: bool = False,
    lifecycle: Lifecycle | None = None,
    demo: bool = False,
) -> ASGIApp:
    """Return the ASGI application for these settings.

    Data files and keys, unless passed in, are read at once, so that an error in them stops the start. The database is opened
    when the application starts; its tables are brought up to date then, unless they are `prepared`.

    Args:
        settings: The settings; by default, the defaults of `Settings`.
        catalog: Providers and mappings; by default, those that the settings name.
        vault: The keys; by default, those that the settings name.
        prepared: Whether `prepare` was called.
        lifecycle: Set by a server that reports when it drains.
        demo: Whether settings for demos and tests are allowed: calls to this machine, and sandboxes in place of providers.

    Raises:
        CatalogError: A data file is invalid.
        ConfigurationError: A setting is invalid.
    """
    settings = settings or Settings()
    if not demo:
        refuse_demo_settings(settings)
    jsonata.use(settings.jsonata)
    catalog = catalog or Catalog.load(settings.catalog_path)
    vault = vault or open_vault(settings)
    life = lifecycle or Lifecycle()

    @asynccontextmanager
    async def assemble() -> AsyncIterator[Services]:
        parts = assembled(settings, catalog=catalog, vault=vault, background=True, prepared=prepared)
        async with traced(settings), parts as services:
            yield msgspec.structs.replace(services, lifecycle=life)

    server = build_server(settings, assemble, HANDLERS, unknown_route=unknown_route, during=[running_endpoint])
    bounded = request_deadline_middleware(settings.client_timeout, disconnect_middleware(server))
    return observability_middleware(bounded, lifecycle=life)


async def prepare(settings: Settings) -> None:
    """Prepare the installation once, before the first worker starts: key file, tables, digest key, check for missing keys.

    Raises:
        ConfigurationError: With the kind of failure only; a driver's own text may hold the database's address.
    """
    vault = open_vault(settings)
    guard = RowGuard(vault)
    try:
        await migrate(settings.database_url, guard=guard, adopt=adoption(vault, settings.home))
        note_guarded(settings.home)
    except ConfigurationError:
        raise
    except Exception as fault:  # noqa: BLE001 - drivers have errors of many roots
        kind = type(fault).__name__
        raise ConfigurationError(
            f"UNIFIED_DATABASE_URL: the database could not be opened and brought up to date ({kind}): check that it runs, and "
            "its address, user and password"
        ) from None
    database = await open_database(settings.database_url, guard=guard)
    try:
        await refuse_missing_keys(database, vault)
        await refuse_triggers(database)
        await token_digests(database, vault)
    finally:
        await database.close()


@asynccontextmanager
async def traced(settings: Settings) -> AsyncIterator[None]:
    """Send traces for the time of the block, if an endpoint is set."""
    if settings.otlp_endpoint is None:
        yield
        return
    stop = start_traces(settings.otlp_endpoint)
    try:
        yield
    finally:
        await asyncio.to_thread(stop)  # sends what is left


@asynccontextmanager
async def assembled(
    settings: Settings,
    *,
    catalog: Catalog | None = None,
    vault: Vault | None = None,
    transport: "httpx2.AsyncBaseTransport | None" = None,
    background: bool = False,
    prepared: bool = False,
    check_keys: bool = True,
) -> AsyncIterator[Services]:
    """Open the parts for these settings for the time of the block: for the server, the command line and tests.

    Args:
        settings: The settings.
        catalog: Providers and mappings; by default, those that the settings name.
        vault: The keys; by default, those that the settings name.
        transport: Replaces the network for calls to providers.
        background: Whether to start the background work of a server: housekeeping, refreshes, webhooks.
        prepared: Whether `prepare` was called.
        check_keys: Whether to refuse a database that needs a missing master key; False for the commands that deal with that.

    Raises:
        ConfigurationError: A setting is invalid, or the database needs a master key that is missing.
    """
    vault = vault or open_vault(settings)
    guard = RowGuard(vault)
    if not prepared:
        await migrate(settings.database_url, guard=guard, adopt=adoption(vault, settings.home))
        note_guarded(settings.home)
    catalog = catalog or Catalog.load(settings.catalog_path)
    refuse_unknown_values(settings, catalog)
    async with AsyncExitStack() as closing:
        database = await open_database(settings.database_url, guard=guard)
        closing.push_async_callback(database.close)
        if check_keys and not prepared:
            await refuse_missing_keys(database, vault)
            await refuse_triggers(database)
        digest = await token_digests(database, vault, strict=check_keys)
        link = _redis(settings, closing)
        client = _client(settings, catalog, _network(transport), _bulkhead(settings, link, closing))
        closing.push_async_callback(client.close)
        rows = RowCache(database)
        database.subscribe(rows.invalidate)
        audit_log = await closing.enter_async_context(running_log(database))
        services = Services(
            settings=settings,
            catalog=catalog,
            database=database,
            rows=rows,
            refresher=Refresher(
                database,
                rows,
                lambda row: new_credentials(services, row),
                follow=lambda row: follow_status_change(services, row),
                hindered=lambda row: hindrance(services, row),
            ),
            refusals=Refusals(
                database, rows, lambda row: refuses(services, row), follow=lambda row: follow_status_change(services, row)
            ),
            vault=vault,
            digest=digest,
            client=client,
            tokens=TokenClient(
                client,
                installation=settings.provider_values.get,
                clock=lambda: services.clock(),  # noqa: PLW0108 - the clock can be replaced later
            ),
            budgets=rate_limits_of(settings, link),
            audit=audit_log,
            repeats=await closing.enter_async_context(counting(audit_log.enqueue)),
        )
        guard.audit = services.audit
        closing.push_async_callback(services.refresher.close)
        closing.push_async_callback(services.refusals.close)
        if background:
            sweeping = (run_housekeeping(database), run_housekeeping(database, SOON, pause=SOON_SECONDS))
            await closing.enter_async_context(_working(run_refresh_scheduler(database, services.refresher), *sweeping))
            await closing.enter_async_context(running_dispatcher(services))
        yield services


def _redis(settings: Settings, closing: AsyncExitStack) -> "RedisLink | None":
    """Connect to the Redis that workers share, if one is set."""
    if not settings.redis_url:
        return None
    from unified.transport.redis_link import RedisLink, connect  # noqa: PLC0415 - its client takes 0.1 s and 10 MiB

    link = RedisLink(connect(settings.redis_url))
    closing.push_async_callback(link.close)
    return link


def _bulkhead(settings: Settings, link: "RedisLink | None", closing: AsyncExitStack) -> Bulkhead:
    """Build the limits on concurrent calls, shared by all workers with Redis; a lease outlives the longest call."""
    shared = None
    if link is not None:
        shared = SharedSlots(
            link, max_slots=settings.account_concurrency, lease=settings.request_deadline + LEASE_MARGIN_SECONDS
        )
        closing.push_async_callback(shared.close)
    return Bulkhead(
        account_concurrency=settings.account_concurrency,
        account_queue=settings.account_queue,
        provider_concurrency=settings.provider_concurrency,
        shared=shared,
        on_wait=metrics.change_waiting,
    )


def _client(settings: Settings, catalog: Catalog, network: "HttpxNetwork | None", bulkhead: Bulkhead) -> Client:
    """Build the HTTP client for providers, with as many connections as the bulkhead allows, so that no call waits for one."""
    limits = ClientLimits(
        deadline=settings.request_deadline,
        max_bytes=settings.upstream_max_bytes,
        connections=settings.provider_concurrency * max(1, len(catalog.providers())),
    )
    egress = egress_of(settings)
    breaker = Breaker(on_change=metrics.change_open_circuits)
    return Client(limits, egress=egress, functions=callables(), network=network, breaker=breaker, bulkhead=bulkhead)


def _network(transport: "httpx2.AsyncBaseTransport | None") -> "HttpxNetwork | None":
    """Return what replaces the network, if anything does."""
    if transport is None:
        return None
    from unified.transport.httpx_network import HttpxNetwork  # noqa: PLC0415 - loads httpx2, which a server does without

    return HttpxNetwork(transport)


@asynccontextmanager
async def _working(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run background work for the time of the block."""
    tasks = [asyncio.create_task(job) for job in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
