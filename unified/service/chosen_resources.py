"""Chosen resources: which records of an account may be seen, selected from live lists by its owner and stored as ids only."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from unified.errors.access import ScopeExceedsParent
from unified.errors.error import MOST_PROBLEMS, FieldProblem
from unified.errors.names import suggestion
from unified.errors.requests import NotFound, ValidationFailed
from unified.models import MODELS, Model
from unified.service.access.consent import scopes_within, stored_consent
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import Chosen, Scopes, allows, chosen_of, outside_consent
from unified.service.accounts.accounts import get_account
from unified.service.records.opening import open_owner_call
from unified.service.records.reading.listing import list_records, next_cursor
from unified.service.records.visibility.account_boundary import owner_boundary
from unified.service.records.visibility.boundary.boundary import boundary_of
from unified.service.records.visibility.boundary.parameters import extent_of, refused_parameters
from unified.service.records.visibility.hiding import hidden_of
from unified.service.runtime.approval_invalidation import RESOURCES_CHANGED, invalidate_approvals_for_account
from unified.service.runtime.events import status_event
from unified.service.runtime.services import Services
from unified.service.validation import is_printable_text
from unified.store import accounts
from unified.store.accounts import AccountChanges, AccountRow
from unified.transform.list_options import list_options
from unified.transform.mapping import Mapping
from unified.transform.queries.query import Filter, Query

MAX_CHOSEN = 500
"""Chosen ids of one kind."""
MAX_ID_CHARACTERS = 256
PAGE_SIZE = 50
"""Choices on one page."""
DETAILS = ("key", "remote_type", "type", "website", "description")
"""Fields that distinguish resources with the same name, the best first."""


ChosenByModel = dict[str, Chosen]
"""An account's boundary in the form of the API; an empty list of ids allows none."""


class ResourceKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of resource that an account's provider lists."""

    model: Model
    can_search: bool
    """Whether its records can be found by a part of their name."""


class ResourceChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One record that can be selected, as the provider has it now."""

    id: str
    name: str
    detail: str


class ResourceChoices(msgspec.Struct, frozen=True, kw_only=True):
    """One page of what can be selected."""

    items: tuple[ResourceChoice, ...]
    next_cursor: str | None


def resource_kinds(services: Services, account: AccountRow, scopes: Scopes = ()) -> tuple[ResourceKind, ...]:
    """Return the kinds of resources that the provider lists, and that the account's consent and these scopes allow to list.

    The owner of an account, who comes by a link, has no scope and may select from all that they agreed to.
    """
    listed = [one for one in services.catalog.offered(account.provider) if one.model.is_resource and "list" in one.methods]
    limits = scopes_within(scopes, account)
    offered = [one for one in listed if not limits or allows(limits, one.model, "list", one.tags)]
    kinds = ((one, _search(services, account, one, "x", limits)) for one in offered)
    return tuple(ResourceKind(model=one.model, can_search=query is not None) for one, query in kinds)


async def list_choices(
    services: Services,
    account: AccountRow,
    model_id: str,
    *,
    search: str = "",
    cursor: str | None = None,
    scopes: Scopes = (),
) -> ResourceChoices:
    """Return a page of the account's records of a kind, live and with its owner's authority: the boundary does not apply.

    What a caller's scopes hide, or leave out of `resources`, is left out here too.

    Raises:
        NotFound: the kind cannot be selected.
        ValidationFailed: it cannot be searched, at all or by this caller.
        FieldHidden: the ids of these records reveal what is hidden from the caller.
        UnifiedError: the provider's refusal.
    """
    if model_id not in {one.model.id for one in resource_kinds(services, account, scopes)}:
        raise NotFound("no such kind of resource at this account")
    call = await open_owner_call(services, account, model_id, "list", viewer=scopes)
    query = _search(services, account, call.mapping, search, scopes_within(scopes, account)) if search else Query()
    if query is None:
        raise ValidationFailed.at("q", "these cannot be searched")
    page = await list_records(call, msgspec.structs.replace(query, limit=PAGE_SIZE, cursor=cursor))
    return ResourceChoices(items=tuple(_choice(one) for one in page.data), next_cursor=next_cursor(call, page))


def _search(services: Services, account: AccountRow, mapping: Mapping, text: str, limits: Scopes) -> Query | None:
    """Return the query for a part of a name: the provider's search, or a condition on the name; None if neither is possible."""
    hidden = hidden_of(services.catalog, mapping, limits).unasked
    takes = list_options(mapping, hidden, refused_parameters(mapping, extent_of(owner_boundary(services, account, limits))))
    if "search" in takes.parameters:
        return Query(search=text)
    by_name = any(one.name == "name" and "contains" in one.operators for one in takes.filters)
    return Query(filters=(Filter(field="name", operator="contains", value=text),)) if by_name else None


def _choice(record: dict[str, Any]) -> ResourceChoice:
    detail = next((str(record[name]) for name in DETAILS if record.get(name)), "")
    return ResourceChoice(id=record["id"], name=str(record.get("name") or record["id"]), detail=detail)


async def read_resources(services: Services, tenant_id: str, account_id: str, caller: Scopes) -> ChosenByModel:
    """Return the boundary of an account within a caller's own resources; empty for none.

    Raises:
        NotFound: the account is unknown or another tenant's.
    """
    return shown_resources(await get_account(services, tenant_id, account_id), caller)


def shown_resources(account: AccountRow, caller: Scopes = ()) -> ChosenByModel:
    """Return an account's boundary in the form of the API, with no ids but those among the caller's own resources."""
    own = boundary_of(None, caller).chosen
    shown = {model: [one for one in ids if one in own.get(model, (one,))] for model, ids in (account.resources or {}).items()}
    return {model: Chosen(ids=tuple(ids)) for model, ids in shown.items()}


async def set_resources(
    services: Services, tenant_id: str, account_id: str, chosen: ChosenByModel, *, caller: Principal | None
) -> AccountRow:
    """Replace the boundary of an account; an empty object removes it. A caller that is None has no limits.

    Raises:
        NotFound: the account is unknown or another tenant's.
        ValidationFailed: its provider does not list a kind, or an id is malformed.
        OutsideConsent: the owner of the account did not agree that a kind is listed.
        ScopeExceedsParent: more than the resources that the caller's own scope names.
    """
    for scope in () if caller is None else caller.scopes:
        _require_within(chosen, chosen_of(scope))
    account = await get_account(services, tenant_id, account_id)
    known = [one.model.id for one in resource_kinds(services, account)]
    for model in chosen.keys() - set(known):
        if model in MODELS and MODELS[model].is_resource and stored_consent(account.consent):
            raise outside_consent(f"listing {model}")
    problems = tuple(islice(_problems(chosen, known), MOST_PROBLEMS))
    if problems:
        raise ValidationFailed(f"resources: {problems[0].pointer}: {problems[0].message}", errors=problems)
    ids = {model: list(dict.fromkeys(one.ids)) for model, one in chosen.items()}
    changes = AccountChanges(resources=ids or None)
    changed = await accounts.update(services.database, tenant_id, account_id, changes, event_of=status_event)
    if changed is None:
        raise NotFound("no such account")
    if changed.resources != account.resources:
        await invalidate_approvals_for_account(services, tenant_id, account_id, RESOURCES_CHANGED)
    return changed


def _require_within(chosen: ChosenByModel, own: ChosenByModel) -> None:
    for model, one in own.items():
        if model not in chosen or not set(chosen[model].ids) <= set(one.ids):
            raise ScopeExceedsParent(f"{model}: more resources than the scope of the key that chooses them has")


def _problems(chosen: ChosenByModel, known: list[str]) -> Iterator[FieldProblem]:
    for model, one in chosen.items():
        if model not in known:
            message = f"nothing of this kind can be chosen at this account.{suggestion(model, known)}"
            yield FieldProblem(pointer=f"/{model[:MAX_ID_CHARACTERS]}", code="unknown", message=message)
        elif len(one.ids) > MAX_CHOSEN or not all(is_printable_text(each, MAX_ID_CHARACTERS) for each in one.ids):
            message = f"expected at most {MAX_CHOSEN} ids of 1 to {MAX_ID_CHARACTERS} printable characters"
            yield FieldProblem(pointer=f"/{model}/ids", code="invalid", message=message)
