"""Routes for operators: health, readiness and metrics."""

import asyncio
from typing import Literal

import msgspec
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec

from unified.api.answers.failure_lines import log_failure
from unified.api.answers.responses import NO_STORE
from unified.api.requests.access import metrics_token
from unified.api.requests.declarations import public, requires_gate
from unified.api.requests.dependencies import ServicesDependency
from unified.service.runtime.services import Services
from unified.telemetry.metrics import CONTENT_TYPE, exposition
from unified.version import __version__


class Health(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That the process answers."""

    status: Literal["ok"]
    """Always `ok`."""
    version: str
    """The version that runs."""
    disabled_providers: tuple[str, ...] = ()
    """Providers whose data files could not be loaded; the log of the start says why."""


class Readiness(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether the process takes requests."""

    status: Literal["ok", "draining", "unavailable"]
    """`draining` while it stops: it takes no new requests."""
    database: str | None = None
    """The problem with the database, if any."""
    audit: str | None = None
    """The problem with the audit trail, if any."""
    mappings: int | None = None
    """How many mappings are loaded."""
    disabled_providers: tuple[str, ...] = ()
    """Providers whose data files could not be loaded; the others are ready."""


@get("/health", opt=public(), tags=["operations"], response_headers=NO_STORE)
async def health(services: ServicesDependency) -> Health:
    """Say that the process answers, which version it runs, and which providers are disabled."""
    return Health(status="ok", version=__version__, disabled_providers=tuple(services.catalog.disabled))


@get(
    "/ready",
    opt=public(),
    tags=["operations"],
    response_headers=NO_STORE,
    responses={503: ResponseSpec(Readiness, generate_examples=False, description="Not ready.")},
)
async def ready(services: ServicesDependency) -> Response[Readiness]:
    """Say whether the process takes requests, the database answers and takes audit rows, and the catalog is loaded."""
    status = await _readiness(services)
    return Response(status, status_code=200 if status.status == "ok" else 503)


async def _readiness(services: Services) -> Readiness:
    if services.lifecycle.draining:
        return Readiness(status="draining")
    try:
        await services.database.ping()
    except Exception as problem:  # noqa: BLE001 - any failure means "not ready"; its text may name hosts and is not shown
        log_failure(problem)
        return Readiness(status="unavailable", database="no answer")
    if not services.audit.healthy:
        return Readiness(status="unavailable", audit="cannot be written")
    catalog = services.catalog
    return Readiness(status="ok", mappings=len(catalog.mappings()), disabled_providers=tuple(catalog.disabled))


@get(
    "/metrics",
    opt=requires_gate(metrics_token, "operator"),
    tags=["operations"],
    response_headers=NO_STORE,
    media_type="text/plain",
)
async def metrics() -> Response[bytes]:
    """Metrics of all workers and tenants for Prometheus; the key is UNIFIED_METRICS_TOKEN, without which no one reads them."""
    # Reading the files of many workers takes milliseconds that requests should not wait for.
    text = await asyncio.to_thread(exposition)
    return Response(content=text, media_type=CONTENT_TYPE)
