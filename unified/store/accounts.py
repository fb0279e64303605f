"""Accounts: a tenant's connections to providers, with their credentials as sealed text only.

A function for a change that webhooks report takes another one that creates the event; both are written together.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec
import sqlalchemy as sa
from msgspec import UNSET, UnsetType

from unified.errors.writes import Conflict
from unified.store.deliveries import Event, enqueue
from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.changes import announce
from unified.store.engine.engine import Database
from unified.store.engine.tables import ACCOUNTS
from unified.store.integrity import guarded
from unified.store.queries.lookups import Lookup, look_up

AccountStatus = Literal["active", "connecting", "needs_reauth", "disabled"]
STATUSES: tuple[AccountStatus, ...] = get_args(AccountStatus)


class SealedCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials as stored: sealed, with the parts that may be shown."""

    sealed: str
    type: str
    masked: str
    expires_at: datetime | None = None
    refreshable: bool = False
    """Whether a new token can be obtained without the account's owner."""


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """One account; the `credentials…` fields are None until it is connected."""

    id: str
    tenant_id: str
    provider: str
    name: str
    external_id: str | None
    settings: dict[str, Any]
    resources: dict[str, list[str]] | None
    """The boundary: maps the model of a resource to the chosen ids; None for no boundary."""
    consent: dict[str, Any] | None = None
    """The consent of its owner on the connect page, as a scope; None for an account that was connected in another way."""
    status: AccountStatus
    status_reason: str | None
    credentials: str | None
    """Sealed text; the store never sees its content."""
    credentials_type: str | None
    credentials_masked: str | None
    credentials_issued_at: datetime | None
    """When these credentials were written."""
    credentials_expires_at: datetime | None
    credentials_version: int
    """Grows by one with each change of the credentials: a fence against a late refresh that would overwrite newer ones."""
    credentials_refreshable: bool
    connections: int
    """How often it was connected: grows with each reconnection and each change of its settings, not with a refresh."""
    refresh_unfinished: int
    """Refreshes that began with these credentials and have an unknown outcome."""
    refresh_lease_until: datetime | None
    """When the lease of a running refresh ends; if its process dies, the lease expires."""
    refresh_not_before: datetime | None
    """No refresh before this time, because the provider's token endpoint failed."""
    version: int
    """Grows by one with each change, for callers that must not overwrite a newer state."""
    created_at: datetime
    updated_at: datetime


class AccountChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The fields to change; a field left out stays as it is, None clears it."""

    name: str | UnsetType = UNSET
    external_id: str | UnsetType | None = UNSET
    settings: dict[str, Any] | UnsetType = UNSET
    status: AccountStatus | UnsetType = UNSET
    status_reason: str | UnsetType | None = UNSET
    resources: dict[str, list[str]] | UnsetType | None = UNSET
    consent: dict[str, Any] | UnsetType | None = UNSET
    credentials: SealedCredentials | UnsetType | None = UNSET
    resealed: str | UnsetType = UNSET
    """The same credentials, sealed for the new settings."""


EventOf = Callable[[AccountRow], Event]
"""Creates the event from the account as it is after the change, or as it was before it was deleted."""
EventBetween = Callable[[AccountRow, AccountRow], Event | None]
"""Creates the event from the account before and after a change; None when there is nothing to report."""
FIRST_CONNECTION = 1
"""The `connections` of a new account."""
REPLACED: dict[str, Any] = {
    "credentials_version": ACCOUNTS.c.credentials_version + 1,
    "refresh_lease": None,
    "refresh_lease_until": None,
    "refresh_unfinished": 0,
    "refresh_not_before": None,
}
"""Changes that go with new credentials: they pass the fence, and refreshes of the old ones no longer count."""


_BY_ID = Lookup(ACCOUNTS, AccountRow)


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
    consent: dict[str, Any] | None = None,
    within: AsyncConnection | None = None,
    event_of: EventOf | None = None,
) -> AccountRow:
    """Add an account under a new id (`acc_…`), in the transaction of `within` if there is one."""
    now = database.clock()
    values: dict[str, Any] = {
        "id": account_id,
        "tenant_id": tenant_id,
        "provider": provider,
        "name": name,
        "external_id": external_id,
        "settings": settings or {},
        "resources": None,
        "consent": consent,
        "status": status,
        "status_reason": status_reason,
        **credential_values(credentials, now),
        "credentials_version": 1 if credentials else 0,
        "connections": FIRST_CONNECTION,
        "refresh_unfinished": 0,
        "refresh_lease_until": None,
        "refresh_not_before": None,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    row = AccountRow(**values)
    async with database.write(within) as connection:
        await guarded.insert(connection, ACCOUNTS, values)
        if event_of is not None:
            await enqueue(database, connection, tenant_id, event_of(row))
    return row


async def get(database: Database, tenant_id: str, account_id: str) -> AccountRow | None:
    """Return the tenant's account; None when it is unknown or another tenant's."""
    return await look_up(database, _BY_ID, tenant_id, account_id)


async def update(
    database: Database,
    tenant_id: str,
    account_id: str,
    changes: AccountChanges,
    *,
    version: int | None = None,
    within: AsyncConnection | None = None,
    event_of: EventBetween | None = None,
) -> AccountRow | None:
    """Write the changes and return the new row; None when the account is unknown or another tenant's.

    With `within`, the change joins that transaction.

    Raises:
        Conflict: A `version` is given and the row is no longer at that version.
    """
    now = database.clock()
    async with database.write(within) as connection:
        before = await _get(connection, tenant_id, account_id, lock=True)
        if before is None:
            return None
        if version is not None and before.version != version:
            raise Conflict(
                f"The account {account_id} was changed by someone else: expected version {version}, "
                f"found {before.version}. Read it again and repeat the change."
            )
        values = {**bump_version(now), **_changed(changes, before, now)}
        (after,) = await guarded.update(connection, ACCOUNTS, by_id(tenant_id, account_id), values, AccountRow)
        created = event_of(before, after) if event_of is not None else None
        if created is not None:
            await enqueue(database, connection, tenant_id, created)
    return after


async def transition(
    database: Database,
    tenant_id: str,
    account_id: str,
    *,
    to: AccountStatus,
    reason: str | None,
    event_of: EventOf,
    expected: AccountStatus | None = None,
    credentials_version: int | None = None,
    also: Mapping[str, Any] | None = None,
) -> AccountRow | None:
    """Bring the account into a status and enqueue the event once, however many callers do so at the same time.

    Returns:
        The row for the one caller that changed it. None for the others, who find the account in that status, and when it
        is unknown, another tenant's, not in the `expected` status, or has credentials of another `credentials_version`.
        `also` holds further columns to write.
    """
    values = {**bump_version(database.clock()), **(also or {}), "status": to, "status_reason": reason}
    conditions = [by_id(tenant_id, account_id), ACCOUNTS.c.status != to]
    if expected is not None:
        conditions.append(ACCOUNTS.c.status == expected)
    if credentials_version is not None:
        conditions.append(ACCOUNTS.c.credentials_version == credentials_version)
    async with database.write() as connection:
        announce(connection, ACCOUNTS, tenant_id, account_id)  # also without a match: the caller's copy is not the newest then
        rows = await guarded.update(connection, ACCOUNTS, sa.and_(*conditions), values, AccountRow)
        if not rows:
            return None
        row = rows[0]
        await enqueue(database, connection, tenant_id, event_of(row))
    return row


async def delete(database: Database, tenant_id: str, account_id: str, *, event_of: EventOf | None = None) -> bool:
    """Delete the account with its credentials and idempotency marks; False when there was none."""
    async with database.write() as connection:
        rows = await guarded.delete(connection, ACCOUNTS, by_id(tenant_id, account_id), AccountRow)
        if rows and event_of is not None:
            await enqueue(database, connection, tenant_id, event_of(rows[0]))
    return bool(rows)


def bump_version(now: datetime) -> dict[str, Any]:
    """Return the columns to change with every change of an account that callers must notice."""
    return {"version": ACCOUNTS.c.version + 1, "updated_at": now}


def by_id(tenant_id: str, account_id: str) -> sa.ColumnElement[bool]:
    """Return the condition of every query on one account: its id and its tenant."""
    return sa.and_(ACCOUNTS.c.tenant_id == tenant_id, ACCOUNTS.c.id == account_id)


async def _get(connection: AsyncConnection, tenant_id: str, account_id: str, *, lock: bool = False) -> AccountRow | None:
    """Return the row; with `lock` it waits for others that change it, and the row cannot change until the transaction ends."""
    query = sa.select(ACCOUNTS).where(by_id(tenant_id, account_id))
    query = query.with_for_update(key_share=True) if lock else query
    return await guarded.fetch_one(connection, query, ACCOUNTS, AccountRow)


def _changed(changes: AccountChanges, before: AccountRow, now: datetime) -> dict[str, Any]:
    sealed = {"credentials", "resealed"}
    values = {name: getattr(changes, name) for name in changes.__struct_fields__ if name not in sealed}
    if changes.resealed is not UNSET:
        values["credentials"] = changes.resealed
    if changes.credentials is not UNSET:
        values |= credential_values(changes.credentials, now) | REPLACED
    if changes.credentials is not UNSET or changes.settings is not UNSET:
        values["connections"] = before.connections + 1
    return {name: value for name, value in values.items() if value is not UNSET}


def credential_values(credentials: SealedCredentials | None, now: datetime) -> dict[str, Any]:
    """Return the columns of an account's credentials."""
    return {
        "credentials": credentials.sealed if credentials else None,
        "credentials_type": credentials.type if credentials else None,
        "credentials_masked": credentials.masked if credentials else None,
        "credentials_issued_at": now if credentials else None,
        "credentials_expires_at": credentials.expires_at if credentials else None,
        "credentials_refreshable": credentials.refreshable if credentials else False,
    }
