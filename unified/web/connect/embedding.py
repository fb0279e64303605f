"""Lets a tenant's own page open a connect link: a script, and the status of the link for whoever has its token."""

from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromQuery

from unified.api.requests.declarations import public, secret_in_request
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.api.views.connect import link_view
from unified.service.connect import status_for_holder
from unified.web.failures import SHARED_PAGES
from unified.web.html.assets import read_asset
from unified.web.page_origins import allowed_origin

SCRIPT_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
STATUS_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Vary": "Origin",
}


@get("/embed.js", opt=public())
async def serve_script() -> Response[Any]:
    """Handle GET /embed.js."""
    return Response(read_asset("embed.js"), media_type="text/javascript", headers=SCRIPT_HEADERS)


@get("/connect/{id:str}/status", opt=secret_in_request(), exception_handlers=SHARED_PAGES)
async def show_status(context: ContextDependency, link_id: PathId, token: FromQuery[str] = "") -> Response[Any]:
    """Handle GET /connect/{id}/status: the status of a link for whoever has its token, readable by the tenant's own pages."""
    status, origins = await status_for_holder(context.services, link_id, token)
    allowed = allowed_origin(context.services, context.request.headers.get("origin"), origins)
    headers = STATUS_HEADERS | ({} if allowed is None else {"Access-Control-Allow-Origin": allowed})
    return Response(msgspec.json.encode(link_view(status)), media_type="application/json", headers=headers)
