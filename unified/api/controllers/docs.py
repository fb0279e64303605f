"""Routes of the OpenAPI document and of the docs page, which works without internet."""

import asyncio
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from unified.api.requests.declarations import public
from unified.api.requests.dependencies import HandlersDependency, ServicesDependency
from unified.errors.requests import NotFound
from unified.transform.catalog import Catalog

ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Unified API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/docs/favicon-32x32.png"><link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/page.css"></head>
<body><main id="docs"></main>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>
"""
START = """SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#docs", deepLinking: true, docExpansion: "none", defaultModelsExpandDepth: 0,
  filter: true, persistAuthorization: false, tryItOutEnabled: true, syntaxHighlight: {activated: false}
});
"""
STYLE = """body { margin: 0; }
@media (prefers-color-scheme: dark) {
  /* Swagger UI has light colors only: they are inverted, and hues turned back; what is dark already stays as it is. */
  :root { background: #14161a; }
  #docs { color-scheme: light; filter: invert(0.92) hue-rotate(180deg); }
  #docs .microlight, #docs .highlight-code, #docs .copy-to-clipboard { filter: invert(1) hue-rotate(180deg); }
}
"""
WRITTEN = {"start.js": ("text/javascript", START), "page.css": ("text/css", STYLE)}
"""Files of the page that are not Swagger UI's."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class DocsController(Controller):
    """The document and the page, for everyone."""

    opt = public()
    include_in_schema = False

    @get("/openapi.json")
    async def show_openapi(self, services: ServicesDependency, handlers: HandlersDependency) -> Response[bytes]:
        """Return the OpenAPI document, which is made once for these providers."""
        made = await asyncio.to_thread(_encoded, handlers, services.catalog, services.settings.public_url or "/")
        return Response(content=made, media_type="application/json")

    @get("/docs")
    async def show_docs(self) -> Response[str]:
        """Return the docs page."""
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
        return Response(content=PAGE, media_type="text/html", headers=headers)

    @get("/docs/{name:str}")
    async def show_docs_asset(self, name: FromPath[str]) -> Response[str] | Response[bytes]:
        """Return the docs page's script or style, from the installed package."""
        if name in WRITTEN:
            media_type, text = WRITTEN[name]
            return Response(content=text, media_type=media_type)
        if name not in ASSETS:
            raise NotFound("no such file")
        return Response(content=(_static() / name).read_bytes(), media_type=ASSETS[name])


@lru_cache(maxsize=4)
def _encoded(handlers: tuple[ControllerRouterHandler, ...], catalog: Catalog, server: str) -> bytes:
    from unified.api.openapi.document import openapi_document  # noqa: PLC0415 - the first request for the document loads it

    return msgspec.json.encode(openapi_document(handlers, catalog, server=server))


@cache
def _static() -> Path:
    """Return the folder of Swagger UI's files. The package is found, not imported: it would load a template engine."""
    package = find_spec("swagger_ui")
    assert package is not None, "swagger-ui-py is installed"
    assert package.origin is not None, "it is a folder with an __init__.py"
    return Path(package.origin).parent / "static"
