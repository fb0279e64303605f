"""The resource page: choose which projects, companies, groups … of an account may be used, from a live, searchable list.

Without JavaScript each page of a list is saved on its own; choices that it does not show stay unchanged.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, SkipValidation

from unified.api.requests.access import SESSION_COOKIE
from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in
from unified.api.requests.dependencies import ContextDependency, provided
from unified.api.requests.path_parameters import PathId
from unified.errors.error import UnifiedError
from unified.errors.requests import InvalidCursor, NotFound, ValidationFailed
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import Chosen, Scopes
from unified.service.chosen_resources import (
    MAX_CHOSEN,
    ResourceChoices,
    ResourceKind,
    list_choices,
    resource_kinds,
    set_resources,
    shown_resources,
)
from unified.service.languages import DEFAULT, Language
from unified.service.runtime.services import Services
from unified.store.accounts import AccountRow
from unified.web.accounts.page import account_of
from unified.web.html.forms import FormDependency, reads_form
from unified.web.html.messages import messages_in
from unified.web.html.rendering import redirect, render_page
from unified.web.session.layout import frame, product_of

CHOSEN, SEEN = "id.", "seen."
"""Prefixes of the form fields that name ticked resources, and resources that the page shows."""
MAX_FIELDS = 2 * MAX_CHOSEN + 200


class KindView(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of resource, as a link to its list."""

    model: str
    noun: str
    chosen: int | None
    """Number of chosen resources; None for all of them."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One resource in the list."""

    id: str
    name: str
    detail: str
    is_chosen: bool


class PickerQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a resource page's address: a kind of resource, and the part of its list."""

    kind: str
    search: str
    cursor: str
    is_limited: bool
    """Whether to show the list although the account may use all."""
    notice: str


def provide_picker_query(
    kind: FromQuery[str] = "",
    q: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    only: FromQuery[str] = "",
    notice: FromQuery[str] = "",
) -> PickerQuery:
    """Return what the address of a resource page names."""
    return PickerQuery(kind=kind, search=q.strip(), cursor=cursor, is_limited=bool(only), notice=notice)


PickerDependency = NamedDependency[SkipValidation[PickerQuery]]
"""`picker` of a handler with `provide_picker_query` among its dependencies."""


class ResourcePageController(Controller):
    """The resources of an account that may be used."""

    path = "/ui/accounts/{id:str}/resources"
    opt = signed_in("accounts", "account")
    dependencies = provided(picker=provide_picker_query) | reads_form(SESSION_COOKIE, most=MAX_FIELDS)

    @get()
    async def show_resources(self, context: ContextDependency, picker: PickerDependency, account_id: PathId) -> Response[Any]:
        """Handle GET /ui/accounts/{id}/resources."""
        account = await account_of(context, account_id)
        values = await picker_values(context, account, _address(account), picker)
        return render_page("resources", **values, **frame(context, "accounts"))

    @post()
    async def save_resources(self, context: ContextDependency, form: FormDependency, account_id: PathId) -> Response[Any]:
        """Handle POST /ui/accounts/{id}/resources."""
        account = await account_of(context, account_id)
        notice = await save(context.services, account, form, caller=context.principal)
        return redirect(address_after_saving(_address(account), form, notice))


def _address(account: AccountRow) -> str:
    return f"/ui/accounts/{account.id}/resources"


def address_after_saving(address: str, fields: Mapping[str, str], notice: str) -> str:
    """Return the address of the same page of the list, with the result as a notice."""
    position = {name: fields[name] for name in ("kind", "q", "cursor") if fields.get(name)}
    return f"{address}?{urlencode({**position, 'notice': notice})}"


async def picker_values(
    context: Context, account: AccountRow, address: str, picker: PickerQuery, language: Language = DEFAULT
) -> dict[str, Any]:
    """Return the template values for the kind of resource that the address names.

    Raises:
        NotFound: the account has no such kind of resource, or the cursor is not valid.
    """
    scopes = () if context.caller is None else context.caller.scopes
    kinds = resource_kinds(context.services, account, scopes)
    kind = _kind(kinds, picker.kind)
    chosen = {model: one.ids for model, one in shown_resources(account, scopes).items()}
    choices, problem = await _choices(context.services, account, kind, picker, scopes=scopes, language=language)
    ids = chosen.get(kind.model.id, ()) if kind else ()
    items = [Item(id=one.id, name=one.name, detail=one.detail, is_chosen=one.id in ids) for one in choices.items]
    return {
        "address": address,
        "account": account,
        "product": product_of(context, account.provider),
        "kinds": [_kind_view(one, chosen, language) for one in kinds],
        "kind": None if kind is None else _kind_view(kind, chosen, language),
        "only": bool(kind and (kind.model.id in chosen or picker.is_limited)),
        "items": items,
        "others": [chosen_id for chosen_id in ids if chosen_id not in {item.id for item in items}],
        "can_search": bool(kind and kind.can_search),
        "q": picker.search,
        "cursor": picker.cursor,
        "next_cursor": choices.next_cursor,
        "problem": problem,
        "notice": picker.notice if picker.notice in {"saved", "many"} else None,
    }


def _kind(kinds: tuple[ResourceKind, ...], name: str) -> ResourceKind | None:
    kind = next((one for one in kinds if one.model.id == name), None) if name else next(iter(kinds), None)
    if name and kind is None:
        raise NotFound("unknown kind of resource")
    return kind


def _kind_view(one: ResourceKind, chosen: Mapping[str, tuple[str, ...]], language: Language) -> KindView:
    ids = chosen.get(one.model.id)
    return KindView(
        model=one.model.id, noun=messages_in(language)[f"noun.{one.model.id}"], chosen=None if ids is None else len(ids)
    )


async def _choices(
    services: Services,
    account: AccountRow,
    kind: ResourceKind | None,
    picker: PickerQuery,
    *,
    scopes: Scopes,
    language: Language,
) -> tuple[ResourceChoices, str | None]:
    """Return the product's current list, or the reason why it cannot be read."""
    empty = ResourceChoices(items=(), next_cursor=None)
    if kind is None:
        return empty, None
    search, cursor = picker.search[:100] if kind.can_search else "", picker.cursor or None
    try:
        return await list_choices(services, account, kind.model.id, search=search, cursor=cursor, scopes=scopes), None
    except InvalidCursor:
        raise
    except UnifiedError as problem:
        messages = messages_in(language)
        return empty, messages.get(f"check.{problem.code}", messages["check.other"])


async def save(services: Services, account: AccountRow, fields: Mapping[str, str], *, caller: Principal | None) -> str:
    """Save the choices of one page; returns `saved`, or `many` when more than `MAX_CHOSEN` would be chosen.

    `caller` is None for the owner of an account, who comes through a connect link and has no scope.

    Raises:
        ScopeExceedsParent: the caller would widen the choice beyond its own scope.
    """
    kind = _kind(resource_kinds(services, account), fields.get("kind") or "-")
    model = kind.model.id if kind else ""
    chosen = dict(shown_resources(account))
    if fields.get("all") == "all":
        chosen.pop(model, None)
    else:
        seen = {name.removeprefix(SEEN) for name in fields if name.startswith(SEEN)}
        unseen = [one for one in (chosen[model].ids if model in chosen else ()) if one not in seen]
        ticked = [name.removeprefix(CHOSEN) for name in fields if name.startswith(CHOSEN)]
        chosen[model] = Chosen(ids=(*unseen, *ticked))
    try:
        await set_resources(services, account.tenant_id, account.id, chosen, caller=caller)
    except ValidationFailed:
        return "many"
    return "saved"
