"""Handlers for operators: health, readiness, the OpenAPI document and the docs page that works without internet."""

import asyncio
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from litestar import Response

from unified.api.context import Context, json_answer
from unified.api.openapi.document import openapi_document
from unified.errors import NotFound
from unified.telemetry.metrics import CONTENT_TYPE, exposition

STATIC = Path(str(files("swagger_ui"))) / "static"
"""Swagger UI's files, from the installed package, so that the page works without internet."""
ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Unified API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/docs/favicon-32x32.png"><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><main id="docs"></main>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>
"""
START = """SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#docs", deepLinking: true, docExpansion: "none", defaultModelsExpandDepth: 0,
  filter: true, persistAuthorization: false, tryItOutEnabled: true, syntaxHighlight: {activated: false}
});
"""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def health(_context: Context) -> Response[Any]:
    """GET /health: the process answers."""
    return json_answer({"status": "ok"})


async def ready(context: Context) -> Response[Any]:
    """GET /ready: the process takes requests, the database answers and takes audit rows, and the catalog is loaded."""
    if context.services.lifecycle.draining:
        return json_answer({"status": "draining"}, status=503)
    try:
        await context.services.database.ping()
    except Exception:  # noqa: BLE001 - any failure means "not ready"; its text may name hosts and is not shown
        return json_answer({"status": "unavailable", "database": "no answer"}, status=503)
    if not context.services.audit.healthy:
        return json_answer({"status": "unavailable", "audit": "cannot be written"}, status=503)
    return json_answer({"status": "ok", "mappings": len(context.services.catalog.mappings())})


async def metrics(_context: Context) -> Response[Any]:
    """GET /metrics: of all workers, as Prometheus reads it."""
    # Reading the files of many workers takes milliseconds that requests should not wait for.
    text = await asyncio.to_thread(exposition)
    return Response(content=text, media_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


async def openapi(_context: Context) -> Response[Any]:
    """GET /openapi.json."""
    return Response(content=_encoded(), media_type="application/json")


@lru_cache(maxsize=1)
def _encoded() -> bytes:
    return msgspec.json.encode(openapi_document())


async def docs(_context: Context) -> Response[Any]:
    """GET /docs."""
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
    return Response(content=PAGE, media_type="text/html", headers=headers)


async def docs_asset(context: Context) -> Response[Any]:
    """GET /docs/{name}: the page's script and style, from the installed package."""
    name = context.path("name")
    if name == "start.js":
        return Response(content=START, media_type="text/javascript")
    if name not in ASSETS:
        raise NotFound("no such file")
    return Response(content=(STATIC / name).read_bytes(), media_type=ASSETS[name])
