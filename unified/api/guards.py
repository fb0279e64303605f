"""Who may pass: one guard for each access of the route table.

A guard answers the caller or raises; whatever it raises, the handler does not run.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from litestar import Request

from unified.errors import Unauthenticated
from unified.service.principals import Principal, authenticate, require_role
from unified.service.services import Services

Access = Literal["public", "key", "token", "admin"]
Guard = Callable[[Services, Request[Any, Any, Any]], Awaitable[Principal | None]]
METRICS_REFUSED = "expected UNIFIED_METRICS_TOKEN, or an API key of role admin, as `Authorization: Bearer …`"


async def anybody(_services: Services, _request: Request[Any, Any, Any]) -> None:
    """Let everybody pass, as nobody."""


async def any_key(services: Services, request: Request[Any, Any, Any]) -> Principal:
    """Let a valid API key pass; role and scope are checked by what is called."""
    return await authenticate(services, request.headers.get("authorization"))


async def admin_key(services: Services, request: Request[Any, Any, Any]) -> Principal:
    """Let a valid API key of role admin pass."""
    principal = await any_key(services, request)
    require_role(principal, "admin")
    return principal


async def metrics_token(services: Services, request: Request[Any, Any, Any]) -> Principal | None:
    """Let the metrics token pass where one is set, and then nothing else; an admin key where none is."""
    expected = services.settings.metrics_token
    if not expected:
        return await admin_key(services, request)
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), expected.encode()):
        raise Unauthenticated(METRICS_REFUSED)
    return None


GUARDS: dict[Access, Guard] = {"public": anybody, "key": any_key, "admin": admin_key}
"""The guard of each access; a route with access `token` names its own, for its token is made for that route alone."""
