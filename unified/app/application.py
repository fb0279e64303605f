"""The service as an ASGI application: every handler, and what lies around them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from litestar.types import ASGIApp, ControllerRouterHandler

from unified.api.routes import ROUTES
from unified.api.server import build_server
from unified.app.assembly import assembled
from unified.app.available_catalog import available_catalog
from unified.mcp.endpoint import running_endpoint
from unified.mcp.routes import with_mcp
from unified.service.runtime.services import Lifecycle, Services
from unified.settings.demo_settings import refuse_demo_settings
from unified.settings.settings import Settings
from unified.telemetry.traces import start_traces
from unified.transform.catalog import Catalog
from unified.vault.seal import Vault, open_vault
from unified.web.failures import unknown_route
from unified.web.routes import with_pages
from unified_jsonata import engines

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
        CatalogError: There is no folder with data files.
        ConfigurationError: A setting is invalid.
    """
    settings = settings or Settings()
    if not demo:
        refuse_demo_settings(settings)
    engines.use(settings.jsonata)
    catalog = catalog or available_catalog(settings)
    vault = vault or open_vault(settings)
    life = lifecycle or Lifecycle()

    @asynccontextmanager
    async def assemble() -> AsyncIterator[Services]:
        parts = assembled(settings, catalog=catalog, vault=vault, background=True, prepared=prepared)
        async with traced(settings), parts as services:
            try:
                yield msgspec.structs.replace(services, lifecycle=life)
            finally:
                await life.end_requests()

    return build_server(settings, assemble, HANDLERS, unknown_route=unknown_route, during=[running_endpoint], lifecycle=life)


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
