"""Routes for operators: health, readiness and metrics."""

import asyncio
from typing import Any

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

Status = dict[str, Any]


@get("/health", opt=public(), tags=["operations"], response_headers=NO_STORE)
async def health() -> Status:
    """Say that the process answers, and which version it runs."""
    return {"status": "ok", "version": __version__}


@get(
    "/ready",
    opt=public(),
    tags=["operations"],
    response_headers=NO_STORE,
    responses={503: ResponseSpec(Status, generate_examples=False, description="Not ready.")},
)
async def ready(services: ServicesDependency) -> Response[Status]:
    """Say whether the process takes requests, the database answers and takes audit rows, and the catalog is loaded."""
    status = await _readiness(services)
    return Response(status, status_code=200 if status["status"] == "ok" else 503)


async def _readiness(services: Services) -> Status:
    if services.lifecycle.draining:
        return {"status": "draining"}
    try:
        await services.database.ping()
    except Exception as problem:  # noqa: BLE001 - any failure means "not ready"; its text may name hosts and is not shown
        log_failure(problem)
        return {"status": "unavailable", "database": "no answer"}
    if not services.audit.healthy:
        return {"status": "unavailable", "audit": "cannot be written"}
    return {"status": "ok", "mappings": len(services.catalog.mappings())}


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
