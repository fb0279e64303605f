"""Writes that wait for a decision: the request as sealed text, who made it, and its outcome.

A row goes `pending` -> `approved` -> `executed`, `failed` or `unknown`; or from `pending` to `declined`, `void` or `expired`.
The statement that ends `pending` also erases the sealed text. Queries never return an expired row as pending, and return one
whose execution did not report in time as `unknown`, whether or not housekeeping has run.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import msgspec
import sqlalchemy as sa

from unified.store.deliveries import Event, enqueue
from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.engine import Database
from unified.store.engine.tables import APPROVALS
from unified.store.integrity import guarded
from unified.store.queries.pages import DEFAULT_LIMIT, Page, fetch_page

ApprovalStatus = Literal["pending", "approved", "declined", "executed", "failed", "expired", "void", "unknown"]
STATUSES: tuple[ApprovalStatus, ...] = get_args(ApprovalStatus)
ExecutionOutcome = Literal["executed", "failed", "unknown"]
WaitingLimit = Literal["requester", "tenant"]
RETENTION = timedelta(days=30)
"""How long the outcome of a write can be looked up."""
NOT_REPORTED = "not_reported"
"""The reason of an `unknown` execution: its process did not report how it ended."""


class ApprovalRow(msgspec.Struct, frozen=True, kw_only=True):
    """One requested write, without its values."""

    id: str
    tenant_id: str
    account_id: str
    connections: int
    """The account's `connections` at the time of the request."""
    requested_by: str
    """The id of the API key or MCP server that made the request."""
    key_id: str | None
    """The id of the API key that was sent with an MCP server's token."""
    tool: str | None
    method: str
    model: str
    summary: str
    """For people; holds no value of the write and no record id."""
    digest: str
    """A keyed digest over the write and its `plan_digest`: what an approver agrees to."""
    scope_digest: str
    mapping_digest: str
    plan_digest: str | None = None
    """A keyed digest of the provider's requests and of what the write would change, first as planned at the request,
    then as approved."""
    status: ApprovalStatus
    status_reason: str | None
    """A stable code."""
    result_id: str | None
    """The id of the record that was written."""
    decided_by: str | None
    decided_at: datetime | None
    execute_until: datetime | None
    """When an execution that has not reported counts as one of unknown outcome."""
    request_id: str | None = None
    """The id of the HTTP request that asked for the write."""
    created_at: datetime
    expires_at: datetime


class _RowWithPayload(ApprovalRow, frozen=True, kw_only=True):
    """The same row, and what it writes as sealed text."""

    payload: str | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The write that an approver agreed to: as last shown, or as the approver edited it."""

    digest: str
    plan_digest: str
    summary: str


class WaitingLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows may wait at a time; slightly more if several workers add at once."""

    requester: int
    """Those of one requester."""
    tenant: int
    """Those of one tenant."""
    reserved: int
    """Those that each requester may have in any case, however many the others of its tenant have."""

    def reached(self, own: int, all_of_tenant: int) -> "WaitingLimit | None":
        """Return the limit that a requester with so many waiting rows has reached; None if it may add one."""
        if own >= self.requester:
            return "requester"
        return "tenant" if own >= self.reserved and all_of_tenant >= self.tenant else None


class ApprovalFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Selects rows of a tenant; a field that is None does not filter."""

    status: ApprovalStatus | None = None
    requested_by: str | None = None
    accounts: tuple[str, ...] | None = None
    models: tuple[str, ...] | None = None


EventOf = Callable[[ApprovalRow], Event]
"""Creates the event that is written with the change."""
_GONE: dict[str, Any] = {"payload": None}


async def add(
    database: Database, row: ApprovalRow, payload: str, *, limits: WaitingLimits, event_of: EventOf
) -> WaitingLimit | None:
    """Add a row with its sealed text; if too many rows wait already, add nothing and return the limit."""
    own = sa.func.count().filter(APPROVALS.c.requested_by == row.requested_by)
    waiting = sa.select(own, sa.func.count()).where(APPROVALS.c.tenant_id == row.tenant_id, _waits(database.clock()))
    async with database.write() as connection:
        limit = limits.reached(*(await connection.execute(waiting)).one())
        if limit is None:
            await guarded.insert(connection, APPROVALS, msgspec.structs.asdict(row) | {"payload": payload})
            await enqueue(database, connection, row.tenant_id, event_of(row))
    return limit


async def get(database: Database, tenant_id: str, approval_id: str) -> ApprovalRow | None:
    """Return the tenant's row in its present state; None when it is unknown or another tenant's."""
    query = sa.select(APPROVALS).where(_own(tenant_id, approval_id))
    async with database.read() as connection:
        rows = await guarded.fetch(connection, query, APPROVALS, ApprovalRow, _shown(database.clock()))
    return rows[0] if rows else None


async def find_tenant(database: Database, approval_id: str) -> str | None:
    """Return the id of the tenant that has the row, for a page that is opened before anyone signs in; None if it is unknown."""
    query = sa.select(APPROVALS).where(APPROVALS.c.id == approval_id)
    async with database.read() as connection:
        rows = await guarded.fetch(connection, query, APPROVALS, ApprovalRow, _shown(database.clock()))
    return rows[0].tenant_id if rows else None


async def get_with_payload(database: Database, tenant_id: str, approval_id: str) -> tuple[ApprovalRow, str | None] | None:
    """Return the tenant's row as `get` does, and the sealed text of one that is still waiting, in one read."""
    query = sa.select(APPROVALS).where(_own(tenant_id, approval_id))
    async with database.read() as connection:
        rows = await guarded.fetch(connection, query, APPROVALS, _RowWithPayload, _shown(database.clock()))
    if not rows:
        return None
    values = msgspec.structs.asdict(rows[0])
    payload: str | None = values.pop("payload")
    row = ApprovalRow(**values)
    return row, payload if row.status == "pending" else None


async def get_payload(database: Database, tenant_id: str, approval_id: str) -> str | None:
    """Return the sealed text of a row that is still waiting, otherwise None."""
    query = sa.select(APPROVALS.c.payload).where(_own(tenant_id, approval_id), _waits(database.clock()))
    async with database.read() as connection:
        payload: str | None = (await connection.execute(query)).scalar()
    return payload


async def list_page(
    database: Database,
    tenant_id: str,
    wanted: ApprovalFilter | None = None,
    *,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[ApprovalRow]:
    """Return the tenant's rows that match, oldest first.

    Raises:
        InvalidCursor: The cursor is not one of a previous page.
    """
    now = database.clock()
    query = _matching(tenant_id, wanted or ApprovalFilter(), now)
    async with database.read() as connection:
        return await fetch_page(connection, query, APPROVALS, ApprovalRow, limit=limit, cursor=cursor, shown=_shown(now))


async def list_decided(database: Database, tenant_id: str, wanted: ApprovalFilter, *, limit: int) -> tuple[ApprovalRow, ...]:
    """Return the tenant's rows that match and are no longer waiting, latest first."""
    now = database.clock()
    ended = sa.func.coalesce(APPROVALS.c.decided_at, APPROVALS.c.expires_at)
    query = _matching(tenant_id, wanted, now).where(_status(now) != "pending").order_by(ended.desc(), APPROVALS.c.id)
    async with database.read() as connection:
        return tuple(await guarded.fetch(connection, query.limit(limit), APPROVALS, ApprovalRow, _shown(now)))


def _matching(tenant_id: str, wanted: ApprovalFilter, now: datetime) -> sa.Select[Any]:
    query = sa.select(APPROVALS).where(APPROVALS.c.tenant_id == tenant_id)
    if wanted.status is not None:
        query = query.where(_status(now) == wanted.status)
    if wanted.requested_by is not None:
        query = query.where(APPROVALS.c.requested_by == wanted.requested_by)
    if wanted.accounts is not None:
        query = query.where(APPROVALS.c.account_id.in_(wanted.accounts))
    return query if wanted.models is None else query.where(APPROVALS.c.model.in_(wanted.models))


async def claim(
    database: Database, row: ApprovalRow, *, decided_by: str, execute_until: datetime, change: Change | None = None
) -> ApprovalRow | None:
    """Claim the single execution of a waiting write; None for every caller but the first, and once the row has expired.

    In one transaction it finds the row only while it waits with the digest that was shown, and erases the sealed text.
    """
    now = database.clock()
    values: dict[str, Any] = {
        "status": "approved",
        "decided_by": decided_by,
        "decided_at": now,
        "execute_until": execute_until,
        **(msgspec.structs.asdict(change) if change is not None else {}),
        **_GONE,
    }
    seen = sa.and_(_own(row.tenant_id, row.id), _waits(now), APPROVALS.c.digest == row.digest)
    async with database.write() as connection:
        return await _changed(connection, seen, values)


async def finish(
    database: Database,
    row: ApprovalRow,
    outcome: ExecutionOutcome,
    *,
    reason: str | None,
    result_id: str | None,
    event_of: EventOf,
) -> ApprovalRow | None:
    """Write how an execution ended, with the event; None when it was already given up as unknown."""
    values = {"status": outcome, "status_reason": reason, "result_id": result_id, "execute_until": None}
    running = sa.and_(_own(row.tenant_id, row.id), APPROVALS.c.status == "approved")
    async with database.write() as connection:
        finished = await _changed(connection, running, values)
        if finished is not None:
            await enqueue(database, connection, finished.tenant_id, event_of(finished))
    return finished


async def decline(
    database: Database, tenant_id: str, approval_id: str, *, reason: str | None, decided_by: str, event_of: EventOf
) -> ApprovalRow | None:
    """Decline a waiting write, with the event; None when it is no longer waiting."""
    values = {"status": "declined", "status_reason": reason, "decided_by": decided_by}
    rows = await _end_waiting(database, _own(tenant_id, approval_id), values, event_of)
    return rows[0] if rows else None


async def void(
    database: Database,
    tenant_id: str,
    *,
    reason: str,
    event_of: EventOf,
    approval_id: str | None = None,
    credential: str | None = None,
    account_id: str | None = None,
) -> tuple[ApprovalRow, ...]:
    """Make waiting rows void, with their events: one row, or all that a credential requested, or all of an account."""
    chosen = (
        (approval_id, APPROVALS.c.id == approval_id),
        (account_id, APPROVALS.c.account_id == account_id),
        (credential, sa.or_(APPROVALS.c.requested_by == credential, APPROVALS.c.key_id == credential)),
    )
    conditions = [condition for given, condition in chosen if given is not None]
    if not conditions:
        raise ValueError("expected an approval, a credential or an account, of which approvals become void")
    values = {"status": "void", "status_reason": reason}
    return await _end_waiting(database, sa.and_(APPROVALS.c.tenant_id == tenant_id, *conditions), values, event_of)


async def _end_waiting(
    database: Database, condition: sa.ColumnElement[bool], values: dict[str, Any], event_of: EventOf
) -> tuple[ApprovalRow, ...]:
    now = database.clock()
    ended = {**values, **_GONE, "decided_at": now}
    async with database.write() as connection:
        return await _with_events(database, connection, sa.and_(condition, _waits(now)), ended, event_of)


async def lapse(database: Database, *, event_of: EventOf) -> int:
    """For housekeeping, across tenants: end expired rows and give up unreported executions; return how many there were."""
    now = database.clock()
    expired = sa.and_(APPROVALS.c.status == "pending", APPROVALS.c.expires_at <= now)
    silent = sa.and_(APPROVALS.c.status == "approved", APPROVALS.c.execute_until <= now)
    ended = {"status": "expired", "decided_at": APPROVALS.c.expires_at, **_GONE}
    lost = {"status": "unknown", "status_reason": NOT_REPORTED, "execute_until": None}
    async with database.write() as connection:
        rows = await _with_events(database, connection, expired, ended, event_of)
        rows += await _with_events(database, connection, silent, lost, event_of)
        await connection.execute(sa.update(APPROVALS).where(expired).values(_GONE))  # also of rows with an invalid mark
    return len(rows)


async def purge_old(database: Database) -> int:
    """For housekeeping, across tenants: delete rows that ended `RETENTION` ago; return how many there were."""
    open_ones = ("pending", "approved")
    old = sa.and_(APPROVALS.c.status.not_in(open_ones), APPROVALS.c.decided_at <= database.clock() - RETENTION)
    async with database.write() as connection:
        return (await connection.execute(sa.delete(APPROVALS).where(old))).rowcount


async def _with_events(
    database: Database,
    connection: AsyncConnection,
    condition: sa.ColumnElement[bool],
    values: dict[str, Any],
    event_of: EventOf,
) -> tuple[ApprovalRow, ...]:
    rows = tuple(await guarded.update(connection, APPROVALS, condition, values, ApprovalRow))
    for row in rows:
        await enqueue(database, connection, row.tenant_id, event_of(row))
    return rows


async def _changed(
    connection: AsyncConnection, condition: sa.ColumnElement[bool], values: dict[str, Any]
) -> ApprovalRow | None:
    rows = await guarded.update(connection, APPROVALS, condition, values, ApprovalRow)
    return rows[0] if rows else None


def _own(tenant_id: str, approval_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(APPROVALS.c.tenant_id == tenant_id, APPROVALS.c.id == approval_id)


def _waits(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(APPROVALS.c.status == "pending", APPROVALS.c.expires_at > now)


def _status(now: datetime) -> sa.ColumnElement[Any]:
    """Return the status at this time, whether or not housekeeping has run."""
    expired = sa.and_(APPROVALS.c.status == "pending", APPROVALS.c.expires_at <= now)
    silent = sa.and_(APPROVALS.c.status == "approved", APPROVALS.c.execute_until <= now)
    return sa.case((expired, "expired"), (silent, "unknown"), else_=APPROVALS.c.status)


def _shown(now: datetime) -> dict[str, sa.ColumnElement[Any]]:
    return {"status": _status(now)}
