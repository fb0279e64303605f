"""Routes for operators: health, readiness and metrics."""

import asyncio
from typing import Literal

import msgspec
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec

from unified.api.access import metrics_token
from unified.api.declarations import public, requires_gate
from unified.api.dependencies import ServicesDependency
from unified.api.failure_lines import log_failure
from unified.api.responses import NO_STORE
from unified.service.runtime.services import Services
from unified.telemetry.metrics import CONTENT_TYPE, exposition
from unified.version import __version__


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """That the process answers."""

    status: Literal["ok"] = "ok"
    """Always `ok`."""
    version: str = __version__
    """The version that runs."""


class Readiness(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether the process takes requests."""

    status: Literal["ok", "draining", "unavailable"]
    """`draining` while it stops: it takes no new requests."""
    database: str | None = None
    """What is wrong with the database, if something is."""
    audit: str | None = None
    """What is wrong with the audit trail, if something is."""
    mappings: int | None = None
    """How many mappings are loaded."""


@get("/health", opt=public(), tags=["operations"], response_headers=NO_STORE)
async def health() -> Health:
    """Say that the process answers, and which version it runs."""
    return Health()


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
    return Readiness(status="ok", mappings=len(services.catalog.mappings()))


@get(
    "/metrics",
    opt=requires_gate(metrics_token, "tenant", "tenant"),
    tags=["operations"],
    response_headers=NO_STORE,
    media_type="text/plain",
)
async def metrics() -> Response[bytes]:
    """Metrics of all workers for Prometheus; the key is UNIFIED_METRICS_TOKEN where it is set, else one of role admin."""
    # Reading the files of many workers takes milliseconds that requests should not wait for.
    text = await asyncio.to_thread(exposition)
    return Response(content=text, media_type=CONTENT_TYPE)
