"""List the API keys within the caller's scope, pause one, and revoke one with everything that it created."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.api.views.api_keys import scope_view
from unified.errors.requests import NotFound
from unified.service.access import api_keys
from unified.service.access.permissions import granted
from unified.service.access.scope.scopes import rules_of, stored_scope
from unified.service.access.scope.write_rules import POLICIES
from unified.service.pausing import pause_key
from unified.store.access_pauses import Pause, pause_of
from unified.store.api_keys import ApiKeyRow
from unified.web.collection import PAGE_SIZE, Collection, ask_about, show_list
from unified.web.html.forms import FormDependency
from unified.web.html.rendering import render_page
from unified.web.pauses import chosen_reason
from unified.web.session.layout import frame, key_names
from unified.web.write_rules import rules_in_words

KEYS = Collection(tab="keys", address="/ui/keys", notices=("revoked", "paused", "resumed"))


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
    """How writes go that no rule is about, as the suffix of a message key: `deny`, `approve` or `direct`."""
    rules: tuple[str, ...]
    manages: tuple[str, ...]
    made_by: str | None
    ends: datetime | None
    used: datetime | None
    paused: Pause | None


class KeyPageController(Controller):
    """The keys within the caller's scope."""

    path = KEYS.address
    opt = signed_in("keys")

    @get()
    async def show_keys(
        self, context: ContextDependency, cursor: FromQuery[str] = "", notice: FromQuery[str] = ""
    ) -> Response[Any]:
        """Handle GET /ui/keys."""
        caller = context.principal
        listed = await api_keys.list_keys(
            context.services, caller.tenant_id, limit=PAGE_SIZE, cursor=cursor or None, caller=caller
        )
        creators = await key_names(context, (row.made_by for row in listed.items if row.made_by))
        rows = [_view(context, row, creators) for row in listed.items]
        return show_list(context, KEYS, rows, notice=notice, cursor=cursor, next_cursor=listed.next_cursor)

    @get("/{id:str}/revoke")
    async def ask_about_key(self, context: ContextDependency, key_id: PathId) -> Response[Any]:
        """Handle GET /ui/keys/{id}/revoke: ask for confirmation, and list everything that the key created."""
        row = await _key(context, key_id)
        descendants = await api_keys.list_descendants(context.services, row.tenant_id, row.id, caller=context.principal)
        is_own = row.id == context.principal.key_id
        return render_page("key_revoke", key=row, descendants=descendants, is_own=is_own, **frame(context, "keys"))

    @post("/{id:str}/revoke")
    async def revoke(self, context: ContextDependency, form: FormDependency, key_id: PathId) -> Response[Any]:
        """Handle POST /ui/keys/{id}/revoke."""
        row = await _key(context, key_id)
        every = form.get("descendants") == "1"
        await api_keys.revoke_key(context.services, row.tenant_id, row.id, caller=context.principal, descendants=every)
        return KEYS.finish("revoked")

    @get("/{id:str}/{action:str}")
    async def ask_first(self, context: ContextDependency, key_id: PathId, action: FromPath[str]) -> Response[Any]:
        """Handle GET /ui/keys/{id}/{action}: ask before pausing or resuming the key."""
        _require_known(action)
        row = await _key(context, key_id)
        words = "keys.own.pause" if row.id == context.principal.key_id and action == "pause" else f"keys.{action}"
        return ask_about(context, KEYS, row.id, words, name=row.name)

    @post("/{id:str}/{action:str}")
    async def act(
        self, context: ContextDependency, form: FormDependency, key_id: PathId, action: FromPath[str]
    ) -> Response[Any]:
        """Handle POST /ui/keys/{id}/{action}."""
        _require_known(action)
        row, caller = await _key(context, key_id), context.principal
        reason = chosen_reason(form) if action == "pause" else None
        await pause_key(context.services, caller.tenant_id, row.id, reason, caller=caller)
        return KEYS.finish(f"{action}d")


def _require_known(action: str) -> None:
    if action not in {"pause", "resume"}:
        raise NotFound("unknown action")


def _view(context: Context, row: ApiKeyRow, creators: dict[str, str]) -> KeyView:
    scope = stored_scope(row.scope)
    writes = rules_of(scope).otherwise if set(scope.methods) - {"read", "list", "get"} else POLICIES[0]
    return KeyView(
        id=row.id,
        name=row.name,
        role=row.role,
        last4=row.last4,
        is_own=row.id == context.principal.key_id,
        is_unlimited=scope_view(row) == "unlimited",
        writes=writes,
        rules=rules_in_words(scope),
        manages=granted(row.role, scope),
        made_by=None if row.made_by is None else creators.get(row.made_by, row.made_by),
        ends=row.expires_at,
        used=row.last_used_at,
        paused=pause_of(row.paused),
    )


async def _key(context: Context, key_id: str) -> ApiKeyRow:
    caller = context.principal
    return await api_keys.get_key(context.services, caller.tenant_id, key_id, caller=caller)
