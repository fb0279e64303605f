"""The route table of the endpoint; `app.py` combines it with those of the API and the pages.

Only POST is supported: GET, in the older revisions, opens a stream that never ends.
"""

from collections.abc import Iterable

from unified.api.routes import Route
from unified.mcp.gate import agent_gate, resolve_revoked_server
from unified.mcp.handler import answer_preflight, handle_message
from unified.mcp.refusals import REFUSALS

PATHS = ("/mcp", "/mcp/{token:str}")


def _endpoint(path: str) -> Route:
    return Route(
        methods=("POST",),
        path=path,
        handler=handle_message,
        access="token",
        gate=agent_gate,
        former=resolve_revoked_server,
        needs="agent",
        documented=False,
        refusals=REFUSALS,
        changes=False,
    )


def _preflight(path: str) -> Route:
    return Route(
        methods=("OPTIONS",),
        path=path,
        handler=answer_preflight,
        access="public",
        needs="nothing",
        documented=False,
        refusals=REFUSALS,
    )


MCP_ROUTES: tuple[Route, ...] = (*map(_preflight, PATHS), *map(_endpoint, PATHS))
"""Preflights come first: once a path has another method, the framework adds its own OPTIONS handler."""


def with_mcp(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Return the routes together with those of the endpoint."""
    return (*routes, *MCP_ROUTES)
