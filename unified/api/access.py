"""Who may reach a route: one gate for each access, passed before the handler runs.

`public` needs nothing. `token` needs the secret of a link, which the handler looks up. `key` needs an API key (the handler
checks role and scope), `admin` one of role admin. `session` needs the cookie of a person who signed in.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from litestar import Request

from unified.service.principals import Principal, authenticate, require_role
from unified.service.services import Services
from unified.service.sessions import resume

Access = Literal["public", "token", "key", "admin", "session"]
Gate = Callable[[Services, Request[Any, Any, Any]], Awaitable[Principal | None]]
SESSION_COOKIE = "__Host-unified"
"""`__Host-`: set by this host alone, over a safe connection, for all paths (RFC 6265bis, 4.1.3.2)."""


async def _open(_services: Services, _request: Request[Any, Any, Any]) -> Principal | None:
    return None


async def _key(services: Services, request: Request[Any, Any, Any]) -> Principal | None:
    return await authenticate(services, request.headers.get("authorization"))


async def _admin(services: Services, request: Request[Any, Any, Any]) -> Principal | None:
    caller = await authenticate(services, request.headers.get("authorization"))
    require_role(caller, "admin")
    return caller


async def _session(services: Services, request: Request[Any, Any, Any]) -> Principal | None:
    return await resume(services, request.cookies.get(SESSION_COOKIE))


GATES: dict[Access, Gate] = {"public": _open, "token": _open, "key": _key, "admin": _admin, "session": _session}
