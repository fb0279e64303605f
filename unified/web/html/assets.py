"""Static files of the pages. Their addresses carry a content hash, so that browsers may cache them for a year."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from unified.api.requests.declarations import public
from unified.api.requests.dependencies import ContextDependency
from unified.errors.requests import NotFound

TYPES = {
    "style.css": "text/css",
    "search.js": "text/javascript",
    "live.js": "text/javascript",
    "copy.js": "text/javascript",
    "choose.js": "text/javascript",
    "opener.js": "text/javascript",
    "embed.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
PATH = "/ui/static"


@cache
def read_asset(name: str) -> bytes:
    """Return a file's bytes.

    Raises:
        KeyError: the name is not in `TYPES`.
    """
    if name not in TYPES:
        raise KeyError(name)
    return (files("unified.web") / "static" / name).read_bytes()


@cache
def asset_url(name: str) -> str:
    """Return the address of a file; it changes with the file's content."""
    return f"{PATH}/{name}?v={hashlib.sha256(read_asset(name)).hexdigest()[:12]}"


@get("/ui/static/{name:str}", opt=public())
async def serve_asset(context: ContextDependency, name: FromPath[str]) -> Response[Any]:
    """Handle GET /ui/static/{name}."""
    if name not in TYPES:
        raise NotFound("no such file")
    requested = f"{PATH}/{name}?{context.request.scope['query_string'].decode('latin-1')}"
    caching = "public, max-age=31536000, immutable" if requested == asset_url(name) else "no-cache"
    headers = {"Cache-Control": caching, "X-Content-Type-Options": "nosniff"}
    return Response(content=read_asset(name), media_type=TYPES[name], headers=headers)
