"""The resource page: choose which projects, companies, groups … of an account may be used, from a live, searchable list.

Without JavaScript each page of a list is saved on its own; choices that it does not show stay unchanged.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post

from unified.api.access import SESSION_COOKIE
from unified.api.context import Context
from unified.api.declarations import signed_in
from unified.api.dependencies import ContextDependency
from unified.errors import InvalidCursor, NotFound, UnifiedError, ValidationFailed
from unified.service.access.principals import Principal
from unified.service.access.scopes import Chosen, Scopes
from unified.service.chosen_resources import (
    MAX_CHOSEN,
    ResourceChoices,
    ResourceKind,
    list_choices,
    resource_kinds,
    set_resources,
    shown_resources,
)
from unified.service.runtime.services import Services
from unified.store.accounts import AccountRow
from unified.web.accounts.page import account_of
from unified.web.html.forms import FormDependency, reads_form
from unified.web.html.messages import CHECKS, MESSAGES, NOUNS
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


@get("/ui/accounts/{id:str}/resources", opt=signed_in("accounts", "account"), include_in_schema=False)
async def show_resources(context: ContextDependency) -> Response[Any]:
    """Handle GET /ui/accounts/{id}/resources."""
    account = await account_of(context, context.path("id"))
    values = await picker_values(context, account, f"/ui/accounts/{account.id}/resources")
    return render_page("resources", **values, **frame(context, "accounts"))


@post(
    "/ui/accounts/{id:str}/resources",
    opt=signed_in("accounts", "account"),
    include_in_schema=False,
    dependencies=reads_form(SESSION_COOKIE, most=MAX_FIELDS),
)
async def save_resources(context: ContextDependency, form: FormDependency) -> Response[Any]:
    """Handle POST /ui/accounts/{id}/resources."""
    account = await account_of(context, context.path("id"))
    address = f"/ui/accounts/{account.id}/resources"
    notice = await save(context.services, account, form, caller=context.principal)
    return redirect(address_after_saving(address, form, notice))


def address_after_saving(address: str, fields: Mapping[str, str], notice: str) -> str:
    """Return the address of the same page of the list, with the result as a notice."""
    position = {name: fields[name] for name in ("kind", "q", "cursor") if fields.get(name)}
    return f"{address}?{urlencode({**position, 'notice': notice})}"


async def picker_values(context: Context, account: AccountRow, address: str) -> dict[str, Any]:
    """Return the template values for the kind of resource that the query names.

    Raises:
        NotFound: the account has no such kind of resource, or the cursor is not valid.
    """
    scopes = () if context.caller is None else context.caller.scopes
    query, kinds = dict(context.query()), resource_kinds(context.services, account, scopes)
    kind = _kind(kinds, query.get("kind"))
    chosen = account.resources or {}
    search, cursor = query.get("q", "").strip(), query.get("cursor") or None
    choices, problem = await _choices(context.services, account, kind, search, cursor, scopes=scopes)
    ids = chosen.get(kind.model.id, ()) if kind else ()
    items = [Item(id=one.id, name=one.name, detail=one.detail, is_chosen=one.id in ids) for one in choices.items]
    return {
        "address": address,
        "account": account,
        "product": product_of(context, account.provider),
        "kinds": [_kind_view(one, chosen) for one in kinds],
        "kind": None if kind is None else _kind_view(kind, chosen),
        "only": bool(kind and (kind.model.id in chosen or query.get("only"))),
        "items": items,
        "others": [chosen_id for chosen_id in ids if chosen_id not in {item.id for item in items}],
        "can_search": bool(kind and kind.can_search),
        "q": search,
        "cursor": cursor or "",
        "next_cursor": choices.next_cursor,
        "problem": problem,
        "notice": query["notice"] if query.get("notice") in {"saved", "many"} else None,
    }


def _kind(kinds: tuple[ResourceKind, ...], name: str | None) -> ResourceKind | None:
    kind = next((one for one in kinds if one.model.id == name), None) if name else next(iter(kinds), None)
    if name and kind is None:
        raise NotFound("unknown kind of resource")
    return kind


def _kind_view(one: ResourceKind, chosen: Mapping[str, list[str]]) -> KindView:
    ids = chosen.get(one.model.id)
    return KindView(model=one.model.id, noun=NOUNS[one.model.id], chosen=None if ids is None else len(ids))


async def _choices(
    services: Services,
    account: AccountRow,
    kind: ResourceKind | None,
    search: str,
    cursor: str | None,
    *,
    scopes: Scopes,
) -> tuple[ResourceChoices, str | None]:
    """Return the product's current list, or the reason why it cannot be read."""
    empty = ResourceChoices(items=(), next_cursor=None)
    if kind is None:
        return empty, None
    wanted = search[:100] if kind.can_search else ""
    try:
        return await list_choices(services, account, kind.model.id, search=wanted, cursor=cursor, scopes=scopes), None
    except InvalidCursor:
        raise NotFound("no page for this cursor") from None
    except UnifiedError as problem:
        return empty, CHECKS.get(problem.code, MESSAGES["check.other"])


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
