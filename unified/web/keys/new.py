"""The form that creates an API key within the caller's scope; the narrowest choices come first."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromQuery
from msgspec import UNSET, UnsetType

from unified.api.controllers.api_keys import ApiKeyController
from unified.api.requests.access import SESSION_COOKIE
from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in_as
from unified.api.requests.dependencies import ContextDependency
from unified.errors.requests import ValidationFailed
from unified.service.access.api_keys import create_key
from unified.service.access.issuing import end_of_maker
from unified.service.access.key_config import NewKey
from unified.service.access.permissions import DECIDES, ROLES, permissions_of
from unified.service.access.policy import key_limit
from unified.service.access.scope.field_rules import classes_of
from unified.service.access.scope.inheritance import method_within
from unified.service.access.scope.scopes import METHOD_CLASSES, PERMISSIONS, Permission, write_policies
from unified.store.api_keys import ApiKeyRow, Role
from unified.web.html.choosers import SEARCH, SHOWN, Choice, choice, chooser, is_looking, ticked
from unified.web.html.condition_form import condition_form, entered_records
from unified.web.html.forms import FormDependency, reads_form
from unified.web.html.messages import MESSAGES
from unified.web.keys.page import KEYS
from unified.web.outcomes import REFUSED, Refusal, Secret, explain_refusal, show_form, show_once
from unified.web.record_access import access_within, chosen_access
from unified.web.session.directories import account_directory
from unified.web.write_rules import rule_choices, rule_rows, sent_rules

ACCOUNT, MANAGE, CLASS = "account.", "manage.", "class."
DAYS = (7, 30, 90, 365)
"""Lifetimes to choose from; those beyond the end of the caller's key are not offered."""
USUAL_DAYS, NEVER = "90", "never"
"""The lifetime that is chosen at first, and the choice of none."""
KINDS: tuple[Role, ...] = ("app", "approver", "admin")
ACCESS: dict[str, dict[str, Any]] = {
    "read": {"methods": ["read"], "writes": "deny"},
    "approve": {"methods": [*METHOD_CLASSES], "writes": "approve"},
    "direct": {"methods": [*METHOD_CLASSES], "writes": "direct"},
}
"""The key's access to records, as parts of a scope."""
PLACES = {
    "name": "name",
    "accounts": "accounts",
    "methods": "access",
    "writes": "access",
    "write_rules": "rules",
    "fields": "access",
    "records": "records",
    "manage": "manage",
    "expires_at": "days",
}
"""The fields of the form by the keys of `POST /api-keys`."""
MAX_FIELDS = 1000
"""More than all accounts that a person can select one by one."""
USUAL_CLASSES = ("none", "personal")
MORE_CLASSES = ("sensitive", "secret")


class NewKeyController(Controller):
    """The form that creates a key."""

    path = f"{KEYS.address}/new"
    opt = signed_in_as(ApiKeyController)
    dependencies = reads_form(SESSION_COOKIE, most=MAX_FIELDS)

    @get()
    async def show_form(self, context: ContextDependency, q: FromQuery[str] = "") -> Response[Any]:
        """Handle GET /ui/keys/new; `q` searches the accounts."""
        return await _form(context, {"role": "app", "access": "read", "days": USUAL_DAYS, SEARCH: q, SHOWN: q})

    @post()
    async def make_key(self, context: ContextDependency, form: FormDependency) -> Response[Any]:
        """Handle POST /ui/keys/new: show the key, or the form again with what to correct or other accounts."""
        if is_looking(form):
            return await _form(context, form)
        try:
            row, token = await _create(context, form)
        except REFUSED as problem:
            return await _form(context, form, explain_refusal(problem, PLACES))
        secret = Secret(name="key", label=MESSAGES["keys.made.key"], text=token)
        return show_once(context, "keys", "keys.made", name=row.name, secrets=(secret,), back=KEYS.address)


async def _create(context: Context, fields: Mapping[str, str]) -> tuple[ApiKeyRow, str]:
    role = next((one for one in KINDS if one == fields.get("role")), None)
    access = chosen_access(ACCESS, context.principal.scopes, fields.get("access", ""))
    days = next((one for one in DAYS if str(one) == fields.get("days")), None)
    if role is None or (days is None and fields.get("days") not in {NEVER, None, ""}):
        raise ValidationFailed("role, days: expected values that the form offers")
    scope = _scope(context, role, access, fields)
    requested = NewKey(name=fields.get("name", ""), role=role, scope=scope, expires_at=await _end(context, days, fields))
    return await create_key(context.services, context.principal.tenant_id, requested, maker=context.principal)


async def _end(context: Context, days: int | None, fields: Mapping[str, str]) -> str | UnsetType | None:
    if days is not None:
        return (context.services.clock() + timedelta(days=days)).isoformat()
    latest = await _latest(context)
    if latest is not None:
        return latest.isoformat()
    return None if fields.get("days") == NEVER else UNSET


def _scope(context: Context, role: Role, access: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the scope that a form asks for; an approver reaches every method, because it decides about all of them."""
    accounts, permissions = ticked(fields, ACCOUNT), ticked(fields, MANAGE)
    scope = {**access, "fields": {"classes": [*_classes(context, USUAL_CLASSES), *ticked(fields, CLASS)]}}
    if role == "approver":
        scope["methods"] = _widest_methods(context)
    scope |= {"write_rules": msgspec.to_builtins(rules)} if (rules := sent_rules(fields)) else {}
    if accounts:
        scope["accounts"] = accounts
    if records := entered_records(fields):
        scope["records"] = records
    if permissions or role != "approver":
        scope["manage"] = permissions
    return scope


def _widest_methods(context: Context) -> tuple[str, ...]:
    return tuple(one for one in METHOD_CLASSES if all(method_within(one, scope) for scope in context.principal.scopes))


def _classes(context: Context, names: tuple[str, ...]) -> list[str]:
    """Return those of the sensitivity classes that the caller's own key may see."""
    return [one for one in names if all(one in classes_of(scope.fields) for scope in context.principal.scopes)]


def _permissions(context: Context) -> frozenset[Permission]:
    """Return the permissions that the caller may give: to decide about writes, only if its own are direct."""
    held = permissions_of(context.principal)
    return held if write_policies(context.principal.scopes) == {"direct"} else held - {DECIDES}


async def _form(context: Context, fields: Mapping[str, str], refusal: Refusal | None = None) -> Response[Any]:
    held = _permissions(context)
    latest = await _latest(context)
    now = context.services.clock()
    return show_form(
        context,
        KEYS.tab,
        "key_new",
        refusal,
        fields=fields,
        roles=[one for one in KINDS if one != "approver" or DECIDES in held],
        access=tuple(access_within(ACCESS, context.principal.scopes)),
        permissions=[_permission(one, fields) for one in PERMISSIONS if one in held],
        classes=[choice(CLASS + one, MESSAGES[f"keys.class.{one}"], fields) for one in _classes(context, MORE_CLASSES)],
        rule_rows=rule_rows(fields),
        rule_choices=rule_choices(),
        accounts=await chooser(ACCOUNT, fields, *account_directory(context)),
        conditions=condition_form(fields),
        days=[one for one in DAYS if latest is None or now + timedelta(days=one) <= latest],
        latest=latest,
    )


def _permission(permission: str, fields: Mapping[str, str]) -> Choice:
    roles = [MESSAGES[f"keys.role.{role}"] for role in KINDS if permission in ROLES[role]]
    note = MESSAGES["keys.for_roles"].format(roles=", ".join(roles))
    return choice(MANAGE + permission, MESSAGES[f"permission.{permission}"], fields, note=note)


async def _latest(context: Context) -> datetime | None:
    """Return the time after which no new key may end; None if there is none."""
    longest = key_limit(context.services.settings)
    ends = [
        await end_of_maker(context.services, context.principal),
        None if longest is None else context.services.clock() + longest,
    ]
    return min((one for one in ends if one is not None), default=None)
