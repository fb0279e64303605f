"""Around every route that needs a key: what the request turned out to be goes into the audit trail, not handler by handler."""

import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from litestar import Request, Response

from unified.api.access import Gate
from unified.api.context import path_value
from unified.api.routes import Route
from unified.errors import MalformedRequest, NotFound, RateLimited, Unauthenticated
from unified.service.access.principals import Principal
from unified.service.audit.events import AuditedAct, canonical_body, record, record_repeated
from unified.service.audit.request_context import AuditContext, audit_context
from unified.service.runtime.failed_attempts import counted_as
from unified.service.runtime.services import Services

_TYPE = re.compile(r":\w+\}")
AnyRequest = Request[Any, Any, Any]
SHOWN_IN = frozenset({"authorization", "x-api-key"})
TOO_MANY = (
    "too many keys or tokens from this address did not hold within a minute; try again after retry_after seconds. "
    "A key that holds is let in all the same"
)


async def known_caller(services: Services, request: AnyRequest, route: Route, gate: Gate) -> Principal | None:
    """The principal of a request, None where the gate needs none.

    A refused key or token that once was a tenant's leaves a row in that tenant's trail, and a count when it is refused
    again and again. What is shown is looked at first, so an address from which wrong keys are tried does not hold up right
    ones; its failures are answered with RateLimited when there are too many.

    Raises what the gate raises. A caller with nothing of the kind leaves no row but a line in the log: there is no tenant
    whose trail it could stand in, and strangers must not be able to fill a database.
    """
    try:
        return await gate(services, request)
    except (Unauthenticated, NotFound) as refused:
        whose = await route.former(services, request)
        if whose is not None:
            asked = _asked(request, route, AuditContext(), tenant_id=whose.tenant_id, actor=whose.actor, server=whose.server)
            record_repeated(services, asked, refused)
        if isinstance(refused, NotFound) or not SHOWN_IN.isdisjoint(request.headers.keys()):
            slow_down(services, address_of(request))
        raise


def slow_down(services: Services, address: str) -> None:
    """Note that an address showed a key or token that does not hold; raises RateLimited when it did so too often."""
    wait = services.attempts.keys.failed(address)
    if wait is not None:
        raise RateLimited(TOO_MANY, retry_after=wait)


def address_of(request: AnyRequest) -> str:
    """From where a request came, as its failures are counted."""
    return counted_as(request.client.host if request.client else "")


async def audited(
    services: Services,
    request: AnyRequest,
    route: Route,
    caller: Principal,
    answer: Callable[[], Awaitable[Response[Any]]],
) -> Response[Any]:
    """The answer, with its row queued; a refusal, with its row written. Raises Overloaded when rows cannot be written."""
    await services.audit.wait_for_capacity()
    with audit_context() as note:
        try:
            response = await answer()
        except BaseException as problem:
            asked = _asked(request, route, note, tenant_id=caller.tenant_id, actor=caller.actor_id, server=caller.server)
            if isinstance(problem, RateLimited) and not note.uses:
                record_repeated(services, asked, problem)
            else:
                await record(services, asked, note, problem)
            raise
        made = response.headers.get("Location", "").rpartition("/")[2] if response.status_code == HTTPStatus.CREATED else ""
        asked = _asked(request, route, note, tenant_id=caller.tenant_id, actor=caller.actor_id, server=caller.server, made=made)
        await record(services, asked, note, note.problem)
        return response


def _asked(
    request: AnyRequest,
    route: Route,
    note: AuditContext,
    *,
    tenant_id: str,
    actor: str,
    server: str | None = None,
    made: str = "",
) -> AuditedAct:
    target = made or _named(request)
    return AuditedAct(
        tenant_id=tenant_id,
        actor=actor,
        name=f"{request.method} {_TYPE.sub('}', route.path)}",
        changes=route.changes and request.method != "GET",
        target=target,
        server=server,
        request=_request(request, route, note),
    )


def _named(request: AnyRequest) -> str | None:
    """The id that the path names, read as the handler reads it; a text that cannot be read names nothing."""
    try:
        return path_value(request, "id") if "id" in request.path_params else None
    except MalformedRequest:
        return str(request.path_params["id"])


def _request(request: AnyRequest, route: Route, note: AuditContext) -> dict[str, Any]:
    """What the digest is of: the request without the account, so that the same request to two accounts can be found.

    Where the path holds a secret, its template stands for it.
    """
    pairs = request.scope["query_string"].decode("latin-1").split("&")
    return {
        "method": request.method,
        "path": route.path if route.access == "token" else request.scope["path"],
        "query": sorted(pair for pair in pairs if pair and not pair.startswith("account_id=")),
        "body": canonical_body(note.content) if note.content else None,
    }
