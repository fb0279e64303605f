"""Access to the endpoint: checks of host and origin, then of the MCP server's token, then of an API key sent with it.

The body is not read before all of them pass.
"""

from typing import Any

from litestar import Request

from unified.api.requests.access import CredentialOwner
from unified.errors.requests import NotFound
from unified.mcp.host_allowlist import host_allowlist, require_allowed
from unified.service.access.mcp_authentication import UNKNOWN, authenticate_agent, former_server
from unified.service.access.principals import Principal
from unified.service.runtime.services import Services

BASE = "/mcp"
_BEARER = "bearer"


async def agent_gate(services: Services, request: Request[Any, Any, Any]) -> Principal:
    """Return the principal of the caller.

    Raises:
        MalformedRequest, HostRefused, OriginRefused: see `require_allowed`.
        NotFound: the token is not valid, for whatever reason.
        Unauthenticated: the API key is missing or not valid.
    """
    require_allowed(host_allowlist(services.settings), request.scope["headers"])
    token, key = _credentials(request)
    return await authenticate_agent(services, token, key)


async def resolve_revoked_server(services: Services, request: Request[Any, Any, Any]) -> CredentialOwner | None:
    """Return the owner of the MCP server that the token belongs to or belonged to; None if it is unknown."""
    try:
        token, _ = _credentials(request)
    except NotFound:
        return None
    former = await former_server(services, token)
    return None if former is None else CredentialOwner(tenant_id=former.tenant_id, actor=former.id, server=former.id)


def _credentials(request: Request[Any, Any, Any]) -> tuple[str | None, str | None]:
    """Return the token and the API key. The raw path is used, because the router accepts other spellings of it."""
    path = request.scope["raw_path"].partition(b"?")[0].decode("latin-1")
    bearer = _bearer(request.headers.get("authorization"))
    if path == BASE:
        return bearer, request.headers.get("x-api-key")
    token = path.removeprefix(f"{BASE}/").removesuffix(BASE)
    if token != request.scope["path_params"].get("token"):
        raise NotFound(UNKNOWN)
    return token, bearer


def _bearer(authorization: str | None) -> str | None:
    kind, _, token = (authorization or "").partition(" ")
    return token.strip() if kind.lower() == _BEARER else None
