"""API keys as rows; `unified.store.bearer_tokens` finds, lists and revokes them."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from unified.store.bearer_tokens import TokenKind
from unified.store.engine.tables import API_KEYS

Role = Literal["admin", "app", "approver"]


class ApiKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One key that was not revoked, without its digest."""

    id: str
    tenant_id: str
    name: str
    role: Role
    scope: dict[str, Any] | None
    """The scope as JSON values; None for a key that version 0.1 created without one."""
    made_by: str | None = None
    """The id of the key that created it; None when it was created on the command line."""
    last4: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = None
    paused: dict[str, Any] | None = None
    """When, by whom and why it was paused, as `unified.store.access_pauses` wrote it; None while it works."""
    use_limits: list[dict[str, Any]] | None = None
    """Its own limits of use and those of every key above it (`unified.service.access.use.use_limits`); None without any."""


KEYS = TokenKind(table=API_KEYS, row=ApiKeyRow)
