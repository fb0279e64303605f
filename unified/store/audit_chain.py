"""The chain of audit rows: each row's hash covers its content, its number, its tenant and the hash of the row before.

So a row that is edited, removed, inserted, renumbered or moved to another tenant no longer follows from the row before it.
The hash needs no key: anyone who has the rows can verify them.
"""

import hashlib
from datetime import datetime
from operator import attrgetter

import msgspec

from unified.store.engine.stored_times import to_microseconds

START = bytes(32)
"""Takes the place of the previous hash in the first row."""
FIELD_SEPARATOR = ","
"""Between the names in `fields`."""
_FORM = b"unified audit row 1"
_ABSENT = b"\x00"
_PRESENT = b"\x01"
_LENGTH_BYTES = 4


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one call, refusal or change: names, ids and outcomes, never a payload."""

    id: str
    created_at: datetime
    actor: str
    """The id of the key that called, or `cli`."""
    kind: str
    """`call`, `refusal` or `management`."""
    tool: str | None = None
    method: str | None = None
    """The method of a model, such as `list`; otherwise the HTTP method and the route's template, or the command."""
    model: str | None = None
    account_id: str | None = None
    target: str | None = None
    """The id of what was created or changed."""
    decision: str
    """`allowed` or `denied`."""
    reason: str | None = None
    """The error's code, when there was one."""
    status: int | None = None
    """The HTTP status of the provider's last answer."""
    digest: str | None = None
    """The keyed digest of the request."""
    server: str | None = None
    """The MCP server through which an agent called."""
    count: int | None = None
    """How many identical refusals within a minute the row represents; None for one."""
    request_id: str | None = None
    """The id of the request, as its answer and its log line name it; None for a command."""
    fields: str | None = None
    """Names that the request asked for, sorted and separated by commas; None where none were recorded.

    `unified.transform.queries.asked_fields` lists what they can be. All are names of the common models; none is a value.
    """


_LATER = ("server", "count", "request_id", "fields")
"""Fields that rows of older versions do not have."""
_HASHED = tuple(name for name in AuditEntry.__struct_fields__ if name not in _LATER)


def asked_names(fields: str | None) -> tuple[str, ...] | None:
    """Return the names in the `fields` of a row; None where none were recorded."""
    return None if fields is None else tuple(one for one in fields.split(FIELD_SEPARATOR) if one)


class AuditRow(AuditEntry, frozen=True, kw_only=True):
    """An entry in its tenant's chain."""

    tenant_id: str
    seq: int
    """1, 2, 3 … without gaps."""
    hash: bytes


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a chain: how many rows it has, and the hash of the last."""

    seq: int = 0
    hash: bytes = START


def link(previous: bytes, tenant_id: str, seq: int, entry: AuditEntry) -> bytes:
    """Return the hash of an entry at its place: SHA-256 over length-prefixed parts, so that no two rows hash the same text."""
    values = list(_content(entry))
    while values and values[-1] is None and len(values) > len(_HASHED):  # older rows lack these, so none is never a part
        values.pop()
    parts = [_part(_FORM), _part(previous), _part(tenant_id.encode()), _part(b"%d" % seq)]
    parts += [_NONE if value is None else _value(value) for value in values]
    return hashlib.sha256(b"".join(parts)).digest()


def _part(content: bytes) -> bytes:
    return len(content).to_bytes(_LENGTH_BYTES, "big") + content


def _value(value: str | int | datetime) -> bytes:
    """Return a value as a part, distinct from the lack of one; numbers and times in decimal, which databases keep exactly."""
    if type(value) is not str:
        value = str(to_microseconds(value) if isinstance(value, datetime) else value)
    content = value.encode()
    return (len(content) + 1).to_bytes(_LENGTH_BYTES, "big") + _PRESENT + content


_NONE = _part(_ABSENT)
_content = attrgetter(*_HASHED, *_LATER)


def follows(row: AuditRow, head: Head) -> bool:
    """Return whether a row is the next one after a head."""
    return row.seq == head.seq + 1 and fits(row, head.hash, row.seq)


def fits(row: AuditRow, previous: bytes, seq: int) -> bool:
    """Return whether the row's hash was made for this place, wherever the row is now."""
    return row.hash == link(previous, row.tenant_id, seq, row)


def chained(tenant_id: str, head: Head, entries: tuple[AuditEntry, ...]) -> tuple[AuditRow, ...]:
    """Return the entries as the rows that follow a head."""
    rows, previous = [], head.hash
    for seq, entry in enumerate(entries, head.seq + 1):
        previous = link(previous, tenant_id, seq, entry)
        rows.append(AuditRow(**msgspec.structs.asdict(entry), tenant_id=tenant_id, seq=seq, hash=previous))
    return tuple(rows)
