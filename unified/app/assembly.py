"""The parts of a service, opened and wired for the time of a block."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from unified.app.available_catalog import available_catalog, refuse_unknown_values
from unified.app.preparation import migrate_database, open_own_vault
from unified.app.provider_client import bulkhead_of, client_of, connect_redis, network_of
from unified.service.accounts.checking import refuses
from unified.service.accounts.credentials import follow_status_change
from unified.service.accounts.grants import bound_to, new_credentials
from unified.service.accounts.refused_apps import hindrance
from unified.service.maintenance.housekeeping import SOON, SOON_SECONDS, SWEEPS, announcing_key_ends, run_housekeeping
from unified.service.maintenance.key_rotation import refuse_missing_keys
from unified.service.maintenance.refresh_scheduler import run_refresh_scheduler
from unified.service.maintenance.row_guards import RowGuard, refuse_triggers, token_digests
from unified.service.runtime.audit_repeats import counting
from unified.service.runtime.audit_writer import running_log
from unified.service.runtime.client_addresses import ClientAddresses
from unified.service.runtime.closing import end_jobs
from unified.service.runtime.credential_refusals import Refusals
from unified.service.runtime.rate_limits import rate_limits_of
from unified.service.runtime.refreshes.token_refresher import Refresher
from unified.service.runtime.row_cache import RowCache
from unified.service.runtime.services import Services
from unified.service.webhooks.dispatcher import running_dispatcher
from unified.settings.settings import Settings
from unified.store.engine.engine import Database, open_database
from unified.transform.catalog import Catalog
from unified.transport.oauth import TokenClient
from unified.vault.seal import Vault

if TYPE_CHECKING:
    import httpx2


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
        ConfigurationError: A setting is invalid, the database cannot be opened, or it needs a master key that is missing.
    """
    vault = vault or await open_own_vault(settings)
    guard = RowGuard(vault)
    if not prepared:
        await migrate_database(settings, vault, guard)
    catalog = catalog or available_catalog(settings)
    refuse_unknown_values(settings, catalog)
    async with AsyncExitStack() as closing:
        database = await _open_database(settings, vault, guard, closing, checked=check_keys and not prepared)
        link = connect_redis(settings, closing)
        client = client_of(settings, catalog, network_of(transport), bulkhead_of(settings, link, closing))
        closing.push_async_callback(client.close)
        rows = RowCache(database)
        database.subscribe(rows.invalidate)
        audit_log = await closing.enter_async_context(running_log(database))
        services = Services(
            settings=settings,
            catalog=catalog,
            database=database,
            rows=rows,
            refresher=_refresher(database, rows, lambda: services),
            refusals=_refusals(database, rows, lambda: services),
            vault=vault,
            digest=await token_digests(database, vault, strict=check_keys),
            client=client,
            addresses=ClientAddresses(settings.trusted_proxies),
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
        jobs = AsyncExitStack()
        closing.push_async_callback(
            end_jobs, jobs.aclose, services.refusals.close, services.refresher.close, services.outcomes.close
        )
        if background:
            if link is not None:
                await link.ask(link.client.ping)  # so that a wrong address is in the log before the first request needs it
            await jobs.enter_async_context(_background(services))
        yield services


async def _open_database(
    settings: Settings, vault: Vault, guard: RowGuard, closing: AsyncExitStack, *, checked: bool
) -> Database:
    """Open the database; if it is `checked`, refuse one that needs a missing key or could change rows by itself."""
    database = await open_database(settings.database_url, guard=guard)
    closing.push_async_callback(database.close)
    if checked:
        await refuse_missing_keys(database, vault)
        await refuse_triggers(database)
    return database


def _refresher(database: Database, rows: RowCache, services: Callable[[], Services]) -> Refresher:
    """Return what refreshes tokens; it calls back into the services, which do not exist yet."""
    return Refresher(
        database,
        rows,
        lambda row: new_credentials(services(), row),
        bind=lambda before, now, sealed: bound_to(services(), before, now, sealed),
        follow=lambda row: follow_status_change(services(), row),
        hindered=lambda row: hindrance(services(), row),
    )


def _refusals(database: Database, rows: RowCache, services: Callable[[], Services]) -> Refusals:
    """Return what confirms that a provider refuses an account; it calls back into the services, which do not exist yet."""
    return Refusals(
        database, rows, lambda row: refuses(services(), row), follow=lambda row: follow_status_change(services(), row)
    )


@asynccontextmanager
async def _background(services: Services) -> AsyncIterator[None]:
    """Do the work of a server that no request asks for: housekeeping, refreshes, webhooks."""
    hourly = (*SWEEPS, announcing_key_ends(services.settings))
    sweeping = (run_housekeeping(services.database, hourly), run_housekeeping(services.database, SOON, pause=SOON_SECONDS))
    async with running_dispatcher(services), _working(run_refresh_scheduler(services.database, services.refresher), *sweeping):
        yield


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
