"""The handlers of the MCP endpoint; `unified.app` composes them with those of the API and the pages.

POST only: another method of the older revisions opens a stream that never ends.
"""

from collections.abc import Iterable

from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from unified.api.requests.declarations import public, requires_gate
from unified.mcp.gate import agent_gate, resolve_revoked_server
from unified.mcp.handler import answer_preflight, handle_message
from unified.mcp.refusals import REFUSALS

PATHS = ("/mcp", "/mcp/{token:str}", "/mcp/{token:str}/mcp")
"""The last one is for clients that add `/mcp` to every URL that does not end in it."""


def _endpoint(path: str) -> HTTPRouteHandler:
    """Return the endpoint's handler. The token in the path is a secret, so the audit trail knows the route by its template."""
    opt = requires_gate(agent_gate, "agent", former=resolve_revoked_server, changes=False, keyed=True, template=path)
    made = HTTPRouteHandler(path, http_method="POST", opt=opt, include_in_schema=False, exception_handlers=REFUSALS)
    return made(handle_message)


PREFLIGHT = HTTPRouteHandler(
    list(PATHS), http_method="OPTIONS", opt=public(), include_in_schema=False, exception_handlers=REFUSALS
)(answer_preflight)
MCP_ROUTES: tuple[HTTPRouteHandler, ...] = (PREFLIGHT, *map(_endpoint, PATHS))
"""The preflight comes first: once a path has another method, the framework adds its own OPTIONS."""


def with_mcp(handlers: Iterable[ControllerRouterHandler]) -> tuple[ControllerRouterHandler, ...]:
    """Return the other handlers with the endpoint's."""
    return (*handlers, *MCP_ROUTES)
