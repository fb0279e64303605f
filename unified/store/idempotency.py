"""Marks of writes that carried an Idempotency-Key: digests and the outcome, never a body.

A mark goes `in_progress` -> `done`, or `unknown` when the provider's response did not arrive; a repetition is then
answered from the mark. An expired mark counts as absent. One that stays `in_progress` is of a process that ended meanwhile.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from unified.errors.requests import NotFound
from unified.store.engine.engine import Database
from unified.store.engine.tables import APPROVALS, IDEMPOTENCY
from unified.store.queries.pages import columns

GONE = 410
"""The HTTP status in a mark whose record was deleted."""
MAX_BEGINS = 3
"""How often setting a mark is tried when there was one, and none a moment later; without an account it never succeeds."""
IdempotencyOutcome = Literal["done", "unknown"]


class IdempotencyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One mark."""

    tenant_id: str
    account_id: str
    key_digest: bytes
    request_digest: bytes
    model: str
    operation: str
    status: Literal["in_progress", "done", "unknown"]
    http_status: int | None
    remote_id: str | None
    created_at: datetime
    expires_at: datetime


_COLUMNS = columns(IDEMPOTENCY, IdempotencyRow)


async def begin(
    database: Database,
    tenant_id: str,
    account_id: str,
    key_digest: bytes,
    *,
    request_digest: bytes,
    model: str,
    operation: str,
    expires_at: datetime,
    lost_before: datetime | None = None,
    created_at: datetime | None = None,
) -> Literal["started"] | IdempotencyRow:
    """Set the mark before anything is sent; of several callers with one key, exactly one gets "started".

    The others get the existing mark, of which they must compare the `request_digest`. A mark that is in progress since before
    `lost_before` counts as absent.

    Raises:
        NotFound: The tenant has no such account.
    """
    row = IdempotencyRow(
        tenant_id=tenant_id,
        account_id=account_id,
        key_digest=key_digest,
        request_digest=request_digest,
        model=model,
        operation=operation,
        status="in_progress",
        http_status=None,
        remote_id=None,
        created_at=created_at or database.clock(),
        expires_at=expires_at,
    )
    for _ in range(MAX_BEGINS):
        try:
            await _insert(database, row, lost_before)
        except IntegrityError:
            existing = await get(database, tenant_id, account_id, key_digest)
            if existing is not None:
                return existing
        else:
            return "started"
    raise NotFound(f"No account with the id '{account_id}'.")


async def get(database: Database, tenant_id: str, account_id: str, key_digest: bytes) -> IdempotencyRow | None:
    """Return the mark, unless it expired."""
    valid = IDEMPOTENCY.c.expires_at > database.clock()
    query = select(*_COLUMNS).where(_own(tenant_id, account_id, key_digest), valid)
    async with database.read() as connection:
        row = (await connection.execute(query)).mappings().first()
    return IdempotencyRow(**row) if row else None


async def finish(
    database: Database,
    tenant_id: str,
    account_id: str,
    key_digest: bytes,
    *,
    status: IdempotencyOutcome,
    http_status: int | None = None,
    remote_id: str | None = None,
    created_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """Write the outcome once; False when no mark was in progress, or it is not the one of `created_at`.

    With `expires_at`, the mark counts until then.
    """
    in_progress = IDEMPOTENCY.c.status == "in_progress"
    if created_at is not None:
        in_progress &= IDEMPOTENCY.c.created_at == created_at
    values: dict[str, Any] = {"status": status, "http_status": http_status, "remote_id": remote_id}
    values |= {} if expires_at is None else {"expires_at": expires_at}
    query = update(IDEMPOTENCY).where(_own(tenant_id, account_id, key_digest), in_progress).values(values)
    async with database.write() as connection:
        return (await connection.execute(query)).rowcount > 0


async def settle(
    database: Database,
    tenant_id: str,
    account_id: str,
    key_digest: bytes,
    *,
    created_at: datetime,
    http_status: int,
    remote_id: str,
) -> None:
    """Note that a write without a known outcome was done, because its record shows it."""
    mine = (_own(tenant_id, account_id, key_digest), IDEMPOTENCY.c.created_at == created_at)
    values = {"status": "done", "http_status": http_status, "remote_id": remote_id}
    async with database.write() as connection:
        await connection.execute(update(IDEMPOTENCY).where(*mine).values(values))


async def is_written_since(
    database: Database, tenant_id: str, account_id: str, key_digest: bytes, *, model: str, record_id: str, since: datetime
) -> bool:
    """Return whether another write of the record has begun after a time and was done, alone or by an approval."""
    own = (_marks_of(tenant_id, account_id, model, record_id), IDEMPOTENCY.c.created_at > since)
    query = select(IDEMPOTENCY.c.key_digest).where(*own, IDEMPOTENCY.c.key_digest != key_digest).limit(1)
    async with database.read() as connection:
        return (await connection.execute(query)).first() is not None


async def forget(
    database: Database, tenant_id: str, account_id: str, key_digest: bytes, *, created_at: datetime | None = None
) -> bool:
    """Delete the mark because nothing was sent, so that the key may be used again.

    With `created_at`, only the mark that was set then: another one may be there by now.
    """
    mine = [_own(tenant_id, account_id, key_digest)]
    if created_at is not None:
        mine.append(IDEMPOTENCY.c.created_at == created_at)
    async with database.write() as connection:
        query = delete(IDEMPOTENCY).where(*mine)
        return (await connection.execute(query)).rowcount > 0


async def mark_gone(database: Database, tenant_id: str, account_id: str, *, model: str, record_id: str) -> int:
    """Note that a record was deleted, in the marks of the writes of it; return how many there are."""
    own = _marks_of(tenant_id, account_id, model, record_id)
    async with database.read() as connection:
        found = (await connection.execute(select(IDEMPOTENCY.c.key_digest).where(own).limit(1))).first()
    if found is None:  # most deletes: no write is needed
        return 0
    async with database.write() as connection:
        return (await connection.execute(update(IDEMPOTENCY).where(own).values(http_status=GONE))).rowcount


async def purge_expired(database: Database) -> int:
    """Delete the expired marks of all tenants, for housekeeping; return how many there were."""
    query = delete(IDEMPOTENCY).where(IDEMPOTENCY.c.expires_at <= database.clock())
    async with database.write() as connection:
        return (await connection.execute(query)).rowcount


async def _insert(database: Database, row: IdempotencyRow, lost_before: datetime | None) -> None:
    own, absent = _own(row.tenant_id, row.account_id, row.key_digest), IDEMPOTENCY.c.expires_at <= row.created_at
    if lost_before is not None:
        absent |= and_(IDEMPOTENCY.c.status == "in_progress", IDEMPOTENCY.c.created_at <= lost_before)
    async with database.write() as connection:
        await connection.execute(delete(IDEMPOTENCY).where(own, absent))
        await connection.execute(insert(IDEMPOTENCY).values(msgspec.structs.asdict(row)))


def _own(tenant_id: str, account_id: str, key_digest: bytes) -> ColumnElement[bool]:
    return and_(
        IDEMPOTENCY.c.tenant_id == tenant_id,
        IDEMPOTENCY.c.account_id == account_id,
        IDEMPOTENCY.c.key_digest == key_digest,
    )


def _marks_of(tenant_id: str, account_id: str, model: str, record_id: str) -> ColumnElement[bool]:
    """Return the condition for the marks of the writes of a record that were done.

    Writes that an approval made have the approval's id in their mark, and the record's id in the approval.
    """
    approved = select(APPROVALS.c.id).where(
        APPROVALS.c.tenant_id == tenant_id, APPROVALS.c.account_id == account_id, APPROVALS.c.result_id == record_id
    )
    made_it = or_(IDEMPOTENCY.c.remote_id == record_id, IDEMPOTENCY.c.remote_id.in_(approved))
    own = and_(IDEMPOTENCY.c.tenant_id == tenant_id, IDEMPOTENCY.c.account_id == account_id)
    return and_(own, IDEMPOTENCY.c.model == model, made_it)
