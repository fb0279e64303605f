"""The audit rows of every request, for all handlers in one place.

The guard begins the audit once it knows the caller; `record_success` and `record_failure` are hooks of the application that run
before the response is sent, and `request_layer` records what its client cancelled.
"""

from http import HTTPStatus
from typing import Any, TypeVar

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import Scope

from unified.api.answers.answers import Answer
from unified.api.answers.faults import nothing_done
from unified.api.answers.limit_headers import limit_headers
from unified.api.answers.problems import translated
from unified.api.requests.access import CredentialOwner, Gate
from unified.api.requests.context import Context, context_of, path_value
from unified.api.requests.declarations import Declaration, declaration_of, shown_template
from unified.api.requests.headers import header_lines
from unified.api.requests.warnings import warning_headers
from unified.effects import without_effects
from unified.errors.access import REFUSED_FOR_NOW, Unauthenticated
from unified.errors.error import UnifiedError
from unified.errors.requests import MalformedRequest, NotFound
from unified.errors.service import RateLimited
from unified.errors.waiting import try_again
from unified.service.access.principals import Principal
from unified.service.audit.events import AuditedAct, canonical_body, record, record_repeated
from unified.service.runtime.failed_attempts import counted_as
from unified.service.runtime.services import Services
from unified.store.engine.failures import is_failure
from unified.telemetry.request_scope import RequestScope, current_request, current_scope

AnyRequest = Request[Any, Any, Any]
AnyAnswer = TypeVar("AnyAnswer", Response[Any], Answer)
FORWARDED_FOR = "x-forwarded-for"
FORWARDED_FOR_BYTES = FORWARDED_FOR.encode()
SHOWN_IN = frozenset({b"authorization", b"x-api-key"})
TOO_MANY = "too many invalid keys or tokens from this address within a minute; {again}. A valid key is still accepted"


async def begin_audit(services: Services, known: RequestScope) -> None:
    """Make room for the rows of a request that passed the gate. Raises Overloaded if they could not be written."""
    await services.audit.wait_for_capacity(known.caller.tenant_id)
    known.is_audited = True


async def record_end(known: RequestScope, problem: BaseException | None, *, made: str = "") -> None:
    """Queue the rows of a request that ended, once; those of a refusal are written before this returns."""
    if not known.is_audited:
        return
    known.is_audited = False
    context: Context = known.context
    request, caller, declared = context.request, context.principal, _declared(context)
    owner = CredentialOwner(tenant_id=caller.tenant_id, actor=caller.actor_id, server=caller.server)
    act = _act(request, declared, known, owner, made=made)
    if isinstance(problem, RateLimited) and not known.uses:
        record_repeated(context.services, act, problem)
    else:
        await record(context.services, act, known, known.problem if problem is None else problem)


async def record_success(response: AnyAnswer) -> AnyAnswer:
    """Queue the rows of a request that was answered, and report the limits. Raises Overloaded for rows that must be written."""
    known = current_scope()
    if known is None or known.caller is None:
        return response
    made = response.headers.get("Location", "") if response.status_code == HTTPStatus.CREATED else ""
    await record_end(known, None, made=made.rpartition("/")[2])
    response.headers.update(await _limits(known.context))
    if known.warnings:
        response.headers.update(warning_headers(known.warnings.items()))
    return response


async def record_failure(problem: Exception, scope: Scope) -> None:
    """Write the rows of a request that was refused or failed. Raises Overloaded, which takes the refusal's place."""
    known = current_scope()
    if known is None or known.caller is None:
        return
    refused = translated(problem, scope) if isinstance(problem, HTTPException) else problem
    await record_end(known, refused)
    if isinstance(refused, UnifiedError) and not known.limits:
        known.limits = await _limits(known.context)


async def _limits(context: Context) -> dict[str, str]:
    """Return the headers that report the limits; none on routes that call no provider, or while the database fails."""
    if not _declared(context).metered:
        return {}
    try:
        return await limit_headers(context)
    except Exception as problem:
        if not is_failure(problem):
            raise
        return {}  # they must not change the answer


def _declared(context: Context) -> Declaration:
    """Return what the route of a request declares; those with a caller declare it."""
    declared = declaration_of(context.request.route_handler)
    assert declared is not None, "a caller passed the gate of a route that declares none"
    return declared


async def known_caller(services: Services, request: AnyRequest, declared: Declaration, gate: Gate) -> Principal | None:
    """Return the principal of a request, None if the gate does not need one.

    A refused key or token that is or once was a tenant's leaves a row in that tenant's trail, and a count when it is refused
    again and again. The credential is looked up first, so an address from which wrong keys are tried does not hold up valid
    ones; its failures are answered with RateLimited when there are too many. A caller without any such credential leaves no
    row but a line in the log: there is no tenant for the row, and strangers must not be able to fill a database.

    Raises what the gate raises, and Overloaded if the database fails.
    """
    try:
        with nothing_done(), without_effects():
            return await gate(services, request)
    except (Unauthenticated, NotFound, *REFUSED_FOR_NOW) as refused:
        owner = await declared.former(services, request)
        if owner is not None:
            current_request().tenant = owner.tenant_id
            record_repeated(services, _act(request, declared, RequestScope(), owner), refused)
        if isinstance(refused, REFUSED_FOR_NOW):
            raise  # what was shown is valid, so it counts against no address
        if isinstance(refused, NotFound) or any(name in SHOWN_IN for name, _ in request.scope["headers"]):
            slow_down(services, address_of(request))
        raise


def slow_down(services: Services, address: str) -> None:
    """Count a key or token that does not hold against its address. Raises RateLimited when there were too many."""
    wait = services.attempts.keys.failed(address)
    if wait is not None:
        raise RateLimited(TOO_MANY.format(again=try_again(wait)), retry_after=wait)


def address_of(request: AnyRequest) -> str:
    """Return where a request came from, as its failures are counted."""
    addresses = context_of(request).services.addresses
    return counted_as(addresses.client(_peer(request), header_lines(request, FORWARDED_FOR)))


def notice_proxy(services: Services, request: AnyRequest) -> None:
    """Let the operator know if requests come through a proxy that no setting names."""
    is_forwarded = any(name == FORWARDED_FOR_BYTES for name, _ in request.scope["headers"])
    services.addresses.notice(_peer(request), is_forwarded=is_forwarded)


def _peer(request: AnyRequest) -> str:
    return request.client.host if request.client else ""


def template_of(request: AnyRequest) -> str:
    """Return the path of the route, with its parameters' names."""
    return str(request.scope.get("path_template", ""))


def _act(
    request: AnyRequest, declared: Declaration, known: RequestScope, owner: CredentialOwner, *, made: str = ""
) -> AuditedAct:
    template = declared.template or template_of(request)
    return AuditedAct(
        tenant_id=owner.tenant_id,
        actor=owner.actor,
        name=f"{request.method} {shown_template(template)}",
        changes=declared.changes and request.method != "GET",
        target=made or _named(request),
        server=owner.server,
        request=_request(request, template if declared.access == "token" else request.scope["path"], known),
    )


def _named(request: AnyRequest) -> str | None:
    """Return the id in the path as the handler reads it, or its raw text if that is not UTF-8."""
    named = request.scope["path_params"].get("id")
    if named is None:
        return None
    try:
        return path_value(request, "id")
    except MalformedRequest:
        return str(named)


def _request(request: AnyRequest, path: str, known: RequestScope) -> dict[str, Any]:
    """Return what the digest covers: the request without the account, so that one request to two accounts has one digest.

    Where the path holds a secret, its template replaces it.
    """
    pairs = request.scope["query_string"].decode("latin-1").split("&")
    return {
        "method": request.method,
        "path": path,
        "query": sorted(pair for pair in pairs if pair and not pair.startswith("account_id=")),
        "body": canonical_body(known.content) if known.content else None,
    }
