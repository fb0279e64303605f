"""The pages' own style, scripts and icon: few small files, named with a hash so that browsers keep them for a year."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from litestar import Response

from unified.api.context import Context
from unified.errors import NotFound

TYPES = {
    "style.css": "text/css",
    "search.js": "text/javascript",
    "live.js": "text/javascript",
    "copy.js": "text/javascript",
    "choose.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
PATH = "/ui/static"


@cache
def content_of(name: str) -> bytes:
    """A file's bytes; KeyError for a name that is not in `TYPES`."""
    if name not in TYPES:
        raise KeyError(name)
    return (files("unified.web") / "static" / name).read_bytes()


@cache
def address_of(name: str) -> str:
    """Where a page finds a file; another address when its bytes change."""
    return f"{PATH}/{name}?v={hashlib.sha256(content_of(name)).hexdigest()[:12]}"


async def give_asset(context: Context) -> Response[Any]:
    """GET /ui/static/{name}."""
    name = context.path("name")
    if name not in TYPES:
        raise NotFound("no such file")
    asked = f"{PATH}/{name}?{context.request.scope['query_string'].decode('latin-1')}"
    kept = "public, max-age=31536000, immutable" if asked == address_of(name) else "no-cache"
    headers = {"Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
    return Response(content=content_of(name), media_type=TYPES[name], headers=headers)
