"""Verification of a tenant's chain: every row follows from the row before it, and the last row is the head.

The first row that does not follow is named, with what happened to it if the remaining rows show it.
"""

from collections.abc import Callable
from typing import Literal

import msgspec

from unified.store import audit
from unified.store.audit import read_chain
from unified.store.audit_chain import START, AuditRow, Head, fits, follows
from unified.store.engine.engine import Database

What = Literal["edited", "missing", "inserted", "reordered", "head mismatch", "anchor mismatch"]
PROGRESS_ROWS = 100_000
"""Rows between two reports of progress."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """The first bad row."""

    what: What
    seq: int
    id: str | None
    """None for a missing row."""
    message: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a chain is intact."""

    rows: int
    """The number of the last intact row, counted from the first one or from `since`."""
    fault: Fault | None = None
    since: int = 0
    """The row after which the verification began: 0 for the whole chain."""


class _Walk(msgspec.Struct, kw_only=True):
    """How far a verification has come."""

    at: Head = Head()
    last: AuditRow | None = None


def _no_progress(_rows: int) -> None:
    pass


async def verify_chain(
    database: Database, tenant_id: str, *, anchor: Head | None = None, progress: Callable[[int], None] = _no_progress
) -> Verdict:
    """Verify a tenant's chain from its first row; the service may add rows meanwhile.

    Args:
        database: the database.
        tenant_id: the tenant.
        anchor: the number and hash of a row as they were noted elsewhere; the chain must still contain that row.
        progress: called now and then with the number of rows that are intact so far.
    """
    return await _verified(database, tenant_id, Head(), anchor, progress)


async def verify_newest(database: Database, tenant_id: str, most: int) -> Verdict:
    """Verify the newest `most` rows of a tenant's chain and those that are added meanwhile; all rows of a shorter chain.

    The row before them is trusted: `verify_chain` verifies it.
    """
    newest = await audit.list_page(database, tenant_id, limit=1)
    last = max((await audit.head(database, tenant_id)).seq, *(row.seq for row in newest.items), 0)
    if last <= most:
        return await verify_chain(database, tenant_id)
    first = await anext(read_chain(database, tenant_id, last - most - 1), None)
    # A missing row leaves a gap before the next one, which the walk finds.
    exists = first is not None and first.seq == last - most
    since = Head(seq=last - most, hash=first.hash) if first is not None and exists else Head(seq=last - most - 1)
    return await _verified(database, tenant_id, since, None, _no_progress)


async def _verified(
    database: Database, tenant_id: str, since: Head, anchor: Head | None, progress: Callable[[int], None]
) -> Verdict:
    walk = _Walk(at=since)
    while True:
        came_from = walk.at.seq
        fault = await _walk_on(database, tenant_id, walk, anchor, progress)
        if fault is not None:
            return Verdict(rows=fault.seq - 1, fault=fault, since=since.seq)
        # Rows first, then the head: rows that were added in between are walked in another round.
        end = await audit.head(database, tenant_id)
        if end.seq <= walk.at.seq or walk.at.seq == came_from:
            break
    fault = await _end_fault(database, tenant_id, walk, end) or _anchor_fault(walk, anchor)
    rows = walk.at.seq if fault is None else min(walk.at.seq, fault.seq - 1)
    return Verdict(rows=rows, fault=fault, since=since.seq)


async def _walk_on(
    database: Database, tenant_id: str, walk: _Walk, anchor: Head | None, progress: Callable[[int], None]
) -> Fault | None:
    async for row in read_chain(database, tenant_id, walk.at.seq or None):
        if not follows(row, walk.at):
            return await _explained(database, walk, row)
        walk.at, walk.last = Head(seq=row.seq, hash=row.hash), row
        if anchor is not None and row.seq == anchor.seq and row.hash != anchor.hash:
            text = f"row {row.seq} ({row.id}) is not the row of the anchor: the chain was rewritten, up to here or before"
            return Fault(what="anchor mismatch", seq=row.seq, id=row.id, message=text)
        if row.seq % PROGRESS_ROWS == 0:
            progress(row.seq)
    return None


async def _end_fault(database: Database, tenant_id: str, walk: _Walk, end: Head) -> Fault | None:
    if end == walk.at:
        return None
    if end.seq > walk.at.seq:
        first = walk.at.seq + 1
        text = f"{_rows(first, end.seq)} missing: the head records {end.seq} rows, there are {walk.at.seq}"
        return Fault(what="missing", seq=first, id=None, message=text)
    if end.seq == walk.at.seq and walk.last is not None:
        text = f"row {walk.last.seq} ({walk.last.id}) is the last, but its hash is not that of the head: one of them was edited"
        return Fault(what="head mismatch", seq=walk.last.seq, id=walk.last.id, message=text)
    row = await anext(read_chain(database, tenant_id, end.seq))
    text = f"row {row.seq} ({row.id}) is after the end: the head records {end.seq} rows, there are {walk.at.seq}"
    return Fault(what="head mismatch", seq=row.seq, id=row.id, message=text)


def _anchor_fault(walk: _Walk, anchor: Head | None) -> Fault | None:
    if anchor is not None and anchor.seq == 0 and anchor.hash != START:
        text = "the anchor is of a chain without rows, and its hash is not that of one: it was changed"
        return Fault(what="anchor mismatch", seq=1, id=None, message=text)
    if anchor is None or anchor.seq <= walk.at.seq:
        return None
    first = walk.at.seq + 1
    text = f"{_rows(first, anchor.seq)} missing: the anchor records {anchor.seq} rows, there are {walk.at.seq}"
    return Fault(what="missing", seq=first, id=None, message=text)


def _rows(first: int, last: int) -> str:
    return f"row {first} is" if first == last else f"rows {first} to {last} are"


async def _explained(database: Database, walk: _Walk, row: AuditRow) -> Fault:
    """Return the problem of the row where the chain breaks."""
    expected = walk.at.seq + 1
    if row.seq > expected:
        text = f"{_rows(expected, row.seq - 1)} missing: the next is row {row.seq} ({row.id})"
        return Fault(what="missing", seq=expected, id=None, message=text)
    if row.seq < expected:
        return _inserted(row)
    origin = await _origin(database, row)
    if origin is not None and walk.last is not None and origin == walk.last.seq:
        return _inserted(walk.last)
    if origin is not None:
        text = f"row {row.seq} ({row.id}) is reordered: it was written as row {origin}"
        return Fault(what="reordered", seq=row.seq, id=row.id, message=text)
    after = await _row_after(database, row)
    if after is not None and fits(after, walk.at.hash, row.seq):
        return _inserted(row)
    if after is not None and fits(after, row.hash, after.seq + 1):
        text = f"row {row.seq} is missing: the rows from {row.id} on were renumbered"
        return Fault(what="missing", seq=row.seq, id=None, message=text)
    text = f"row {row.seq} ({row.id}) is edited: its hash does not follow from its content and the row before"
    return Fault(what="edited", seq=row.seq, id=row.id, message=text)


def _inserted(row: AuditRow) -> Fault:
    text = f"row {row.seq} ({row.id}) is inserted: the rows around it were written without it"
    return Fault(what="inserted", seq=row.seq, id=row.id, message=text)


async def _row_after(database: Database, row: AuditRow) -> AuditRow | None:
    async for after in read_chain(database, row.tenant_id, row.seq):
        return after
    return None


async def _origin(database: Database, row: AuditRow) -> int | None:
    """Return the number with which a row was written, if its predecessor still exists or was moved by one place only."""
    if fits(row, START, 1):
        return 1
    async for before in read_chain(database, row.tenant_id):
        for seq in (before.seq + 1, before.seq, before.seq + 2):
            if fits(row, before.hash, seq):
                return seq
    return None
