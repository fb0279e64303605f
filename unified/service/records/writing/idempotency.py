"""`Idempotency-Key`: a repeated write is done once. Only digests, the status and the record's id are kept, never a body.

A write whose outcome is not known, as the provider's answer or the process was lost, is not sent again for its key.
An upsert may be repeated in any case: of one without a known outcome nothing is kept, so that its key can be used again.

A repetition of a finished write is answered by reading the record again, within what the caller may read now: its id alone
where it may not. Of one that waits for an approval, the id of the approval is kept: its repetition gets the same approval, and
later the record or the outcome. Only the key that asked for the approval is shown it.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal

import msgspec

from unified.effects import is_nothing_done, without_effects
from unified.errors.error import UnifiedError
from unified.errors.requests import MalformedRequest, NotFound
from unified.errors.writes import Conflict, Gone, IdempotencyInProgress, IdempotencyMismatch, OutcomeUnknown
from unified.models import MAKING, UPSERT
from unified.service.records.calls.call import Call, get_call
from unified.service.records.reading.getting import get_record
from unified.service.records.writing.write import Write, Written
from unified.service.records.writing.write_checks import check_write
from unified.service.records.writing.write_duration import lost_after
from unified.service.records.writing.written_records import id_only, not_shown
from unified.service.runtime.kept_outcomes import Store
from unified.store import approvals, idempotency
from unified.store.engine.engine import Database
from unified.store.engine.failures import is_failure
from unified.transform.queries.query import Query

TTL = timedelta(hours=24)
MAX_KEY_LENGTH = 255
KEY_CHARACTERS = "[ -~]"
"""The characters of a key: the printable ones of ASCII."""
_KEY = re.compile(f"{KEY_CHARACTERS}{{1,{MAX_KEY_LENGTH}}}")
CREATED, DONE, WAITS = 201, 200, 202
"""HTTP statuses of the first request's answer, as they are kept."""
LOOK = {
    "create": "whether the record exists",
    UPSERT: "whether the record exists and has the new values",
    "update": "whether the record has the new values",
    "delete": "whether the record still exists",
}
"""Method → what to look for at the provider; a custom method changes the record."""
Do = Callable[[], Awaitable[Written]]


async def once(call: Call, key: str | None, write: Write, do: Do, *, position: int | None = None) -> tuple[Written, bool]:
    """Do a write, or request its approval, at most once for a key, or for a key and a position in a batch.

    Returns its outcome, and whether this is a repetition.

    Raises:
        MalformedRequest: the key is not 1 to 255 printable ASCII characters.
        IdempotencyMismatch: the key was used with another request.
        IdempotencyInProgress: the first request has not ended.
        OutcomeUnknown: the outcome of the first request is not known.
        Gone: the record that the first request made or changed no longer exists.
        UnifiedError: the body is not one that the caller may write now, as for the first request.
        Conflict: the first request waited for an approval that was not given, so nothing was written.
    """
    if key is None:
        return await do(), False
    check_key(key)
    mark = hashlib.sha256((key if position is None else f"{key}\n{position}").encode()).digest()
    digest = request_digest(call, write)
    started_at = call.services.database.clock()
    own = _Mark(call=call, digest=mark, started_at=started_at)
    begun = await _begun(own, digest)
    if begun == "started":
        return await _first(own, write, do), False
    check_write(call, write)
    return await _again(call, begun, digest, write), True


class _Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The mark of a write in the database, as this request sets it."""

    call: Call
    digest: bytes
    started_at: datetime

    async def forget(self) -> None:
        """Delete it, because nothing was sent: now, or once the database answers again."""
        await self._store(partial(idempotency.forget, *self._place, created_at=self.started_at), waits=False)

    async def finish(self, **outcome: Any) -> None:
        """Write how the write ended."""
        await self._store(partial(idempotency.finish, *self._place, created_at=self.started_at, **outcome))

    async def _store(self, store: Store, *, waits: bool = True) -> None:
        await self.call.services.outcomes.store(store, waits=waits)

    @property
    def _place(self) -> tuple[Database, str, str, bytes]:
        return (self.call.services.database, self.call.account.tenant_id, self.call.account.id, self.digest)


async def _begun(mark: _Mark, digest: bytes) -> Literal["started"] | idempotency.IdempotencyRow:
    """Set the mark. If the database fails, it may be set anyway; nothing was sent, so it is deleted soon."""
    call = mark.call
    try:
        with without_effects():
            return await idempotency.begin(
                call.services.database,
                call.account.tenant_id,
                call.account.id,
                mark.digest,
                request_digest=digest,
                model=call.mapping.model.id,
                operation=call.method,
                expires_at=datetime.now(UTC) + TTL,
                lost_before=_lost_before(call) if call.method == UPSERT else None,
                created_at=mark.started_at,
            )
    except Exception as problem:
        if is_failure(problem):
            await mark.forget()
        raise


def _lost_before(call: Call) -> datetime:
    """Return the time before which a write must have begun to be over now, whether or not it reported."""
    return call.services.database.clock() - lost_after(call.services)


def check_key(key: str) -> None:
    """Raise MalformedRequest unless a key is 1 to 255 printable ASCII characters."""
    if not _KEY.fullmatch(key):
        raise MalformedRequest(f"Idempotency-Key: expected 1 to {MAX_KEY_LENGTH} printable ASCII characters")


def request_digest(call: Call, write: Write) -> bytes:
    """Return the digest of a request, equal whatever the order of its keys."""
    more = [one for one in (write.path, write.by, write.record_id, write.version) if one]
    canonical = msgspec.json.encode([call.mapping.model.id, call.method, write.body, *more], order="sorted")
    return hashlib.sha256(canonical).digest()


async def _first(mark: _Mark, write: Write, do: Do) -> Written:
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
        await _is_kept(mark, is_known=False)
        raise
    if written.approval is not None:
        await mark.finish(status="done", http_status=WAITS, remote_id=written.approval.id)
    else:
        record_id = write.record_id if written.record is None else written.record.get("id")
        status = CREATED if mark.call.method == "create" or written.is_new else DONE
        await mark.finish(status="done", http_status=status, remote_id=record_id)
    return written


async def _is_kept(mark: _Mark, *, is_known: bool) -> bool:
    """Note a write that failed; return whether its mark is kept: not if nothing was written, or writing twice does no harm."""
    if is_known or mark.call.method == UPSERT:
        await mark.forget()
        return False
    await mark.finish(status="unknown")
    return True


async def _again(call: Call, row: idempotency.IdempotencyRow, digest: bytes, write: Write) -> Written:
    if row.request_digest != digest:
        raise IdempotencyMismatch("the Idempotency-Key was used with another request; use a new key")
    if row.status == "in_progress" and row.created_at > _lost_before(call):
        raise _still_running()
    if row.status != "done" or row.remote_id is None:
        raise _unknown(write.method)
    if row.http_status == WAITS:
        return await _asked_again(call, row.remote_id, write)
    if row.http_status == idempotency.GONE and write.method != "delete":
        raise _gone(write.method)
    done = await _done_again(call, row.remote_id, write)
    is_new = row.http_status == CREATED if call.visibility.shows_records else None
    return msgspec.structs.replace(done, is_new=is_new)


async def _asked_again(call: Call, approval_id: str, write: Write) -> Written:
    """Return the approval of the first request while it waits; afterwards the outcome of the write."""
    row = await approvals.get(call.services.database, call.account.tenant_id, approval_id)
    if row is not None and row.status == "pending":
        if row.requested_by != call.principal.key_id:
            raise IdempotencyInProgress(
                "the first request with this Idempotency-Key waits for an approval that another key asked for"
            )
        return Written(approval=row)
    if row is not None and row.status == "approved":
        raise _still_running()
    if row is None or row.status == "unknown" or (row.status == "executed" and row.result_id is None):
        raise _unknown(write.method)
    if row.status == "executed":
        return await _done_again(call, row.result_id or "", write)
    raise Conflict(
        f"the write that this Idempotency-Key asked for ended as {row.status}: nothing more is done for this key; use a new one"
    )


def _still_running() -> IdempotencyInProgress:
    return IdempotencyInProgress(
        "the first request with this Idempotency-Key is still in progress: wait, then send it again with the same key"
    )


def _unknown(method: str) -> OutcomeUnknown:
    look = LOOK.get(method, "whether the record has changed")
    return OutcomeUnknown(
        f"the outcome of the first request with this Idempotency-Key is not known, and it is not sent again: look {look}; "
        "if the write is still wanted, send it with a new key"
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
        return Gone("the record that this Idempotency-Key wrote was deleted since; to create it again, use a new key")
    return Gone("the record that this Idempotency-Key changed was deleted since; nothing more is done for this key")
