"""Connect links: one-shot and expiring. Tokens and states are stored as digests, the state of an attempt as sealed text.

A link goes `open` -> `completed`, or `failed` after an unsuccessful attempt; a failed link can be tried again. The queries
that an attempt uses leave out expired and completed links, so no caller can forget to check.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, and_, delete, func, select, update

from unified.store.deliveries import Event, enqueue
from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.engine import Database
from unified.store.engine.tables import CONNECT_LINKS
from unified.store.integrity import guarded
from unified.store.queries.pages import IsSeen, Page, fetch_page

LinkState = Literal["open", "completed", "failed", "revoked"]
USABLE: tuple[LinkState, ...] = ("open", "failed")
RETENTION_AFTER_EXPIRY = timedelta(days=1)
"""How long after its expiry the tenant can still look up the outcome of a link."""


class ConnectLinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """One link, without the digests of its token and state."""

    id: str
    tenant_id: str
    provider: str | None
    providers: list[str] | None = None
    """The providers to choose from; None for all."""
    scope: dict[str, Any] | None = None
    """The access that the page lists and the account keeps as its consent; None to leave the consent of an account as it is."""
    language: str | None = None
    """The language of the pages; None for the one that the browser prefers."""
    reconnects: str | None
    """The account to reconnect."""
    name: str | None
    external_id: str | None
    return_url: str | None
    status: LinkState
    status_reason: str | None
    """Why the last attempt failed, as a stable code."""
    account_id: str | None
    """The account that was connected."""
    made_by: str | None = None
    """The id of the API key that created it."""
    browser: bytes | None
    """Digest of the secret of the browser in which the current attempt began."""
    attempt: str | None
    """Sealed text: the state of the current attempt."""
    created_at: datetime
    expires_at: datetime
    tries: int = 0
    """Attempts with a key, a password or a code that the provider refused, or that are in progress."""
    failures: int = 0
    """Failed attempts that were reported."""


_NO_ATTEMPT: dict[str, Any] = {"browser": None, "state": None, "attempt": None, "attempt_expires_at": None}


async def add(
    database: Database,
    tenant_id: str,
    link_id: str,
    *,
    digest: bytes,
    provider: str | None,
    reconnects: str | None,
    name: str | None,
    external_id: str | None,
    return_url: str | None,
    expires_at: datetime,
    providers: list[str] | None = None,
    scope: dict[str, Any] | None = None,
    language: str | None = None,
    made_by: str | None = None,
) -> ConnectLinkRow:
    """Add a link under a new id (`con_…`); `digest` is that of its token."""
    row = ConnectLinkRow(
        id=link_id,
        tenant_id=tenant_id,
        provider=provider,
        providers=providers,
        scope=scope,
        language=language,
        reconnects=reconnects,
        name=name,
        external_id=external_id,
        return_url=return_url,
        status="open",
        status_reason=None,
        account_id=None,
        made_by=made_by,
        browser=None,
        attempt=None,
        created_at=database.clock(),
        expires_at=expires_at,
    )
    async with database.write() as connection:
        await guarded.insert(connection, CONNECT_LINKS, msgspec.structs.asdict(row) | {"digest": digest})
    return row


async def get(database: Database, tenant_id: str, link_id: str) -> ConnectLinkRow | None:
    """Return the tenant's link in any state; None when it is unknown or another tenant's."""
    return await _first(database, CONNECT_LINKS.c.tenant_id == tenant_id, CONNECT_LINKS.c.id == link_id)


async def list_page(
    database: Database,
    tenant_id: str,
    *,
    status: LinkState | None = None,
    limit: int,
    cursor: str | None = None,
    is_seen: IsSeen[ConnectLinkRow] | None = None,
) -> Page[ConnectLinkRow]:
    """Return the tenant's links, newest first; those that expired more than a day ago are deleted.

    Raises:
        InvalidCursor: The cursor is not one of a previous page.
    """
    query = select(CONNECT_LINKS).where(CONNECT_LINKS.c.tenant_id == tenant_id)
    if status is not None:
        query = query.where(CONNECT_LINKS.c.status == status)
    async with database.read() as connection:
        return await fetch_page(
            connection, query, CONNECT_LINKS, ConnectLinkRow, limit=limit, cursor=cursor, is_seen=is_seen, newest_first=True
        )


async def find_usable(database: Database, link_id: str, digest: bytes) -> ConnectLinkRow | None:
    """Return the link that has this token, unless it expired or was used; no tenant is known before this."""
    return await _first(database, CONNECT_LINKS.c.id == link_id, CONNECT_LINKS.c.digest == digest, _usable(database))


async def accounts_of(database: Database, tenant_id: str, makers: Collection[str]) -> set[str]:
    """Return the accounts that were connected or reconnected through links that these keys created and that still exist."""
    query = select(CONNECT_LINKS).where(CONNECT_LINKS.c.tenant_id == tenant_id, CONNECT_LINKS.c.made_by.in_(makers))
    async with database.read() as connection:
        links = await guarded.fetch(connection, query, CONNECT_LINKS, ConnectLinkRow)
    return {link.account_id for link in links if link.account_id is not None}


async def count_usable(database: Database, tenant_id: str, account_id: str) -> int:
    """Return how many links that can still be used reconnect this account."""
    own = and_(CONNECT_LINKS.c.tenant_id == tenant_id, CONNECT_LINKS.c.reconnects == account_id)
    query = select(func.count()).select_from(CONNECT_LINKS).where(own, _usable(database))
    async with database.read() as connection:
        return int((await connection.execute(query)).scalar_one())


async def begin_attempt(
    database: Database,
    tenant_id: str,
    link_id: str,
    *,
    state: bytes,
    browser: bytes,
    attempt: str,
    expires_at: datetime,
) -> bool:
    """Record an attempt in place of the current one, if any; False when the link expired or was used."""
    values = {"state": state, "browser": browser, "attempt": attempt, "attempt_expires_at": expires_at}
    usable_link = and_(_own(tenant_id, link_id), _usable(database))
    async with database.write() as connection:
        return bool(await _changed(connection, usable_link, values))


async def spend_state(database: Database, state: bytes) -> ConnectLinkRow | None:
    """Return the link whose current attempt has this state; only once, because it erases the state's digest.

    An attempt may end after its link expired, within its own ten minutes. No tenant is known before this.
    """
    running = and_(
        CONNECT_LINKS.c.state == state,
        CONNECT_LINKS.c.status.in_(USABLE),
        CONNECT_LINKS.c.attempt_expires_at > database.clock(),
    )
    async with database.write() as connection:
        links = await _changed(connection, running, {"state": None})
    return links[0] if links else None


async def hold_attempt(database: Database, tenant_id: str, link_id: str, *, browser: bytes, attempt: str) -> bool:
    """Keep the result of the current attempt, once its state was spent.

    False when another one began, or one of another browser even ended, or the link has ended.
    """
    spent = and_(_not_used(tenant_id, link_id), CONNECT_LINKS.c.state.is_(None), CONNECT_LINKS.c.browser == browser)
    async with database.write() as connection:
        return bool(await _changed(connection, spent, {"attempt": attempt}))


async def find_attempt(database: Database, link_id: str, browser: bytes) -> ConnectLinkRow | None:
    """Return the link whose current attempt this browser began; no tenant is known before this."""
    return await _first(database, CONNECT_LINKS.c.id == link_id, CONNECT_LINKS.c.browser == browser)


async def complete(connection: AsyncConnection, tenant_id: str, link_id: str, *, account_id: str) -> bool:
    """Complete the link in the transaction that writes its account; False when another attempt was first."""
    values = {"status": "completed", "status_reason": None, "account_id": account_id} | _NO_ATTEMPT
    return bool(await _changed(connection, _not_used(tenant_id, link_id), values))


async def fail(
    database: Database, tenant_id: str, link_id: str, *, reason: str, most: int | None = None, event: Event | None = None
) -> bool:
    """Record why an attempt failed; a link that was used in the meantime, and a newer attempt, are left alone.

    Returns:
        Whether to report it: fewer than `most` failures were reported. Then the event is enqueued in the same transaction.
    """
    values = {"status": "failed", "status_reason": reason}
    left = [] if most is None else [CONNECT_LINKS.c.failures < most]
    counted = update(CONNECT_LINKS).where(_own(tenant_id, link_id), *left).values(failures=CONNECT_LINKS.c.failures + 1)
    async with database.write() as connection:
        await _changed(connection, _not_used(tenant_id, link_id), values)
        is_reported = (await connection.execute(counted)).rowcount > 0
        if is_reported and event is not None:
            await enqueue(database, connection, tenant_id, event)
    return is_reported


async def begin_try(database: Database, tenant_id: str, link_id: str, *, most: int) -> int | None:
    """Count an attempt in advance; return its number, None when none is left or the link was used or revoked.

    Whether it has expired is not asked: an attempt may end after its link expired.
    """
    left = and_(_not_used(tenant_id, link_id), CONNECT_LINKS.c.tries < most)
    async with database.write() as connection:
        rows = await _changed(connection, left, {"tries": CONNECT_LINKS.c.tries + 1})
    return rows[0].tries if rows else None


async def forgive_try(database: Database, tenant_id: str, link_id: str) -> None:
    """Uncount an attempt that the provider did not refuse."""
    counted = and_(_own(tenant_id, link_id), CONNECT_LINKS.c.tries > 0)
    async with database.write() as connection:
        await _changed(connection, counted, {"tries": CONNECT_LINKS.c.tries + -1})


async def end(database: Database, tenant_id: str, link_id: str) -> None:
    """Revoke a link that was not used, and its attempt: one that returns later completes nothing."""
    async with database.write() as connection:
        await _changed(
            connection, _not_used(tenant_id, link_id), {"status": "revoked", "expires_at": database.clock(), **_NO_ATTEMPT}
        )


async def find_any(database: Database, link_id: str, digest: bytes) -> ConnectLinkRow | None:
    """Return the link that has this token in any state, to say why it does not work; never use it to connect."""
    return await _first(database, CONNECT_LINKS.c.id == link_id, CONNECT_LINKS.c.digest == digest)


async def purge_expired(database: Database) -> int:
    """Delete the links of all tenants a day after they expired, for housekeeping; return how many there were."""
    query = delete(CONNECT_LINKS).where(CONNECT_LINKS.c.expires_at <= database.clock() - RETENTION_AFTER_EXPIRY)
    async with database.write() as connection:
        return (await connection.execute(query)).rowcount


def _own(tenant_id: str, link_id: str) -> ColumnElement[bool]:
    return and_(CONNECT_LINKS.c.tenant_id == tenant_id, CONNECT_LINKS.c.id == link_id)


def _not_used(tenant_id: str, link_id: str) -> ColumnElement[bool]:
    return and_(_own(tenant_id, link_id), CONNECT_LINKS.c.status.in_(USABLE))


def _usable(database: Database) -> ColumnElement[bool]:
    return and_(CONNECT_LINKS.c.status.in_(USABLE), CONNECT_LINKS.c.expires_at > database.clock())


async def _first(database: Database, *conditions: ColumnElement[bool]) -> ConnectLinkRow | None:
    query = select(CONNECT_LINKS).where(*conditions)
    async with database.read() as connection:
        return await guarded.fetch_one(connection, query, CONNECT_LINKS, ConnectLinkRow)


async def _changed(connection: AsyncConnection, condition: ColumnElement[bool], values: dict[str, Any]) -> list[ConnectLinkRow]:
    return await guarded.update(connection, CONNECT_LINKS, condition, values, ConnectLinkRow)
