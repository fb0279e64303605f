"""Opening a `Call`: account, scope, mapping and visibility are resolved for the caller, and the budgets charged.

REST, batch, expand and tools get theirs from `open_call`; that is what makes the limits provable.
"""

import msgspec

from unified.errors.access import Forbidden
from unified.errors.requests import NotFound
from unified.models import method_class
from unified.models import model as find_model
from unified.service.access.consent import with_consent
from unified.service.access.principals import Principal
from unified.service.access.scope import scopes
from unified.service.access.use.charging import charge_use
from unified.service.access.use.gate import require_writes
from unified.service.access.use.use_limits import DESCRIBING, amounts_of
from unified.service.accounts.accounts import account_for_call
from unified.service.accounts.credentials import connection_of
from unified.service.records.calls.call import Call
from unified.service.records.reading.getting import read_record
from unified.service.records.reading.naming import ids_named
from unified.service.records.visibility.account_boundary import account_boundary, owner_boundary
from unified.service.records.visibility.hiding import hidden_of, refuse_revealing_ids
from unified.service.records.visibility.mapping_lookup import mapping_for, mapping_if_any, no_mapping, not_offered
from unified.service.records.visibility.restricted_query import Record
from unified.service.records.visibility.visibility import ListIds, ReadRecord, Visibility
from unified.service.runtime.refreshes.token_refresher import needs_owner
from unified.service.runtime.services import Services
from unified.store.accounts import AccountRow
from unified.telemetry.recording import record_fields, record_method, record_use
from unified.transform.queries.query import Query
from unified.transport.connection import Connection

OWNER = "owner"
"""The key id of an account's owner, who brings no key."""


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
    """Resolve account, mapping and scope for one method of one model, and charge its cost to the budgets.

    Args:
        services: the composed services.
        principal: the caller.
        account_id: the account, as the caller names it.
        model_id: the model, such as `crm.contacts`.
        method: `list`, `get`, `create`, `update`, `upsert`, `delete` or a custom method.
        cost: calls that it counts as.
        approved: this executes a write that a person approved; see `unified.service.approvals`.
        describes: the call only describes what there is, so the method need not be offered.

    Raises:
        NotFound: an account that is unknown or another tenant's.
        Forbidden: the scope, or the consent of the account's owner, does not reach it; this comes before anything about what
            the provider offers. Or the ids of the records would reveal hidden fields.
        ConnectionUnauthorized: the account needs to be connected again.
        NotSupported: the provider has no such model or method; only what the scope reaches is named in the message.
        Paused: it writes, and all writes of the tenant are paused; an approved write is refused where it is decided.
        RateLimited, LimitUsedUp: the account, the tenant or the caller has used up its budget.
    """
    model = find_model(model_id)
    record_use(account_id, model_id, method if method_class(method) != "custom" else "custom")
    scopes.require_account(principal.scopes, account_id)
    account = await account_for_call(services, principal.tenant_id, account_id)
    principal = with_consent(principal, account)
    mapping = mapping_if_any(services.catalog, account.provider, model_id)
    if mapping is not None and method in mapping.methods:
        record_method(method)  # a caller's word enters the audit trail only once it is known to be a method
    scopes.require(principal.scopes, model, method, model.tags if mapping is None else mapping.tags)
    if mapping is None:
        raise no_mapping(services.catalog, account.provider, model_id, principal.scopes)
    if not describes and method not in mapping.methods:
        raise not_offered(services.catalog, mapping, method, principal.scopes)
    hidden = hidden_of(services.catalog, mapping, principal.scopes)
    if describes:
        record_fields(frozenset())
    else:
        refuse_revealing_ids(mapping, hidden)
    _require_active(account)
    if method_class(method) != "read" and not (approved or describes):
        await require_writes(services, principal.tenant_id)
    await charge_call(services, account, cost)
    if not approved:
        amounts = DESCRIBING if describes else amounts_of(method, cost)
        await charge_use(services, principal.tenant_id, principal.levels, amounts)
    waits = method_class(method) != "read" and scopes.write_policy(principal.scopes, model_id, method) == "approve"
    connection = connection_of(services, account, requester=principal.key_id)
    visibility = Visibility(
        catalog=services.catalog,
        mapping=mapping,
        method=method,
        scopes=principal.scopes,
        hidden=hidden.fields,
        inside=hidden.inside,
        boundary=account_boundary(services, account, principal.scopes),
        read=_reader(services, principal, account, connection),
        list_ids=_lister(services, principal, account, connection),
    )
    call = _call(services, principal, account, connection, visibility)
    return msgspec.structs.replace(call, needs_approval=True) if waits and not approved else call


async def open_owner_call(
    services: Services, account: AccountRow, model_id: str, method: str, *, viewer: scopes.Scopes = ()
) -> Call:
    """Open a read for the owner of an account, who sees all of it, such as to choose what others may see.

    With the scopes of a `viewer`, who looks at it in the owner's place, their hidden fields and resources stay hidden.

    Raises:
        OutsideConsent: the owner did not agree to it when they connected the account.
        FieldHidden: the ids of the records would reveal the viewer hidden fields.
        ConnectionUnauthorized, NotSupported, RateLimited: as `open_call` says.
    """
    record_use(account.id, model_id, method)
    owner = Principal(tenant_id=account.tenant_id, key_id=OWNER, role="admin", scope=scopes.UNLIMITED)
    principal = with_consent(owner, account)
    mapping = mapping_for(services.catalog, account.provider, model_id)
    scopes.require(principal.scopes, mapping.model, method, mapping.tags)
    hidden = hidden_of(services.catalog, mapping, (*viewer, *principal.scopes))
    refuse_revealing_ids(mapping, hidden)
    _require_active(account)
    await charge_call(services, account)
    connection = connection_of(services, account)
    visibility = Visibility(
        catalog=services.catalog,
        mapping=mapping,
        method=method,
        scopes=principal.scopes,
        hidden=hidden.fields,
        inside=hidden.inside,
        boundary=owner_boundary(services, account, viewer),
        read=_reader(services, principal, account, connection),
        list_ids=_lister(services, principal, account, connection),
    )
    return _call(services, principal, account, connection, visibility)


def _call(
    services: Services, principal: Principal, account: AccountRow, connection: Connection, visibility: Visibility
) -> Call:
    """Return the call of the mapping and method that a visibility is of."""
    return Call(
        services=services,
        principal=principal,
        account=account,
        connection=connection,
        mapping=visibility.mapping,
        method=visibility.method,
        visibility=visibility,
    )


def _reader(services: Services, principal: Principal, account: AccountRow, connection: Connection) -> ReadRecord:
    """Return how the service reads a record to place others by it.

    What it reads goes to no one, and the budgets are not charged: the caller sees what is left of them, and would learn that
    there was something to look up.
    """

    async def read(visibility: Visibility, record_id: str, fields: tuple[str, ...]) -> Record:
        call = _call(services, principal, account, connection, visibility)
        return await read_record(call, record_id, Query(fields=fields))

    return read


def _lister(services: Services, principal: Principal, account: AccountRow, connection: Connection) -> ListIds:
    """Return how the service lists records to place others by what they name; as with `_reader`, nothing is charged."""

    async def list_ids(visibility: Visibility, field: str) -> frozenset[str]:
        seen = msgspec.structs.replace(visibility, method="list")
        return await ids_named(_call(services, principal, account, connection, seen), field)

    return list_ids


async def charge_call(services: Services, account: AccountRow, cost: int = 1) -> None:
    """Charge calls to the budgets of an account and its tenant; RateLimited when one is used up."""
    await services.budgets.spend("account", account.id, cost)
    await services.budgets.spend("tenant", account.tenant_id, cost)


async def visible_account(services: Services, principal: Principal, account_id: str) -> AccountRow | None:
    """Return the account if the caller may use it, else None; nothing is charged."""
    try:
        scopes.require_account(principal.scopes, account_id)
        return await account_for_call(services, principal.tenant_id, account_id)
    except (Forbidden, NotFound):
        return None


def _require_active(account: AccountRow) -> None:
    if account.status != "active":
        raise needs_owner(account)
