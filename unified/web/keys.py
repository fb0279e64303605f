"""The pages of API keys: all that this person could have made, and the end of one, with all that it made shown beforehand."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response

from unified.api.access import SESSION_COOKIE
from unified.api.context import Context
from unified.api.management import shown_scope
from unified.errors import InvalidCursor, NotFound
from unified.service.access import api_keys
from unified.service.access.permissions import granted
from unified.service.access.scopes import POLICIES, stored_scope, write_policy
from unified.store.api_keys import ApiKeyRow
from unified.web.html.forms import kept_secret, read_form
from unified.web.html.rendering import page, redirect
from unified.web.session.layout import frame, key_names

ADDRESS = "/ui/keys"
PAGE_SIZE = 20


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """An API key as the page shows it."""

    id: str
    name: str
    role: str
    last4: str
    is_own: bool
    """Whether it is the key with which this person signed in."""
    is_unlimited: bool
    writes: str
    """A key of the words: `deny`, `approve` or `direct`."""
    manages: tuple[str, ...]
    made_by: str | None
    ends: datetime | None
    used: datetime | None


async def show_keys(context: Context) -> Response[Any]:
    """GET /ui/keys."""
    asked, caller = dict(context.query()), context.principal
    cursor = asked.get("cursor") or None
    try:
        found = await api_keys.list_keys(context.services, caller.tenant_id, limit=PAGE_SIZE, cursor=cursor, caller=caller)
    except InvalidCursor:
        raise NotFound("no such page") from None
    makers = await key_names(context, (row.made_by for row in found.items if row.made_by))
    return page(
        "keys",
        keys=[_view(context, row, makers) for row in found.items],
        cursor=cursor,
        next_cursor=found.next_cursor,
        is_revoked=asked.get("notice") == "revoked",
        **frame(context, "keys"),
    )


def _view(context: Context, row: ApiKeyRow, makers: dict[str, str]) -> KeyView:
    scope = stored_scope(row.scope)
    writes = write_policy((scope,)) if set(scope.methods) - {"read", "list", "get"} else POLICIES[0]
    return KeyView(
        id=row.id,
        name=row.name,
        role=row.role,
        last4=row.last4,
        is_own=row.id == context.principal.key_id,
        is_unlimited=shown_scope(row) == "unlimited",
        writes=writes,
        manages=granted(row.role, scope),
        made_by=None if row.made_by is None else makers.get(row.made_by, row.made_by),
        ends=row.expires_at,
        used=row.last_used_at,
    )


async def ask_about_key(context: Context) -> Response[Any]:
    """GET /ui/keys/{id}/revoke: the question before the end of a key, with all that it made."""
    row = await _key(context)
    made = await api_keys.list_descendants(context.services, row.tenant_id, row.id, caller=context.principal)
    return page("key_revoke", key=row, made=made, is_own=row.id == context.principal.key_id, **frame(context, "keys"))


async def revoke(context: Context) -> Response[Any]:
    """POST /ui/keys/{id}/revoke."""
    fields = await read_form(context, kept_secret(context, SESSION_COOKIE))
    row = await _key(context)
    every = fields.get("descendants") == "1"
    await api_keys.revoke_key(context.services, row.tenant_id, row.id, caller=context.principal, descendants=every)
    return redirect(f"{ADDRESS}?notice=revoked")


async def _key(context: Context) -> ApiKeyRow:
    caller = context.principal
    return await api_keys.get_key(context.services, caller.tenant_id, context.path("id"), caller=caller)
