"""The choose page: an account's projects, companies, groups …, live and searchable, and which of them may be used.

Without script each page of a list is saved by itself: what it does not show stays as it was chosen before.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response

from unified.api.access import SESSION_COOKIE
from unified.api.context import Context
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
from unified.web.html.forms import kept_secret, read_form
from unified.web.html.messages import CHECKS, NOUNS, WORDS
from unified.web.html.rendering import page, redirect
from unified.web.session.layout import frame, product_of

CHOSEN, SEEN = "id.", "seen."
"""How the fields begin that name what is ticked, and what the page shows."""
MAX_FIELDS = 2 * MAX_CHOSEN + 200


class KindView(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of resource, as a link to its list."""

    model: str
    noun: str
    chosen: int | None
    """None for everything."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One resource to tick."""

    id: str
    name: str
    detail: str
    is_chosen: bool


async def show_resources(context: Context) -> Response[Any]:
    """GET /ui/accounts/{id}/resources."""
    account = await account_of(context, context.path("id"))
    values = await choose_values(context, account, f"/ui/accounts/{account.id}/resources")
    return page("resources", **values, **frame(context, "accounts"))


async def save_resources(context: Context) -> Response[Any]:
    """POST /ui/accounts/{id}/resources."""
    fields = await read_form(context, kept_secret(context, SESSION_COOKIE), most=MAX_FIELDS)
    account = await account_of(context, context.path("id"))
    address = f"/ui/accounts/{account.id}/resources"
    return redirect(saved_address(address, fields, await save(context.services, account, fields, caller=context.principal)))


def saved_address(address: str, fields: Mapping[str, str], notice: str) -> str:
    """The page again, at the same place of the list, saying what came of it."""
    kept = {name: fields[name] for name in ("kind", "q", "cursor") if fields.get(name)}
    return f"{address}?{urlencode({**kept, 'notice': notice})}"


async def choose_values(context: Context, account: AccountRow, address: str) -> dict[str, Any]:
    """What the page needs for one kind, which the query names; NotFound for one that there is not."""
    scopes = () if context.caller is None else context.caller.scopes
    asked, kinds = dict(context.query()), resource_kinds(context.services, account, scopes)
    kind = _kind(kinds, asked.get("kind"))
    chosen = account.resources or {}
    search, cursor = asked.get("q", "").strip(), asked.get("cursor") or None
    choices, problem = await _choices(context.services, account, kind, search, cursor, scopes=scopes)
    ids = chosen.get(kind.model.id, ()) if kind else ()
    shown = [Item(id=one.id, name=one.name, detail=one.detail, is_chosen=one.id in ids) for one in choices.items]
    return {
        "address": address,
        "account": account,
        "product": product_of(context, account.provider),
        "kinds": [_kind_view(one, chosen) for one in kinds],
        "kind": None if kind is None else _kind_view(kind, chosen),
        "only": bool(kind and (kind.model.id in chosen or asked.get("only"))),
        "items": shown,
        "others": [one for one in ids if one not in {item.id for item in shown}],
        "can_search": bool(kind and kind.can_search),
        "q": search,
        "cursor": cursor or "",
        "next_cursor": choices.next_cursor,
        "problem": problem,
        "notice": asked["notice"] if asked.get("notice") in {"saved", "many"} else None,
    }


def _kind(kinds: tuple[ResourceKind, ...], asked: str | None) -> ResourceKind | None:
    found = next((one for one in kinds if one.model.id == asked), None) if asked else next(iter(kinds), None)
    if asked and found is None:
        raise NotFound("no such kind")
    return found


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
    """The list as the product has it now, or why there is none."""
    none = ResourceChoices(items=(), next_cursor=None)
    if kind is None:
        return none, None
    wanted = search[:100] if kind.can_search else ""
    try:
        return await list_choices(services, account, kind.model.id, search=wanted, cursor=cursor, scopes=scopes), None
    except InvalidCursor:
        raise NotFound("no such page") from None
    except UnifiedError as problem:
        return none, CHECKS.get(problem.code, WORDS["check.other"])


async def save(services: Services, account: AccountRow, fields: Mapping[str, str], *, caller: Principal | None) -> str:
    """Keep what was chosen on one page of one kind: `saved`, or `many` when it is more than can be kept.

    The owner of an account, who comes by a link, is no caller with a scope. Raises ScopeExceedsParent.
    """
    kind = _kind(resource_kinds(services, account), fields.get("kind") or "-")
    model = kind.model.id if kind else ""
    chosen = dict(shown_resources(account))
    if fields.get("all") == "all":
        chosen.pop(model, None)
    else:
        seen = {name.removeprefix(SEEN) for name in fields if name.startswith(SEEN)}
        kept = [one for one in (chosen[model].ids if model in chosen else ()) if one not in seen]
        ticked = [name.removeprefix(CHOSEN) for name in fields if name.startswith(CHOSEN)]
        chosen[model] = Chosen(ids=(*kept, *ticked))
    try:
        await set_resources(services, account.tenant_id, account.id, chosen, caller=caller)
    except ValidationFailed:
        return "many"
    return "saved"
