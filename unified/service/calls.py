"""A `Call`: the one way to a provider. It exists only after account, scope and mapping were resolved for the caller.

REST, batch, expand and every later face get theirs from `open_call`; that is what makes the limits provable.
"""

from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors import CatalogError, FieldHidden, Forbidden, NotFound, NotSupported, WritesDenied
from unified.models import method_class
from unified.models import model as find_model
from unified.service import scopes
from unified.service.accounts import account_for_call
from unified.service.audit_notes import note_answer, note_method, note_use, noting_answer
from unified.service.credentials import connection_of
from unified.service.principals import Principal
from unified.service.refresh import needs_owner
from unified.service.services import Services
from unified.store.accounts import AccountRow
from unified.transform.filters import field_of
from unified.transform.mapping import Mapping
from unified.transform.operation import Operation
from unified.transform.query import Query
from unified.transport.connection import Connection


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One permitted use of one model of one account."""

    services: Services
    principal: Principal
    account: AccountRow
    connection: Connection
    mapping: Mapping
    method: str
    hidden: frozenset[str]
    needs_approval: bool = False
    """Whether this is a write that somebody must approve first; until then nothing of it is sent."""

    def bindings(self, query: dict[str, Any]) -> dict[str, Any]:
        """What expressions see besides their root."""
        country = self.account.settings.get("country")
        account = {"id": self.account.id, "settings": self.account.settings, "country": country}
        return {"account": account, "query": query}

    async def send(self, request: ProviderRequest, operation: Operation, *, safe: bool | None = None) -> ProviderAnswer:
        """Send one request of this call's provider; WritesDenied for one that waits for its approval."""
        if self.needs_approval:
            raise WritesDenied(f"{self.method} of {self.mapping.model.id} waits for an approval; nothing was sent")
        with noting_answer():
            answer = await self.services.client.send(request, self.connection, operation.errors, safe=safe)
            note_answer(answer.status)
            return answer

    def visible(self, query: Query) -> Query:
        """The query without hidden fields, so that the provider is not even asked for them; refusals where one is asked for."""
        model = self.mapping.model
        self.mapping.check_path(dict(query.path))
        asked = {name.split(".")[0] for name in query.fields}
        asked |= {name for one in query.filters for name in (one.field, field_of(one.field, model))}
        asked |= {query.sort.field} if query.sort else set()
        scopes.refuse_hidden(self.hidden, frozenset(asked), model)
        if self.hidden and query.include_raw:
            raise FieldHidden(f"{model.id}: raw records would show hidden fields: {', '.join(sorted(self.hidden))}")
        if not self.hidden or query.fields:
            return query
        return msgspec.structs.replace(query, fields=tuple(one.name for one in model.fields if one.name not in self.hidden))

    def cut(self, record: dict[str, Any], asked: Query) -> dict[str, Any]:
        """The record as the caller may see it: hidden fields are there, but null, unless `fields` left them out."""
        if not self.hidden or asked.fields:
            return record
        empty: dict[str, Any] = {field.name: [] if field.is_list else None for field in self.mapping.model.fields}
        return {name: empty[name] if name in self.hidden else record.get(name, empty[name]) for name in empty}


async def open_call(
    services: Services,
    principal: Principal,
    account_id: str,
    model_id: str,
    method: str,
    *,
    cost: int = 1,
    approved: bool = False,
) -> Call:
    """Resolve account, mapping and scope for one method of one model, and take its cost from the budgets.

    `approved` is for the execution of a write that somebody approved; see `unified.service.approvals`.

    Raises:
        NotFound: an account that is unknown or another tenant's.
        Forbidden: the scope does not reach it.
        ConnectionUnauthorized: the account needs to be connected again.
        NotSupported: the provider has no such model or method.
        RateLimited: the account or the tenant has used up what it may call.
    """
    model = find_model(model_id)
    note_use(account_id, model_id, method if method_class(method) != "custom" else "custom")
    scopes.require_account(principal.scopes, account_id)
    account = await account_for_call(services, principal.tenant_id, account_id)
    mapping = mapping_for(services, account.provider, model_id)
    if method in mapping.methods:
        note_method(method)  # a caller's word is noted only once it is known to be a method
    scopes.require(principal.scopes, model, method, mapping.tags)
    _require_active(account)
    await spend_call(services, account, cost)
    waits = method_class(method) != "read" and scopes.write_policy(principal.scopes) == "approve"
    return Call(
        services=services,
        principal=principal,
        account=account,
        connection=connection_of(services, account),
        mapping=mapping,
        method=method,
        hidden=scopes.hidden_fields(principal.scopes, model),
        needs_approval=waits and not approved,
    )


async def spend_call(services: Services, account: AccountRow, cost: int = 1) -> None:
    """Take calls from the budgets of an account and its tenant; RateLimited when one is used up."""
    await services.budgets.spend("account", account.id, cost)
    await services.budgets.spend("tenant", account.tenant_id, cost)


async def may_see_account(services: Services, principal: Principal, account_id: str) -> bool:
    """Whether the caller may use an account, as a question; nothing is refused and nothing counted."""
    try:
        scopes.require_account(principal.scopes, account_id)
        await account_for_call(services, principal.tenant_id, account_id)
    except (Forbidden, NotFound):
        return False
    return True


def mapping_for(services: Services, provider: str, model_id: str) -> Mapping:
    """The mapping, or NotSupported naming the models that the provider has."""
    try:
        return services.catalog.compiled(provider, model_id)
    except CatalogError:
        offered = ", ".join(one.model.id for one in services.catalog.offered(provider))
        title = services.catalog.provider(provider).title
        raise NotSupported(f"{title} does not offer {model_id}. Offered: {offered}") from None


def _require_active(account: AccountRow) -> None:
    if account.status != "active":
        raise needs_owner(account)
