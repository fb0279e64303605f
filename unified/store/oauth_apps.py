"""OAuth apps that tenants registered at providers themselves; client id and secret only as sealed text."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from unified.store.engine.engine import Database
from unified.store.engine.tables import OAUTH_APPS
from unified.store.integrity import guarded


class SealedApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app as stored, with the parts that may be shown."""

    client: str
    """Sealed text: client id and secret."""
    client_id_masked: str
    client_secret_masked: str
    scopes: tuple[str, ...] | None
    """The scopes to request; None for those of the provider file."""


class OAuthAppRow(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's app at one provider."""

    tenant_id: str
    provider: str
    client: str
    client_id_masked: str
    client_secret_masked: str
    scopes: list[str] | None
    created_at: datetime
    updated_at: datetime


async def put(database: Database, tenant_id: str, provider: str, app: SealedApp) -> OAuthAppRow:
    """Write the tenant's app for a provider, replacing an existing one."""
    now = database.clock()
    values = msgspec.structs.asdict(app) | {"scopes": None if app.scopes is None else list(app.scopes), "updated_at": now}
    try:
        return await _put(database, tenant_id, provider, values)
    except IntegrityError:
        return await _put(database, tenant_id, provider, values)  # another caller inserted it first


async def _put(database: Database, tenant_id: str, provider: str, values: dict[str, Any]) -> OAuthAppRow:
    own = _own(tenant_id, provider)
    async with database.write() as connection:
        changed = await guarded.update(connection, OAUTH_APPS, own, values, OAuthAppRow)
        if changed:
            return changed[0]
        await connection.execute(sa.delete(OAUTH_APPS).where(own))  # a row with an invalid mark is replaced
        row = OAuthAppRow(tenant_id=tenant_id, provider=provider, created_at=values["updated_at"], **values)
        await guarded.insert(connection, OAUTH_APPS, msgspec.structs.asdict(row))
    return row


async def get(database: Database, tenant_id: str, provider: str) -> OAuthAppRow | None:
    """Return the tenant's app for a provider, or None."""
    async with database.read() as connection:
        query = sa.select(OAUTH_APPS).where(_own(tenant_id, provider))
        return await guarded.fetch_one(connection, query, OAUTH_APPS, OAuthAppRow)


async def list_all(database: Database, tenant_id: str) -> tuple[OAuthAppRow, ...]:
    """Return the tenant's apps, at most one for each provider."""
    query = sa.select(OAUTH_APPS).where(OAUTH_APPS.c.tenant_id == tenant_id).order_by(OAUTH_APPS.c.provider)
    async with database.read() as connection:
        return tuple(await guarded.fetch(connection, query, OAUTH_APPS, OAuthAppRow))


async def delete(database: Database, tenant_id: str, provider: str) -> bool:
    """Delete the tenant's app for a provider; False when there was none."""
    async with database.write() as connection:
        return (await connection.execute(sa.delete(OAUTH_APPS).where(_own(tenant_id, provider)))).rowcount > 0


def _own(tenant_id: str, provider: str) -> sa.ColumnElement[bool]:
    return sa.and_(OAUTH_APPS.c.tenant_id == tenant_id, OAUTH_APPS.c.provider == provider)
