"""A compromised API key: everything that it touched, according to the audit and the chain of makers, and how to end it.

The runbook is docs/incidents.md.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from unified.errors.requests import NotFound
from unified.service import tenants
from unified.service.access import api_keys
from unified.service.access.lineage import descendants_of, everything_below
from unified.service.accounts import account_changes, oauth_apps
from unified.service.runtime.services import Services
from unified.service.webhooks import endpoints
from unified.store import accounts as account_rows
from unified.store import audit, connect_links, tenant_logos
from unified.store.audit import AuditFilter
from unified.store.audit_chain import AuditRow

Kind = Literal[
    "api_key",
    "mcp_server",
    "connect_link",
    "account",
    "webhook",
    "oauth_app",
    "return_origins",
    "frame_ancestors",
    "colors",
    "logo",
    "tenant_name",
    "approval",
]
HARMLESS = ("/check", "/refresh", "/test")
"""Suffixes of routes that change nothing from which an intruder could benefit later."""
PAGE_SIZE = 200
MAX_AUDIT_DELAY = timedelta(minutes=1)
"""An audit row is written at most this long after the act that it records."""


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a key created or changed, and that is still in effect."""

    kind: Kind
    id: str
    name: str
    end: str
    """How it is ended, such as `revoke`."""


class _Acts(msgspec.Struct, kw_only=True):
    """The acts of some keys, according to the audit."""

    accounts: set[str]
    webhooks: set[str]
    links: set[str]
    approvals: set[str]
    apps_since: datetime | None = None
    changed_tenant: bool = False


async def touched_by(services: Services, tenant_id: str, key_id: str) -> tuple[Touched, ...]:
    """Return everything still in effect that a key, or anything that it created, created or changed.

    Raises:
        NotFound: the key is unknown.
    """
    below = await everything_below(services, tenant_id, key_id)
    if below is None:
        raise NotFound(api_keys.NO_KEY)
    actors = {key_id, *below}
    acts = await _acts(services, tenant_id, actors)
    if acts.links - actors:  # links are deleted a day after they expire; the audit still records their accounts
        later = await _acts(services, tenant_id, acts.links - actors)
        acts.accounts |= later.accounts
    acts.accounts |= await connect_links.accounts_of(services.database, tenant_id, {key_id, *below})
    created = [
        Touched(kind=one.kind, id=one.id, name=one.name, end="revoke")
        for one in await descendants_of(services, tenant_id, key_id)
    ]
    others = [*await _others(services, tenant_id, acts), *await _of_tenant(services, tenant_id, actors)]
    return (*created, *await _accounts(services, tenant_id, acts), *others)


async def _acts(services: Services, tenant_id: str, actors: set[str]) -> _Acts:
    acts = _Acts(accounts=set(), webhooks=set(), links=set(), approvals=set())
    for actor in sorted(actors):
        cursor: str | None = None
        while True:
            wanted = AuditFilter(actor=actor, kind="management", decision="allowed")
            page = await audit.list_page(services.database, tenant_id, wanted, limit=PAGE_SIZE, cursor=cursor)
            for row in page.items:
                _note(acts, row)
            cursor = page.next_cursor
            if cursor is None:
                break
    return acts


def _note(acts: _Acts, row: AuditRow) -> None:
    method, target = row.method or "", row.target or ""
    if method.endswith(HARMLESS) or method.startswith("GET "):
        return
    ids = {"acc_": acts.accounts, "whk_": acts.webhooks, "con_": acts.links, "apr_": acts.approvals}.get(target[:4])
    if ids is not None:
        ids.add(target)
    elif "/oauth-apps/" in method:
        acts.apps_since = min(acts.apps_since or row.created_at, row.created_at)
    elif method == "PATCH /tenant":
        acts.changed_tenant = True


async def _accounts(services: Services, tenant_id: str, acts: _Acts) -> list[Touched]:
    rows = [await account_rows.get(services.database, tenant_id, one) for one in sorted(acts.accounts)]
    return [
        Touched(kind="account", id=row.id, name=row.name, end="disable")
        for row in rows
        if row is not None and row.status != "disabled"
    ]


async def _others(services: Services, tenant_id: str, acts: _Acts) -> list[Touched]:
    touched: list[Touched] = []
    for webhook_id in sorted(acts.webhooks):
        try:
            row = await endpoints.get_webhook(services, tenant_id, webhook_id)
        except NotFound:
            continue
        if row.status != "disabled":
            touched.append(Touched(kind="webhook", id=row.id, name=row.url, end="disable"))
    if acts.apps_since is not None:
        apps = [
            one
            for one in await oauth_apps.list_apps(services, tenant_id)
            if one.updated_at >= acts.apps_since - MAX_AUDIT_DELAY
        ]
        touched += [Touched(kind="oauth_app", id=one.provider, name=one.client_id_masked, end="delete") for one in apps]
    if acts.changed_tenant and (await tenants.get_tenant(services, tenant_id)).return_origins:
        touched.append(Touched(kind="return_origins", id=tenant_id, name="return origins", end="clear"))
    decided = sorted(acts.approvals)
    return [
        *touched,
        *(Touched(kind="approval", id=one, name="a write that it decided about", end="look at it") for one in decided),
    ]


async def _of_tenant(services: Services, tenant_id: str, actors: set[str]) -> list[Touched]:
    """Return what end users see of the tenant, and which pages may frame the connect page, where one of these keys set it."""
    row = await tenants.get_tenant(services, tenant_id)
    set_by_them = {name for name, key in (row.changed_by or {}).items() if key in actors}
    touched = []
    if "name" in set_by_them:
        touched.append(Touched(kind="tenant_name", id=tenant_id, name=row.name, end="replace"))
    if "frame_ancestors" in set_by_them and row.frame_ancestors:
        touched.append(Touched(kind="frame_ancestors", id=tenant_id, name="frame ancestors", end="clear"))
    if "colors" in set_by_them and row.colors:
        touched.append(Touched(kind="colors", id=tenant_id, name="colors of the connect page", end="clear"))
    logo = await tenant_logos.get(services.database, tenant_id)
    if logo is not None and logo.made_by in actors:
        touched.append(Touched(kind="logo", id=tenant_id, name="logo of the connect page", end="delete"))
    return touched


async def end_all(services: Services, tenant_id: str, key_id: str) -> tuple[Touched, ...]:
    """Revoke a key and everything that it created, and end what these changed; return what was ended.

    Accounts and webhooks are disabled and not deleted, so that a person can check them and enable the legitimate ones.

    Raises:
        NotFound: the key is unknown.
    """
    ended = await api_keys.revoke_key(services, tenant_id, key_id, caller=None, descendants=True)
    revoked = [Touched(kind=one.kind, id=one.id, name=one.name, end="revoke") for one in ended]
    touched = await touched_by(services, tenant_id, key_id)  # only now: until it was revoked, the key could do more
    for one in touched:
        if one.kind in ENDS:
            await ENDS[one.kind](services, tenant_id, one.id)
    return (*revoked, *touched)


async def _disable_account(services: Services, tenant_id: str, account_id: str) -> None:
    await account_changes.update_account(services, tenant_id, account_id, account_changes.AccountPatch(status="disabled"))


async def _disable_webhook(services: Services, tenant_id: str, webhook_id: str) -> None:
    await endpoints.update_webhook(services, tenant_id, webhook_id, endpoints.WebhookPatch(status="disabled"))


async def _clear_origins(services: Services, tenant_id: str, _tenant: str) -> None:
    await tenants.update_tenant(services, tenant_id, tenants.TenantPatch(return_origins=()))


async def _replace_name(services: Services, tenant_id: str, _tenant: str) -> None:
    """Set a name that says nothing, since the former one is not kept; the operator sets the right one."""
    await tenants.update_tenant(services, tenant_id, tenants.TenantPatch(name=f"Tenant {tenant_id}"))


async def _clear_frames(services: Services, tenant_id: str, _tenant: str) -> None:
    await tenants.update_tenant(services, tenant_id, tenants.TenantPatch(frame_ancestors=()))


async def _clear_colors(services: Services, tenant_id: str, _tenant: str) -> None:
    await tenants.update_tenant(services, tenant_id, tenants.TenantPatch(colors=None))


async def _delete_logo(services: Services, tenant_id: str, _tenant: str) -> None:
    await tenant_logos.delete(services.database, tenant_id)


ENDS: dict[str, Callable[[Services, str, str], Awaitable[None]]] = {
    "account": _disable_account,
    "webhook": _disable_webhook,
    "oauth_app": oauth_apps.delete_app,
    "return_origins": _clear_origins,
    "frame_ancestors": _clear_frames,
    "colors": _clear_colors,
    "logo": _delete_logo,
    "tenant_name": _replace_name,
}
"""The functions that end objects which are not revoked together with the key, as keys, servers and links are."""
