"""The audit rows of every request, for all handlers in one place.

`audit_middleware` opens the audit context of a request; the guard adds the caller; `record_success` and `record_failure` are
hooks of the application that run before the response is sent.
"""

import asyncio
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

from unified.api.access import CredentialOwner, Gate
from unified.api.answers import Answer
from unified.api.context import context_of, path_value
from unified.api.declarations import Declaration, shown_template
from unified.api.faults import nothing_done
from unified.api.limit_headers import limit_headers
from unified.api.problems import LIMITS, translated
from unified.api.warnings import noted_warnings
from unified.errors.access import TenantSuspended, Unauthenticated
from unified.errors.error import UnifiedError
from unified.errors.requests import MalformedRequest, NotFound
from unified.errors.service import RateLimited
from unified.service.access.principals import Principal
from unified.service.audit.events import AuditedAct, canonical_body, record, record_repeated
from unified.service.audit.request_context import AuditContext, close_context, open_context
from unified.service.runtime.failed_attempts import counted_as
from unified.service.runtime.services import Services
from unified.telemetry.request_line import note

AnyRequest = Request[Any, Any, Any]
AnyAnswer = TypeVar("AnyAnswer", Response[Any], Answer)
SHOWN_IN = frozenset({b"authorization", b"x-api-key"})
TOO_MANY = (
    "too many invalid keys or tokens from this address within a minute; try again after retry_after seconds. "
    "A valid key is still accepted"
)


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """A request with a caller that passed the gate."""

    services: Services
    request: AnyRequest
    declared: Declaration
    caller: Principal


class AuditedRequest(msgspec.Struct, kw_only=True):
    """One request on its way."""

    note: AuditContext
    admission: Admission | None = None
    """Who calls; None until a gate let the caller pass, and on routes that need none."""
    is_open: bool = False
    """Whether its rows can be written, and were not yet."""

    async def open(self, admission: Admission) -> None:
        """Add the caller. Raises Overloaded if the audit rows could not be written."""
        self.admission = admission
        await admission.services.audit.wait_for_capacity()
        self.is_open = True

    async def record(self, problem: BaseException | None, *, made: str = "") -> None:
        """Queue the rows of a request that ended, once; those of a refusal are written before this returns."""
        if self.admission is None or not self.is_open:
            return
        self.is_open = False
        services, caller = self.admission.services, self.admission.caller
        act = _act(
            self.admission.request,
            self.admission.declared,
            self.note,
            CredentialOwner(tenant_id=caller.tenant_id, actor=caller.actor_id, server=caller.server),
            made=made,
        )
        if isinstance(problem, RateLimited) and not self.note.uses:
            record_repeated(services, act, problem)
        else:
            await record(services, act, self.note, self.note.problem if problem is None else problem)

    async def limits(self) -> dict[str, str]:
        """Return the headers that report the limits; none on routes that call no provider."""
        one = self.admission
        if one is None or not one.declared.metered:
            return {}
        return await limit_headers(context_of(one.request))


_CURRENT: ContextVar[AuditedRequest | None] = ContextVar("unified_audited_request", default=None)


def audited_request() -> AuditedRequest:
    """Return the request that is being answered."""
    current = _CURRENT.get()
    if current is None:
        raise RuntimeError("no audited request is open: the application lacks its audit middleware")
    return current


def audit_middleware(app: ASGIApp) -> ASGIApp:
    """Return the application with an audit context for each request; it records requests that their client cancelled."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        note = AuditContext()
        current = AuditedRequest(note=note)
        tokens = open_context(note), _CURRENT.set(current)
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError as gone:
            await current.record(gone)
            raise
        finally:
            close_context(tokens[0])
            _CURRENT.reset(tokens[1])

    return run


async def record_success(response: AnyAnswer) -> AnyAnswer:
    """Queue the rows of a request that was answered, and report the limits. Raises Overloaded for rows that must be written."""
    current = _CURRENT.get()
    if current is None or current.admission is None:
        return response
    made = response.headers.get("Location", "") if response.status_code == HTTPStatus.CREATED else ""
    await current.record(None, made=made.rpartition("/")[2])
    response.headers.update(await current.limits() | noted_warnings(current.admission.request.scope))
    return response


async def record_failure(problem: Exception, scope: Scope) -> None:
    """Write the rows of a request that was refused or failed. Raises Overloaded, which takes the refusal's place."""
    current = _CURRENT.get()
    if current is None or current.admission is None:
        return
    known = translated(problem, scope.get("route_handler")) if isinstance(problem, HTTPException) else problem
    await current.record(known)
    if isinstance(known, UnifiedError):
        scope.setdefault("state", {})[LIMITS] = await current.limits()


async def known_caller(services: Services, request: AnyRequest, declared: Declaration, gate: Gate) -> Principal | None:
    """Return the principal of a request, None where the gate needs none.

    A refused key or token that is or once was a tenant's leaves a row in that tenant's trail, and a count when it is refused
    again and again. The credential is looked up first, so an address from which wrong keys are tried does not hold up valid
    ones; its failures are answered with RateLimited when there are too many. A caller without any such credential leaves no
    row but a line in the log: there is no tenant for the row, and strangers must not be able to fill a database.

    Raises what the gate raises, and Overloaded if the database fails.
    """
    try:
        with nothing_done():
            return await gate(services, request)
    except (Unauthenticated, NotFound, TenantSuspended) as refused:
        owner = await declared.former(services, request)
        if owner is not None:
            note(tenant=owner.tenant_id)
            record_repeated(services, _act(request, declared, AuditContext(), owner), refused)
        if isinstance(refused, TenantSuspended):
            raise  # what was shown is valid, so it counts against no address
        if isinstance(refused, NotFound) or any(name in SHOWN_IN for name, _ in request.scope["headers"]):
            slow_down(services, address_of(request))
        raise


def slow_down(services: Services, address: str) -> None:
    """Count a key or token that does not hold against its address. Raises RateLimited when there were too many."""
    wait = services.attempts.keys.failed(address)
    if wait is not None:
        raise RateLimited(TOO_MANY, retry_after=wait)


def address_of(request: AnyRequest) -> str:
    """Return where a request came from, as its failures are counted."""
    return counted_as(request.client.host if request.client else "")


def template_of(request: AnyRequest) -> str:
    """Return the path of the route, with its parameters' names."""
    return str(request.scope.get("path_template", ""))


def _act(
    request: AnyRequest, declared: Declaration, note: AuditContext, owner: CredentialOwner, *, made: str = ""
) -> AuditedAct:
    template = declared.template or template_of(request)
    return AuditedAct(
        tenant_id=owner.tenant_id,
        actor=owner.actor,
        name=f"{request.method} {shown_template(template)}",
        changes=declared.changes and request.method != "GET",
        target=made or _named(request, declared),
        server=owner.server,
        request=_request(request, template if declared.access == "token" else request.scope["path"], note),
    )


def _named(request: AnyRequest, declared: Declaration) -> str | None:
    """Return the id in the path as the handler reads it, or its raw text if that is not UTF-8."""
    named = request.scope["path_params"].get("id")
    if named is None or named in declared.reserved:
        return None
    try:
        return path_value(request, "id")
    except MalformedRequest:
        return str(named)


def _request(request: AnyRequest, path: str, note: AuditContext) -> dict[str, Any]:
    """Return what the digest covers: the request without the account, so that one request to two accounts has one digest.

    Where the path holds a secret, its template replaces it.
    """
    pairs = request.scope["query_string"].decode("latin-1").split("&")
    return {
        "method": request.method,
        "path": path,
        "query": sorted(pair for pair in pairs if pair and not pair.startswith("account_id=")),
        "body": canonical_body(note.content) if note.content else None,
    }
