"""A `Call`: the one way to a provider. It exists only after account, scope and mapping were resolved for the caller.

REST, batch, expand and every later face get theirs from `open_call`; that is what makes the limits provable.
"""

from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors import CatalogError, Forbidden, NotFound, NotSupported, WritesDenied
from unified.models import method_class
from unified.models import model as find_model
from unified.service.access import scopes
from unified.service.access.principals import Principal
from unified.service.accounts.accounts import account_for_call
from unified.service.accounts.credentials import connection_of
from unified.service.audit.request_context import record_answer, record_method, record_use, recording_answer
from unified.service.records.lookup_cache import LookupCache
from unified.service.records.resource_boundary import Boundary, boundary_of
from unified.service.records.visibility import Visibility, strip_provider_message
from unified.service.runtime.services import Services
from unified.service.runtime.token_refresher import needs_owner
from unified.store.accounts import AccountRow
from unified.transform.coverage import repeated
from unified.transform.mapping import Mapping
from unified.transform.operation import Operation
from unified.transport.connection import Connection

OWNER = "owner"
"""Stands for the owner of an account, who brings no key."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One permitted use of one model of one account."""

    services: Services
    principal: Principal
    account: AccountRow
    connection: Connection
    mapping: Mapping
    method: str
    hidden: frozenset[str]
    boundary: Boundary = Boundary()
    shared: LookupCache | None = None
    """What this look-up shares with the others of its request."""
    needs_approval: bool = False
    """Whether this is a write that somebody must approve first; until then nothing of it is sent."""

    @property
    def visibility(self) -> Visibility:
        """What the caller may see of the model's records."""
        limited = not scopes.reaches_all_models(self.principal.scopes)
        return Visibility(model=self.mapping.model, hidden=self.hidden, boundary=self.boundary, is_limited=limited)

    def bindings(self, query: dict[str, Any]) -> dict[str, Any]:
        """What expressions see besides their root."""
        country = self.account.settings.get("country")
        account = {"id": self.account.id, "settings": self.account.settings, "country": country}
        return {"account": account, "query": query}

    async def send(self, request: ProviderRequest, operation: Operation, *, safe: bool | None = None) -> ProviderAnswer:
        """Send one request of this call's provider; WritesDenied for one that waits for its approval."""
        if self.needs_approval:
            raise WritesDenied(f"{self.method} of {self.mapping.model.id} waits for an approval; nothing was sent")
        with recording_answer(), strip_provider_message(limited=bool(self.hidden or self.boundary)):
            answer = await self.services.client.send(request, self.connection, operation.errors, safe=safe)
            record_answer(answer.status)
            return answer


async def open_call(
    services: Services,
    principal: Principal,
    account_id: str,
    model_id: str,
    method: str,
    *,
    cost: int = 1,
    approved: bool = False,
    describes: bool = False,
) -> Call:
    """Resolve account, mapping and scope for one method of one model, and take its cost from the budgets.

    `approved` is for the execution of a write that somebody approved; see `unified.service.approvals`. With `describes` the
    call is only to tell what there is, and the method need not be offered.

    Raises:
        NotFound: an account that is unknown or another tenant's.
        Forbidden: the scope does not reach it; this comes before anything about what the provider offers.
        ConnectionUnauthorized: the account needs to be connected again.
        NotSupported: the provider has no such model or method; only what the scope reaches is named beside it.
        RateLimited: the account or the tenant has used up what it may call.
    """
    model = find_model(model_id)
    record_use(account_id, model_id, method if method_class(method) != "custom" else "custom")
    scopes.require_account(principal.scopes, account_id)
    account = await account_for_call(services, principal.tenant_id, account_id)
    mapping = _mapping_if_any(services, account.provider, model_id)
    if mapping is not None and method in mapping.methods:
        record_method(method)  # a caller's word is noted only once it is known to be a method
    scopes.require(principal.scopes, model, method, model.tags if mapping is None else mapping.tags)
    if mapping is None:
        raise _no_mapping(services, account.provider, model_id, principal.scopes)
    if not describes and method not in mapping.methods:
        raise _not_offered(mapping, method, principal.scopes)
    _require_active(account)
    await charge_call(services, account, cost)
    hidden = scopes.hidden_fields(principal.scopes, model)
    waits = method_class(method) != "read" and scopes.write_policy(principal.scopes) == "approve"
    return Call(
        services=services,
        principal=principal,
        account=account,
        connection=connection_of(services, account),
        mapping=mapping,
        method=method,
        hidden=hidden | repeated(mapping, hidden),
        boundary=boundary_of(account.resources, principal.scopes),
        needs_approval=waits and not approved,
    )


async def parent_call(call: Call, model_id: str, shared: LookupCache | None = None) -> Call:
    """A call to get a record around that of another call, by the service's own authority, to tell where that one belongs.

    What it reads is given to nobody, and it takes nothing from the budgets: what is left of them is told to the caller, who
    would learn that there was something to look up. Raises NotSupported when the provider has no such model.
    """
    mapping = mapping_for(call.services, call.account.provider, model_id)
    return msgspec.structs.replace(call, mapping=mapping, method="get", hidden=frozenset(), shared=shared, needs_approval=False)


async def open_owner_call(services: Services, account: AccountRow, model_id: str, method: str) -> Call:
    """A read for the owner of an account, who sees all of it, such as to choose what others may see.

    Raises ConnectionUnauthorized, NotSupported, RateLimited.
    """
    record_use(account.id, model_id, method)
    _require_active(account)
    await charge_call(services, account)
    return Call(
        services=services,
        principal=Principal(tenant_id=account.tenant_id, key_id=OWNER, role="admin", scope=scopes.UNLIMITED),
        account=account,
        connection=connection_of(services, account),
        mapping=mapping_for(services, account.provider, model_id),
        method=method,
        hidden=frozenset(),
    )


async def charge_call(services: Services, account: AccountRow, cost: int = 1) -> None:
    """Take calls from the budgets of an account and its tenant; RateLimited when one is used up."""
    await services.budgets.spend("account", account.id, cost)
    await services.budgets.spend("tenant", account.tenant_id, cost)


async def visible_account(services: Services, principal: Principal, account_id: str) -> AccountRow | None:
    """The account if the caller may use it, as a question; nothing is refused and nothing counted."""
    try:
        scopes.require_account(principal.scopes, account_id)
        return await account_for_call(services, principal.tenant_id, account_id)
    except (Forbidden, NotFound):
        return None


def mapping_for(services: Services, provider: str, model_id: str) -> Mapping:
    """The mapping, or NotSupported naming the models that the provider has."""
    mapping = _mapping_if_any(services, provider, model_id)
    if mapping is None:
        raise _no_mapping(services, provider, model_id, (scopes.UNLIMITED,))
    return mapping


def _mapping_if_any(services: Services, provider: str, model_id: str) -> Mapping | None:
    try:
        return services.catalog.compiled(provider, model_id)
    except CatalogError:
        return None


def _no_mapping(services: Services, provider: str, model_id: str, known: scopes.Scopes) -> NotSupported:
    """The refusal that names the models of which these scopes reach something."""
    reached = [one.model.id for one in services.catalog.offered(provider) if _reached_methods(one, known)]
    title = services.catalog.provider(provider).title
    return NotSupported(f"{title} does not offer {model_id}. Offered: {', '.join(reached) or 'nothing'}")


def _not_offered(mapping: Mapping, method: str, known: scopes.Scopes) -> NotSupported:
    reached = ", ".join(_reached_methods(mapping, known)) or "nothing"
    return NotSupported(f"{mapping.provider.title} does not offer {method} of {mapping.model.id}. Offered: {reached}")


def _reached_methods(mapping: Mapping, known: scopes.Scopes) -> list[str]:
    return [one for one in mapping.methods if scopes.allows(known, mapping.model, one, mapping.tags)]


def _require_active(account: AccountRow) -> None:
    if account.status != "active":
        raise needs_owner(account)
