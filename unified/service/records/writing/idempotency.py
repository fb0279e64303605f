"""One effect per intent: a repeated write is done once. Only digests, the status and the record's id are kept, never a body.

A write whose outcome is not known, because the provider's answer or the process was lost, is not sent again; where the record
shows that it was done, it counts as done. An upsert may be repeated in any case: nothing is kept of one without a known
outcome.

A repetition of a finished write is answered by reading the record again, within what the caller may read now: its id alone
where it may not. Of one that waits for an approval, the id of the approval is kept: its repetition gets the same approval, and
later the record or the outcome. Only the key that asked for the approval is shown it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any, Literal

import msgspec

from unified.effects import is_nothing_done, without_effects
from unified.errors.error import UnifiedError
from unified.errors.requests import NotFound
from unified.errors.writes import Conflict, Gone, IdempotencyInProgress, IdempotencyMismatch, OutcomeUnknown
from unified.models import MAKING, UPSERT
from unified.service.records.calls.call import Call, get_call
from unified.service.records.reading.getting import get_record
from unified.service.records.writing.lost_writes import done_record
from unified.service.records.writing.write import Write, Written
from unified.service.records.writing.write_checks import check_write
from unified.service.records.writing.write_duration import lost_after
from unified.service.records.writing.write_keys import WriteKey, repeat_window
from unified.service.records.writing.written_records import id_only, not_shown
from unified.service.runtime.kept_outcomes import Store
from unified.store import approvals, idempotency
from unified.store.approvals import ApprovalRow
from unified.store.engine.engine import Database
from unified.store.engine.failures import is_failure
from unified.transform.queries.query import Query

CREATED, DONE, WAITS = 201, 200, 202
"""HTTP statuses of the first request's answer, as they are kept."""
LOOK = {
    "create": "whether the record exists",
    UPSERT: "whether the record exists and has the new values",
    "update": "whether the record has the new values",
    "delete": "whether the record still exists",
}
"""Method → what to look for at the provider; a custom method changes the record."""
NOTHING_DONE = frozenset({"expired", "void", "failed"})
"""Statuses of an approval after which nothing was written, so that the same call may ask again."""
Do = Callable[[], Awaitable[Written]]


async def once(call: Call, key: WriteKey | None, write: Write, do: Do) -> tuple[Written, bool]:
    """Do a write, or request its approval, at most once for a key.

    Returns its outcome, and whether this is a repetition.

    Raises:
        IdempotencyMismatch: the key was used with another request.
        IdempotencyInProgress: the first request has not ended.
        OutcomeUnknown: the outcome of the first request is not known.
        Gone: the record that the first request made or changed no longer exists.
        UnifiedError: the body is not one that the caller may write now, as for the first request.
        Conflict: the first request waited for an approval that was not given, so nothing was written.
    """
    if key is None:
        return await do(), False
    own = _Mark(call=call, key=key, started_at=call.services.database.clock())
    begun = await _begun(own)
    if begun != "started" and key.is_derived and await _is_another(own, begun, write):
        await idempotency.forget(*own.place, created_at=begun.created_at)
        begun = await _begun(own)
    if begun == "started":
        return await _first(own, write, do), False
    check_write(call, write)
    return await _again(own, begun, write), True


class _Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The mark of a write in the database, as this request sets it."""

    call: Call
    key: WriteKey
    started_at: datetime

    async def forget(self) -> None:
        """Delete it, because nothing was sent: now, or once the database answers again."""
        await self._store(partial(idempotency.forget, *self.place, created_at=self.started_at), waits=False)

    async def finish(self, **outcome: Any) -> None:
        """Write how the write ended."""
        await self._store(partial(idempotency.finish, *self.place, created_at=self.started_at, **outcome))

    async def _store(self, store: Store, *, waits: bool = True) -> None:
        await self.call.services.outcomes.store(store, waits=waits)

    @property
    def place(self) -> tuple[Database, str, str, bytes]:
        """Where it is."""
        return (self.call.services.database, self.call.account.tenant_id, self.call.account.id, self.key.mark)


async def _begun(mark: _Mark) -> Literal["started"] | idempotency.IdempotencyRow:
    """Set the mark. It may be set even if the database fails; nothing was sent, so it is deleted soon."""
    call = mark.call
    try:
        with without_effects():
            return await idempotency.begin(
                *mark.place,
                request_digest=mark.key.request,
                model=call.mapping.model.id,
                operation=call.method,
                expires_at=mark.started_at + mark.key.lifetime,
                lost_before=_lost_before(call) if call.method == UPSERT else None,
                created_at=mark.started_at,
            )
    except asyncio.CancelledError:
        call.services.outcomes.leave(asyncio.create_task(mark.forget()))
        raise
    except Exception as problem:
        if is_failure(problem):
            await mark.forget()
        raise


def _lost_before(call: Call) -> datetime:
    """Return the time before which a write must have begun to be over now, whether or not it reported."""
    return call.services.database.clock() - lost_after(call.services)


async def _is_another(mark: _Mark, row: idempotency.IdempotencyRow, write: Write) -> bool:
    """Return whether the same call is a new write, although it has no new key.

    It is if what the first one asked a person for came to nothing, if that was decided long ago, or if the record was written
    otherwise since: open, closed and open again are three writes.
    """
    services, tenant_id = mark.call.services, mark.call.account.tenant_id
    if row.status != "done" or row.remote_id is None:
        return False
    record_id: str | None = row.remote_id
    if row.http_status == WAITS:
        approval = await approvals.get(services.database, tenant_id, row.remote_id)
        if approval is None or _is_over(approval, services.clock() - repeat_window(services)):
            return approval is not None
        record_id = approval.result_id
    if write.method == "create" or record_id is None:
        return False
    return await idempotency.is_written_since(*mark.place, model=row.model, record_id=record_id, since=row.created_at)


def _is_over(approval: ApprovalRow, before: datetime) -> bool:
    if approval.status in NOTHING_DONE:
        return True
    return approval.decided_at is not None and approval.decided_at <= before and approval.status != "approved"


async def _first(mark: _Mark, write: Write, do: Do) -> Written:
    """Do the write; if its client goes away, it ends in the background, unless nothing was sent yet."""
    doing = asyncio.create_task(_noted(mark, write, do))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        left = mark.call.services.outcomes.leave
        if is_nothing_done():
            doing.cancel()
            left(asyncio.create_task(mark.forget()))  # what is cancelled before its first step notes nothing itself
        left(doing)
        raise


async def _noted(mark: _Mark, write: Write, do: Do) -> Written:
    """Do the write, and note in its mark how it ended."""
    try:
        written = await do()
    except UnifiedError as problem:
        is_kept = await _is_kept(mark, is_known=not (problem.may_be_done or problem.is_partly_done))
        if is_kept and not problem.is_partly_done:
            problem.give_up()
        raise
    except Exception as fault:
        await _is_kept(mark, is_known=is_failure(fault) and is_nothing_done())
        raise
    except BaseException:
        await _is_kept(mark, is_known=is_nothing_done())
        raise
    if written.approval is not None:
        await mark.finish(status="done", http_status=WAITS, remote_id=written.approval.id, **_until(mark, written.approval))
    else:
        record_id = write.record_id if written.record is None else written.record.get("id")
        status = CREATED if mark.call.method == "create" or written.is_new else DONE
        await mark.finish(status="done", http_status=status, remote_id=record_id)
    return written


def _until(mark: _Mark, approval: ApprovalRow) -> dict[str, Any]:
    """Return until when the mark of an approval counts: that of a derived key for as long as the approval, and the window."""
    return {"expires_at": approval.expires_at + mark.key.lifetime} if mark.key.is_derived else {}


async def _is_kept(mark: _Mark, *, is_known: bool) -> bool:
    """Note a write that failed; return whether its mark is kept: not if nothing was written, or writing twice does no harm."""
    if is_known or mark.call.method == UPSERT:
        await mark.forget()
        return False
    await mark.finish(status="unknown")
    return True


async def _again(mark: _Mark, row: idempotency.IdempotencyRow, write: Write) -> Written:
    call = mark.call
    if row.request_digest != mark.key.request:
        raise IdempotencyMismatch("the idempotency key was used with another request; use a new key")
    if row.status == "in_progress" and row.created_at > _lost_before(call):
        raise _still_running()
    if row.status != "done" or row.remote_id is None:
        return await _found_again(mark, row, write)
    if row.http_status == WAITS:
        return await _asked_again(mark, row, write)
    if row.http_status == idempotency.GONE and write.method != "delete":
        raise _gone(write.method)
    done = await _done_again(call, row.remote_id, write)
    is_new = row.http_status == CREATED if call.visibility.shows_records else None
    return msgspec.structs.replace(done, is_new=is_new)


async def _found_again(mark: _Mark, row: idempotency.IdempotencyRow, write: Write) -> Written:
    """Return the record if it shows that the write of unknown outcome was done, and note that.

    Raises:
        OutcomeUnknown: it does not show it.
    """
    record_id = await done_record(mark.call, write, since=row.created_at)
    if record_id is None:
        raise _unknown(write.method)
    status = CREATED if write.method == "create" else DONE
    await idempotency.settle(*mark.place, created_at=row.created_at, http_status=status, remote_id=record_id)
    return await _done_again(mark.call, record_id, write)


async def _asked_again(mark: _Mark, row: idempotency.IdempotencyRow, write: Write) -> Written:
    """Return the approval of the first request while it waits; afterwards the outcome of the write."""
    call = mark.call
    approval = await approvals.get(call.services.database, call.account.tenant_id, row.remote_id or "")
    if approval is not None and approval.status == "pending":
        if approval.requested_by != call.principal.key_id:
            raise IdempotencyInProgress("the first request with this key waits for an approval that another key asked for")
        return Written(approval=approval)
    if approval is not None and approval.status == "approved":
        raise _still_running()
    if approval is None or approval.status == "unknown" or (approval.status == "executed" and approval.result_id is None):
        return await _found_again(mark, row, write)
    if approval.status == "executed":
        return await _done_again(call, approval.result_id or "", write)
    raise Conflict(
        f"the approval that the first request asked for ended as {approval.status}, and nothing was written: the same request "
        "does nothing more; if the write is still wanted, send it with a new idempotency key"
    )


def _still_running() -> IdempotencyInProgress:
    return IdempotencyInProgress("the first request is still in progress: wait, then send the same request again, with its key")


def _unknown(method: str) -> OutcomeUnknown:
    look = LOOK.get(method, "whether the record has changed")
    return OutcomeUnknown(
        f"the outcome of the first request is not known, and it is not sent again: look {look}; "
        "if the write is still wanted, send it with a new idempotency key"
    )


async def _done_again(call: Call, record_id: str, write: Write) -> Written:
    """Return the record as the caller may read it now; its id alone where it may not, or where it cannot be shown."""
    mapping = call.mapping
    if write.method == "delete":
        return Written()
    if "get" not in mapping.operations or not call.visibility.shows_records:
        return Written(record=id_only(mapping.model, record_id))
    try:
        record = await get_record(get_call(call), record_id, Query(path=tuple(write.path.items())))
    except NotFound:
        raise _gone(write.method) from None  # a record with empty fields would suggest that it exists
    except UnifiedError as problem:
        return Written(record=id_only(mapping.model, record_id), warnings=(not_shown(problem),))
    if record.get("is_deleted"):
        raise _gone(write.method)
    return Written(record=record)


def _gone(method: str) -> Gone:
    if method in MAKING:
        return Gone("the record that the first request wrote was deleted since; to create it again, use a new idempotency key")
    return Gone("the record that the first request changed was deleted since; the same request does nothing more")
