"""The pages of API keys: list the keys within the caller's scope, and revoke one with everything that it created."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get, post

from unified.api.access import SESSION_COOKIE
from unified.api.context import Context
from unified.api.declarations import signed_in
from unified.api.dependencies import ContextDependency
from unified.api.views.api_keys import scope_view
from unified.errors import InvalidCursor, NotFound
from unified.service.access import api_keys
from unified.service.access.permissions import granted
from unified.service.access.scopes import POLICIES, stored_scope, write_policy
from unified.store.api_keys import ApiKeyRow
from unified.web.html.forms import FormDependency, reads_form
from unified.web.html.rendering import redirect, render_page
from unified.web.session.layout import frame, key_names

ADDRESS = "/ui/keys"
PAGE_SIZE = 20


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """An API key, prepared for display."""

    id: str
    name: str
    role: str
    last4: str
    is_own: bool
    """Whether the caller signed in with this key."""
    is_unlimited: bool
    writes: str
    """Suffix of a message key: `deny`, `approve` or `direct`."""
    manages: tuple[str, ...]
    made_by: str | None
    ends: datetime | None
    used: datetime | None


@get("/ui/keys", opt=signed_in("keys"), include_in_schema=False)
async def show_keys(context: ContextDependency) -> Response[Any]:
    """Handle GET /ui/keys."""
    query, caller = dict(context.query()), context.principal
    cursor = query.get("cursor") or None
    try:
        listed = await api_keys.list_keys(context.services, caller.tenant_id, limit=PAGE_SIZE, cursor=cursor, caller=caller)
    except InvalidCursor:
        raise NotFound("no page for this cursor") from None
    creators = await key_names(context, (row.made_by for row in listed.items if row.made_by))
    return render_page(
        "keys",
        keys=[_view(context, row, creators) for row in listed.items],
        cursor=cursor,
        next_cursor=listed.next_cursor,
        is_revoked=query.get("notice") == "revoked",
        **frame(context, "keys"),
    )


def _view(context: Context, row: ApiKeyRow, creators: dict[str, str]) -> KeyView:
    scope = stored_scope(row.scope)
    writes = write_policy((scope,)) if set(scope.methods) - {"read", "list", "get"} else POLICIES[0]
    return KeyView(
        id=row.id,
        name=row.name,
        role=row.role,
        last4=row.last4,
        is_own=row.id == context.principal.key_id,
        is_unlimited=scope_view(row) == "unlimited",
        writes=writes,
        manages=granted(row.role, scope),
        made_by=None if row.made_by is None else creators.get(row.made_by, row.made_by),
        ends=row.expires_at,
        used=row.last_used_at,
    )


@get("/ui/keys/{id:str}/revoke", opt=signed_in("keys"), include_in_schema=False)
async def ask_about_key(context: ContextDependency) -> Response[Any]:
    """Handle GET /ui/keys/{id}/revoke: ask for confirmation, and list everything that the key created."""
    row = await _key(context)
    descendants = await api_keys.list_descendants(context.services, row.tenant_id, row.id, caller=context.principal)
    return render_page(
        "key_revoke", key=row, descendants=descendants, is_own=row.id == context.principal.key_id, **frame(context, "keys")
    )


@post("/ui/keys/{id:str}/revoke", opt=signed_in("keys"), include_in_schema=False, dependencies=reads_form(SESSION_COOKIE))
async def revoke(context: ContextDependency, form: FormDependency) -> Response[Any]:
    """Handle POST /ui/keys/{id}/revoke."""
    row = await _key(context)
    with_descendants = form.get("descendants") == "1"
    await api_keys.revoke_key(context.services, row.tenant_id, row.id, caller=context.principal, descendants=with_descendants)
    return redirect(f"{ADDRESS}?notice=revoked")


async def _key(context: Context) -> ApiKeyRow:
    caller = context.principal
    return await api_keys.get_key(context.services, caller.tenant_id, context.path("id"), caller=caller)
