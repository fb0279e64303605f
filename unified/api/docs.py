"""Routes of the OpenAPI document and of the docs page, which works without internet."""

from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from unified.api.declarations import public
from unified.api.dependencies import HandlersDependency
from unified.api.openapi.document import openapi_document
from unified.errors import NotFound

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


class DocsController(Controller):
    """The document and the page, for everyone."""

    opt = public()
    include_in_schema = False

    @get("/openapi.json")
    async def show_openapi(self, handlers: HandlersDependency) -> Response[bytes]:
        """Return the OpenAPI document."""
        return Response(content=_encoded(handlers), media_type="application/json")

    @get("/docs")
    async def show_docs(self) -> Response[str]:
        """Return the docs page."""
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
        return Response(content=PAGE, media_type="text/html", headers=headers)

    @get("/docs/{name:str}")
    async def show_docs_asset(self, name: FromPath[str]) -> Response[str] | Response[bytes]:
        """Return the docs page's script or style, from the installed package."""
        if name == "start.js":
            return Response(content=START, media_type="text/javascript")
        if name not in ASSETS:
            raise NotFound("no such file")
        return Response(content=(_static() / name).read_bytes(), media_type=ASSETS[name])


@lru_cache(maxsize=1)
def _encoded(handlers: tuple[ControllerRouterHandler, ...]) -> bytes:
    return msgspec.json.encode(openapi_document(handlers))


@cache
def _static() -> Path:
    """Return the folder of Swagger UI's files. The package is found, not imported: it would load a template engine."""
    package = find_spec("swagger_ui")
    assert package is not None, "swagger-ui-py is installed"
    assert package.origin is not None, "it is a folder with an __init__.py"
    return Path(package.origin).parent / "static"
