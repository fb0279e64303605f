"""How callers authenticate: one gate for each access, passed before the handler runs.

`public` needs nothing, `key` an API key; the permission that the key needs is declared with the route. `session` needs the
cookie of a signed-in person. `token` needs a secret that is valid for the route alone: that of a link, which the handler
looks up, or one that the route checks with its own gate. A gate returns the caller or raises; if it raises, the handler does
not run.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
from litestar import Request

from unified.api.requests.headers import header
from unified.errors.access import Unauthenticated
from unified.service.access.principals import Principal, authenticate, former_key
from unified.service.access.sessions import resume
from unified.service.runtime.services import Services
from unified.telemetry.request_scope import current_request
from unified.vault.tokens import constant_time_equal

Access = Literal["public", "token", "key", "session"]
Gate = Callable[[Services, Request[Any, Any, Any]], Awaitable[Principal | None]]


class CredentialOwner(msgspec.Struct, frozen=True, kw_only=True):
    """The owner of a refused credential, for the audit trail; it grants nothing."""

    tenant_id: str
    actor: str
    server: str | None = None


RevokedCredential = Callable[[Services, Request[Any, Any, Any]], Awaitable[CredentialOwner | None]]
METRICS_REFUSED = "expected UNIFIED_METRICS_TOKEN as `Authorization: Bearer …`"
METRICS_CLOSED = "the metrics count the calls of all tenants, so no API key reads them: set UNIFIED_METRICS_TOKEN and restart"
SESSION_COOKIE = "__Host-unified"
"""`__Host-`: set by this host alone, over a safe connection, for all paths (RFC 6265bis, 4.1.3.2)."""


async def _open(_services: Services, _request: Request[Any, Any, Any]) -> Principal | None:
    return None


async def _key(services: Services, request: Request[Any, Any, Any]) -> Principal | None:
    return await authenticate(services, header(request, "authorization"))


async def _session(services: Services, request: Request[Any, Any, Any]) -> Principal | None:
    session = await resume(services, request.cookies.get(SESSION_COOKIE))
    current_request().session = session  # every page, also one about a failure, says who is signed in
    return session.caller


async def resolve_revoked_key(services: Services, request: Request[Any, Any, Any]) -> CredentialOwner | None:
    """Return the tenant of a revoked or expired API key; None for a text that never was a key."""
    former = await former_key(services, header(request, "authorization"))
    return None if former is None else CredentialOwner(tenant_id=former.tenant_id, actor=former.id)


GATES: dict[Access, Gate] = {"public": _open, "token": _open, "key": _key, "session": _session}


async def metrics_token(services: Services, request: Request[Any, Any, Any]) -> Principal | None:
    """Accept the metrics token and nothing else: the metrics are those of the installation, and every key is a tenant's.

    Raises:
        Unauthenticated: The credential is missing or wrong, or no token is set.
    """
    expected = services.settings.metrics_token
    if not expected:
        raise Unauthenticated(METRICS_CLOSED)
    kind, _, token = (header(request, "authorization") or "").partition(" ")
    if kind.lower() != "bearer" or not constant_time_equal(token.strip(), expected):
        raise Unauthenticated(METRICS_REFUSED)
    return None
