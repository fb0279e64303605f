"""API keys as responses show them."""

from typing import Any, Literal

import msgspec

from unified.api.views.lists import view_of
from unified.api.views.use import use_view
from unified.service.access.permissions import ROLES, granted
from unified.service.access.scope.scopes import UNLIMITED, stored_scope
from unified.service.access.use.use_limits import UseLimits
from unified.service.access.use.windows import Window
from unified.store.access_pauses import Pause
from unified.store.api_keys import ApiKeyRow, Role
from unified.text.parsing_times import Moment


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """An API key without the key itself."""

    id: str
    """`key_…`, not the key itself."""
    name: str
    """For people; need not be unique."""
    last4: str
    """The last four characters of the key."""
    role: Role
    scope: dict[str, Any] | Literal["unlimited"]
    """The scope of the key; `unlimited` for a key without limits."""
    made_by: str | None
    """The API key that made it; null when it was made on the command line."""
    expires_at: Moment | None
    """When it stops working; null for never."""
    created_at: Moment
    """When it was made."""
    last_used_at: Moment | None
    """When a request last came with it, give or take a minute; null for never."""
    paused: Pause | None
    """When, by whom and why it was paused; null while it works."""
    limits: UseLimits
    """How much it may do by its own limits; those of the keys above it hold too."""
    window: Window | None
    """When it may be used by its own hours; null for always."""


class KeyCreated(KeyView, frozen=True, kw_only=True):
    """A new API key; the only answer that holds the key itself."""

    key: str
    """`uk_…`, for the header `Authorization: Bearer`. It cannot be shown again."""


def key_view(row: ApiKeyRow) -> KeyView:
    """Return a key without its secret."""
    return view_of(KeyView, row, scope=scope_view(row), **use_view(row))


def scope_view(row: ApiKeyRow) -> dict[str, Any] | Literal["unlimited"]:
    """Return the scope of a key, or the word for a scope without limits."""
    scope = stored_scope(row.scope)
    if msgspec.structs.replace(scope, manage=UNLIMITED.manage) == UNLIMITED and set(granted(row.role, scope)) == set(
        ROLES[row.role]
    ):
        return "unlimited"
    return row.scope or {}


def key_created(row: ApiKeyRow, token: str) -> KeyCreated:
    """Return a key with its secret, which is shown once."""
    return view_of(KeyCreated, row, scope=scope_view(row), key=token, **use_view(row))
