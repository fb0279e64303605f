"""The one guard before every handler: it authenticates the caller and checks the declaration of the route."""

from litestar.handlers import BaseRouteHandler

from unified.api.middleware.audit import AnyRequest, begin_audit, known_caller, notice_proxy, template_of
from unified.api.requests.context import context_of, path_value
from unified.api.requests.declarations import Declaration, declaration_of
from unified.api.requests.headers import header
from unified.api.requests.preferences import wants_page
from unified.service.access.mcp_authentication import agent_by_key
from unified.service.access.permissions import require_every_account, require_permission
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import require_account
from unified.service.access.use.gate import require_agents


async def admit(request: AnyRequest, handler: BaseRouteHandler) -> None:
    """Authenticate the caller, charge the key's rate limit, and check the permission.

    If it raises, the handler does not run.

    Raises:
        Unauthenticated: The credential is missing or not valid.
        Forbidden: The caller lacks what the route declares.
        Paused: It calls a tool, and all agents of the tenant are paused.
        RateLimited: The key's rate limit is exhausted.
        Overloaded: Audit rows cannot be written.
    """
    declared = declaration_of(handler)
    if declared is None:
        return
    context = context_of(request)
    services, known = context.services, context.known
    if declared.page is not None and _is_person(request):
        known.is_page = True
        return
    notice_proxy(services, request)
    caller = await known_caller(services, request, declared, declared.find_gate(template_of(request)))
    if caller is not None and declared.calls_tools:
        caller = agent_by_key(services.settings, caller)
    known.caller = caller
    if caller is None:
        return
    known.tenant = caller.tenant_id
    await begin_audit(services, known)
    if declared.calls_tools:
        await require_agents(services, caller.tenant_id)
    await services.budgets.spend("key", caller.key_id)
    _require(declared, caller, request)


def _is_person(request: AnyRequest) -> bool:
    return header(request, "authorization") is None and wants_page(request)


def _require(declared: Declaration, caller: Principal, request: AnyRequest) -> None:
    """Raise Forbidden unless the caller is permitted what the route declares."""
    require_permission(caller, declared.needs)
    if declared.reach == "tenant":
        require_every_account(caller.scopes)
    elif declared.reach == "account":
        require_account(caller.scopes, path_value(request, "id"))
