"""Accounts: a tenant's connections to providers, with their credentials as sealed text only."""

from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from msgspec import UNSET, UnsetType
from sqlalchemy.ext.asyncio import AsyncConnection

from unified.errors import Conflict
from unified.store.engine import Database
from unified.store.pages import DEFAULT_LIMIT, Page, columns, fetch_page
from unified.store.tables import ACCOUNTS

AccountStatus = Literal["active", "connecting", "needs_reauth", "disabled"]


class SealedCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials as they are stored: sealed, with what may be shown of them beside."""

    sealed: str
    type: str
    masked: str
    expires_at: datetime | None = None


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """One account; the `credentials…` are None until it was connected."""

    id: str
    tenant_id: str
    provider: str
    name: str
    external_id: str | None
    settings: dict[str, Any]
    status: AccountStatus
    status_reason: str | None
    credentials: str | None
    """Sealed text; the store never sees what is in it."""
    credentials_type: str | None
    credentials_masked: str | None
    credentials_expires_at: datetime | None
    credentials_version: int
    """Grows by one with each change of the credentials: the fence that keeps a late refresh from writing over newer ones."""
    refresh_unfinished: int
    """Refreshes that began with these credentials and whose outcome is not known."""
    refresh_not_before: datetime | None
    """No refresh earlier than this, after the provider's token endpoint failed."""
    version: int
    """Grows by one with each change, for callers that must not write over a newer state."""
    created_at: datetime
    updated_at: datetime


class AccountChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; a field left out stays as it is, None clears."""

    name: str | UnsetType = UNSET
    external_id: str | UnsetType | None = UNSET
    settings: dict[str, Any] | UnsetType = UNSET
    status: AccountStatus | UnsetType = UNSET
    status_reason: str | UnsetType | None = UNSET
    credentials: SealedCredentials | UnsetType | None = UNSET


_COLUMNS = columns(ACCOUNTS, AccountRow)
REPLACED: dict[str, Any] = {
    "credentials_version": ACCOUNTS.c.credentials_version + 1,
    "refresh_lease": None,
    "refresh_lease_until": None,
    "refresh_unfinished": 0,
    "refresh_not_before": None,
}
"""What goes with new credentials: the fence is passed, and nothing of a refresh of the old ones counts any more."""


async def add(
    database: Database,
    tenant_id: str,
    account_id: str,
    *,
    provider: str,
    name: str,
    external_id: str | None = None,
    settings: dict[str, Any] | None = None,
    status: AccountStatus = "active",
    status_reason: str | None = None,
    credentials: SealedCredentials | None = None,
    within: AsyncConnection | None = None,
) -> AccountRow:
    """Add an account under a fresh id (`acc_…`), in the transaction of `within` if there is one."""
    now = database.clock()
    values: dict[str, Any] = {
        "id": account_id,
        "tenant_id": tenant_id,
        "provider": provider,
        "name": name,
        "external_id": external_id,
        "settings": settings or {},
        "status": status,
        "status_reason": status_reason,
        **_credential_values(credentials),
        "credentials_version": 1 if credentials else 0,
        "refresh_unfinished": 0,
        "refresh_not_before": None,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    async with database.write(within) as connection:
        await connection.execute(sa.insert(ACCOUNTS).values(values))
    return AccountRow(**values)


async def get(database: Database, tenant_id: str, account_id: str) -> AccountRow | None:
    """The tenant's account, or None when it is unknown or another tenant's."""
    async with database.read() as connection:
        return await _get(connection, tenant_id, account_id)


async def list_page(
    database: Database,
    tenant_id: str,
    *,
    provider: str | None = None,
    status: AccountStatus | None = None,
    external_id: str | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[AccountRow]:
    """The tenant's accounts that match all filters given, oldest first; raises InvalidCursor."""
    filters = {"provider": provider, "status": status, "external_id": external_id}
    query = sa.select(*_COLUMNS).where(ACCOUNTS.c.tenant_id == tenant_id)
    for column, wanted in filters.items():
        if wanted is not None:
            query = query.where(ACCOUNTS.c[column] == wanted)
    async with database.read() as connection:
        return await fetch_page(connection, query, ACCOUNTS, AccountRow, limit=limit, cursor=cursor)


async def update(
    database: Database,
    tenant_id: str,
    account_id: str,
    changes: AccountChanges,
    *,
    version: int | None = None,
    within: AsyncConnection | None = None,
) -> AccountRow | None:
    """Write the changes and answer the new row; None when the account is unknown or another tenant's.

    With `version`, raises Conflict when the row is no longer at that version. With `within`, joins that transaction.
    """
    values = {"version": ACCOUNTS.c.version + 1, "updated_at": database.clock(), **_changed(changes)}
    query = sa.update(ACCOUNTS).where(_own(tenant_id, account_id)).values(values).returning(*_COLUMNS)
    if version is not None:
        query = query.where(ACCOUNTS.c.version == version)
    async with database.write(within) as connection:
        found = (await connection.execute(query)).mappings().first()
        if found:
            return AccountRow(**found)
        if now := await _get(connection, tenant_id, account_id):
            raise Conflict(
                f"The account {account_id} was changed by someone else: expected version {version}, "
                f"found {now.version}. Read it again and repeat the change."
            )
    return None


async def delete(database: Database, tenant_id: str, account_id: str) -> bool:
    """Delete the account with its credentials and idempotency marks; False when there was none."""
    async with database.write() as connection:
        return (await connection.execute(sa.delete(ACCOUNTS).where(_own(tenant_id, account_id)))).rowcount > 0


def _own(tenant_id: str, account_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(ACCOUNTS.c.tenant_id == tenant_id, ACCOUNTS.c.id == account_id)


async def _get(connection: AsyncConnection, tenant_id: str, account_id: str) -> AccountRow | None:
    query = sa.select(*_COLUMNS).where(_own(tenant_id, account_id))
    found = (await connection.execute(query)).mappings().first()
    return AccountRow(**found) if found else None


def _changed(changes: AccountChanges) -> dict[str, Any]:
    values = {name: getattr(changes, name) for name in changes.__struct_fields__ if name != "credentials"}
    if changes.credentials is not UNSET:
        values |= _credential_values(changes.credentials) | REPLACED
    return {name: value for name, value in values.items() if value is not UNSET}


def _credential_values(credentials: SealedCredentials | None) -> dict[str, Any]:
    return {
        "credentials": credentials.sealed if credentials else None,
        "credentials_type": credentials.type if credentials else None,
        "credentials_masked": credentials.masked if credentials else None,
        "credentials_expires_at": credentials.expires_at if credentials else None,
    }
