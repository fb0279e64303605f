"""Whether a write without a known outcome was done, if its record shows it, so that the caller need not look.

What is found was done, or is as the write wanted it. What is not found proves nothing, as a provider may show a new record only
after a while.
"""

from collections.abc import Mapping as AnyMapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from unified.errors.error import UnifiedError
from unified.errors.requests import NotFound
from unified.models import REMOTE_FIELDS
from unified.service.records.calls.call import Call, get_call
from unified.service.records.reading.getting import get_record
from unified.service.records.reading.listing import list_records
from unified.service.records.visibility.mapping_lookup import usable_keys
from unified.service.records.writing.write import Write
from unified.text.parsing_times import parse_time
from unified.transform.queries.query import Filter, Query
from unified.transform.writes.upserts import key_values

CLOCKS = timedelta(minutes=2)
"""How far the clock of a provider may be from ours, when a record shows its age."""


async def done_record(call: Call, write: Write, *, since: datetime) -> str | None:
    """Return the id of the record that shows that a write was done; None if nothing does, or the caller may not read.

    Args:
        call: the call of the repetition.
        write: the write, which began at `since`.
        since: a record that the provider has had for longer was not made by it.
    """
    if not call.visibility.shows_records:
        return None
    look = _LOOKS.get(write.method)
    try:
        return None if look is None else await look(call, write, since)
    except UnifiedError:  # what cannot be read shows nothing
        return None


async def _deleted(call: Call, write: Write, _since: datetime) -> str | None:
    try:
        record = await _record(call, write)
    except NotFound:
        return write.record_id
    return write.record_id if record.get("is_deleted") else None


async def _updated(call: Call, write: Write, _since: datetime) -> str | None:
    record = await _record(call, write)
    return write.record_id if _holds(record, write.body) and REMOTE_FIELDS not in write.body else None


async def _created(call: Call, write: Write, since: datetime) -> str | None:
    """Find a new record by an external key that its body has; two records with one key show nothing."""
    model = call.mapping.model
    for name in usable_keys(call.mapping, call.visibility.hidden):
        values = key_values(model, name, write.body)
        if len(values) == 1 and isinstance(values[0], str) and values[0]:
            found = await _with_key(call, write, Filter(field=name, value=values[0]))
            if len(found) == 1 and _is_new(found[0], since):
                return str(found[0]["id"])
    return None


_LOOKS = {"create": _created, "update": _updated, "delete": _deleted}
"""Method → how its record shows that it was done; a custom method leaves no sign that all providers share."""


async def _record(call: Call, write: Write) -> dict[str, Any]:
    call.mapping.operation("get")
    return await get_record(get_call(call), write.record_id or "", Query(path=tuple(write.path.items())))


async def _with_key(call: Call, write: Write, condition: Filter) -> list[dict[str, Any]]:
    reading = msgspec.structs.replace(get_call(call), method="list")
    visibility = msgspec.structs.replace(reading.visibility, method="list")
    query = Query(path=tuple(write.path.items()), filters=(condition,), limit=2)
    page = await list_records(msgspec.structs.replace(reading, visibility=visibility), query)
    return page.data


def _is_new(record: AnyMapping[str, Any], since: datetime) -> bool:
    made = record.get("created_at")
    return not isinstance(made, str) or parse_time("created_at", made) >= since - CLOCKS


def _holds(held: Any, sent: Any) -> bool:
    """Return whether what is held has all that was sent; null and an empty list are nothing alike."""
    if isinstance(sent, dict):
        return isinstance(held, dict) and all(_holds(held.get(name), value) for name, value in sent.items())
    if isinstance(sent, list):
        return len(held or ()) == len(sent) and all(map(_holds, held or (), sent))
    return bool(held == sent) or (held in (None, "", []) and sent in (None, ""))
