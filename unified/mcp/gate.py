"""Who may reach the endpoint: the names it answers to, then the token of an MCP server, then the API key beside it.

Nothing of the body is read before all three hold.
"""

from typing import Any

from litestar import Request

from unified.api.access import CredentialOwner
from unified.errors import NotFound
from unified.mcp.allowed import allowed_by, require_allowed
from unified.service.access.mcp_authentication import UNKNOWN, authenticate_agent, former_server
from unified.service.access.principals import Principal
from unified.service.runtime.services import Services

BASE = "/mcp"
_BEARER = "bearer"


async def agent_gate(services: Services, request: Request[Any, Any, Any]) -> Principal:
    """The caller; raises for a host or origin that is not allowed, NotFound for every token that does not hold."""
    require_allowed(allowed_by(services.settings), request.scope["headers"])
    token, key = _credentials(request)
    return await authenticate_agent(services, token, key)


async def resolve_revoked_server(services: Services, request: Request[Any, Any, Any]) -> CredentialOwner | None:
    """The tenant whose MCP server the token is or was of."""
    try:
        token, _ = _credentials(request)
    except NotFound:
        return None
    former = await former_server(services, token)
    return None if former is None else CredentialOwner(tenant_id=former.tenant_id, actor=former.id, server=former.id)


def _credentials(request: Request[Any, Any, Any]) -> tuple[str | None, str | None]:
    """The token and the key. The path is taken as it came: the router knows spellings of it that are none of ours."""
    path = request.scope["raw_path"].partition(b"?")[0].decode("latin-1")
    bearer = _bearer(request.headers.get("authorization"))
    if path == BASE:
        return bearer, request.headers.get("x-api-key")
    token = path.removeprefix(f"{BASE}/")
    if token != request.path_params.get("token"):
        raise NotFound(UNKNOWN)
    return token, bearer


def _bearer(authorization: str | None) -> str | None:
    kind, _, token = (authorization or "").partition(" ")
    return token.strip() if kind.lower() == _BEARER else None
