"""API keys: made, shown once, listed, revoked."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from unified.errors import NotFound, ValidationFailed
from unified.service.narrowing import known_words, narrowed, read_scope
from unified.service.principals import KEY_PREFIX, Principal
from unified.service.services import Services
from unified.service.voids import REQUESTER_GONE, void_for
from unified.store import api_keys
from unified.store.api_keys import ApiKeyRow, Role
from unified.store.pages import Page
from unified.vault.tokens import new_id, new_token


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for when a key is made."""

    name: str
    role: Role
    scope: dict[str, Any] | None = None
    expires_at: str | None = None


async def create_key(services: Services, tenant_id: str, asked: NewKey, *, maker: Principal | None) -> tuple[ApiKeyRow, str]:
    """Make a key within the maker's scope; answers the row and the key itself, which is never shown again."""
    scope = _scope(services, asked, maker)
    token = new_token(KEY_PREFIX)
    row = await api_keys.add(
        services.database,
        tenant_id,
        new_id("key_"),
        name=checked_name(asked.name),
        role=asked.role,
        scope=scope,
        digest=services.digest(token),
        last4=token[-4:],
        expires_at=read_time(asked.expires_at, "expires_at"),
    )
    return row, token


def _scope(services: Services, asked: NewKey, maker: Principal | None) -> dict[str, Any] | None:
    parent = maker.scope if maker else None
    if asked.scope is None:
        return None if parent is None else _stored(parent)
    scope = read_scope(asked.scope, known_words(services.catalog))
    return _stored(scope if parent is None else narrowed(scope, parent))


def _stored(scope: Any) -> dict[str, Any]:
    stored: dict[str, Any] = msgspec.to_builtins(scope)
    return stored


def checked_name(name: str) -> str:
    """A display name of 1 to 200 printable characters, or ValidationFailed."""
    if not 1 <= len(name.strip()) <= 200 or not name.isprintable():  # noqa: PLR2004
        raise ValidationFailed("name: expected 1 to 200 printable characters")
    return name.strip()


def read_time(text: str | None, name: str) -> datetime | None:
    """A time in the future from RFC 3339 text, or ValidationFailed."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValidationFailed(f"{name}: expected a time like 2026-12-31T00:00:00Z (RFC 3339)") from None
    if moment.tzinfo is None:
        raise ValidationFailed(f"{name}: expected a time with its zone, such as 2026-12-31T00:00:00Z")
    if moment <= datetime.now(UTC):
        raise ValidationFailed(f"{name}: expected a time in the future")
    return moment


async def list_keys(services: Services, tenant_id: str, *, limit: int, cursor: str | None) -> Page[ApiKeyRow]:
    """The tenant's keys, without the keys themselves."""
    return await api_keys.list_page(services.database, tenant_id, limit=limit, cursor=cursor)


async def get_key(services: Services, tenant_id: str, key_id: str) -> ApiKeyRow:
    """One key; NotFound also for another tenant's."""
    row = await api_keys.get(services.database, tenant_id, key_id)
    if row is None:
        raise NotFound("no such key")
    return row


async def revoke_key(services: Services, tenant_id: str, key_id: str) -> None:
    """Make a key useless at once; NotFound also for another tenant's."""
    if not await api_keys.revoke(services.database, tenant_id, key_id):
        raise NotFound("no such key")
    services.rows.forget_key(key_id)
    await void_for(services, tenant_id, key_id, REQUESTER_GONE)
