"""OAuth apps that tenants registered at providers themselves; client id and secret as sealed text only."""

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Executable, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from unified.store.engine import Database
from unified.store.pages import columns
from unified.store.tables import OAUTH_APPS


class SealedApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app as it is stored, with what may be shown of it beside."""

    client: str
    """Sealed text: client id and secret."""
    client_id_masked: str
    client_secret_masked: str
    scopes: tuple[str, ...] | None
    """The scopes to ask for; None asks for those of the provider file."""


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


_COLUMNS = columns(OAUTH_APPS, OAuthAppRow)


async def put(database: Database, tenant_id: str, provider: str, app: SealedApp) -> OAuthAppRow:
    """Write the tenant's app for a provider, in place of one that may be there."""
    now = database.clock()
    values = msgspec.structs.asdict(app) | {"scopes": None if app.scopes is None else list(app.scopes), "updated_at": now}
    change = update(OAUTH_APPS).where(_own(tenant_id, provider)).values(values).returning(*_COLUMNS)
    row = values | {"tenant_id": tenant_id, "provider": provider, "created_at": now}
    try:
        written = await _written(database, change) or await _written(
            database, insert(OAUTH_APPS).values(row).returning(*_COLUMNS)
        )
    except IntegrityError:
        written = await _written(database, change)  # another caller inserted it first
        if written is None:
            raise
    assert written is not None, "an insert returns its row or raises"
    return written


async def get(database: Database, tenant_id: str, provider: str) -> OAuthAppRow | None:
    """The tenant's app for a provider, or None."""
    async with database.read() as connection:
        query = select(*_COLUMNS).where(_own(tenant_id, provider))
        found = (await connection.execute(query)).mappings().first()
    return OAuthAppRow(**found) if found else None


async def list_all(database: Database, tenant_id: str) -> tuple[OAuthAppRow, ...]:
    """The tenant's apps by provider; there is at most one for each."""
    query = select(*_COLUMNS).where(OAUTH_APPS.c.tenant_id == tenant_id).order_by(OAUTH_APPS.c.provider)
    async with database.read() as connection:
        return tuple(OAuthAppRow(**found) for found in (await connection.execute(query)).mappings())


async def delete_one(database: Database, tenant_id: str, provider: str) -> bool:
    """Delete the tenant's app for a provider; False when there was none."""
    async with database.write() as connection:
        return (await connection.execute(delete(OAUTH_APPS).where(_own(tenant_id, provider)))).rowcount > 0


async def _written(database: Database, query: Executable) -> OAuthAppRow | None:
    async with database.write() as connection:
        found = (await connection.execute(query)).mappings().first()
    return OAuthAppRow(**found) if found else None


def _own(tenant_id: str, provider: str) -> ColumnElement[bool]:
    return and_(OAUTH_APPS.c.tenant_id == tenant_id, OAUTH_APPS.c.provider == provider)
