"""The one guard before every handler: it authenticates the caller and checks what the route declares."""

from litestar.handlers import BaseRouteHandler

from unified.api.audit_middleware import Admission, AnyRequest, audited_request, known_caller, template_of
from unified.api.context import path_value
from unified.api.declarations import Declaration, declaration_of
from unified.api.headers import header
from unified.api.preferences import wants_page
from unified.service.access.permissions import require_every_account, require_permission
from unified.service.access.principals import Principal
from unified.service.access.scopes import require_account
from unified.service.runtime.services import Services
from unified.telemetry.request_line import note

AS_PAGE = "is_page"
"""The key in the request's state of whether a person gets a page."""


async def admit(request: AnyRequest, handler: BaseRouteHandler) -> None:
    """Authenticate the caller, charge the key's rate limit, and check the permission.

    If it raises, the handler does not run.

    Raises:
        Unauthenticated: The credential is missing or not valid.
        Forbidden: The caller lacks what the route declares.
        RateLimited: The key's rate limit is exhausted.
        Overloaded: Audit rows cannot be written.
    """
    declared = declaration_of(handler)
    if declared is None:
        return
    request.scope["user"] = None
    if declared.page is not None and _is_person(request):
        request.scope.setdefault("state", {})[AS_PAGE] = True
        return
    services: Services = request.app.state.services
    caller = await known_caller(services, request, declared, declared.find_gate(template_of(request)))
    request.scope["user"] = caller
    if caller is None:
        return
    note(tenant=caller.tenant_id)
    admission = Admission(services=services, request=request, declared=declared, caller=caller)
    await audited_request().open(admission)
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
