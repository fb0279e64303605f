"""The chain of audit rows: each row's hash covers its content, its number, its tenant and the hash of the row before.

So a row that is edited, taken out, put in, renumbered or moved to another tenant no longer follows from the row before it.
The hash needs no key: whoever has the rows can check them.
"""

import hashlib
from datetime import datetime

import msgspec

from unified.store.tables import to_microseconds

START = bytes(32)
"""What stands for the hash of the row before the first."""
_FORM = b"unified audit row 1"
_ABSENT = b"\x00"
_PRESENT = b"\x01"
_LENGTH_BYTES = 4


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of one call, refusal or change: names, ids and outcomes, never a payload."""

    id: str
    created_at: datetime
    actor: str
    """The id of the key that called, or `cli`."""
    kind: str
    """`call`, `refusal` or `management`."""
    tool: str | None = None
    method: str | None = None
    """Of a model, such as `list`; else the HTTP method and the route's template, or the command."""
    model: str | None = None
    account_id: str | None = None
    target: str | None = None
    """The id of what a change made or changed."""
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
    """How many refusals the row tells of, when there is more than one: they repeated within a minute."""


_LATER = ("server", "count")
"""Fields that rows of older versions do not have."""
_HASHED = tuple(name for name in AuditEntry.__struct_fields__ if name not in _LATER)


class AuditRow(AuditEntry, frozen=True, kw_only=True):
    """An entry as it stands in its tenant's chain."""

    tenant_id: str
    seq: int
    """1, 2, 3 … without gaps."""
    hash: bytes


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a chain: how many rows it has, and the hash of the last."""

    seq: int = 0
    hash: bytes = START


def link(previous: bytes, tenant_id: str, seq: int, entry: AuditEntry) -> bytes:
    """The hash of an entry at a place: SHA-256 over length-prefixed parts, so that no two rows give the same text."""
    parts = [_FORM, previous, tenant_id.encode(), str(seq).encode()]
    parts += [_encoded(getattr(entry, name)) for name in _HASHED]
    later = [getattr(entry, name) for name in _LATER]
    while later and later[-1] is None:  # rows from before there was such a part do not have it, so none has it without one
        later.pop()
    parts += [_encoded(value) for value in later]
    return hashlib.sha256(b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in parts)).digest()


def _encoded(value: str | int | datetime | None) -> bytes:
    """A value as bytes, None apart from the empty text; numbers and times in decimal, which a database gives back exactly."""
    if value is None:
        return _ABSENT
    if isinstance(value, datetime):
        value = to_microseconds(value)
    return _PRESENT + str(value).encode()


def follows(row: AuditRow, head: Head) -> bool:
    """Whether a row is the next one after a head."""
    return row.seq == head.seq + 1 and fits(row, head.hash, row.seq)


def fits(row: AuditRow, previous: bytes, seq: int) -> bool:
    """Whether the row's hash was made for this place, wherever the row stands now."""
    return row.hash == link(previous, row.tenant_id, seq, row)


def chained(tenant_id: str, head: Head, entries: tuple[AuditEntry, ...]) -> tuple[AuditRow, ...]:
    """The entries as the rows that come after a head."""
    rows, previous = [], head.hash
    for seq, entry in enumerate(entries, head.seq + 1):
        previous = link(previous, tenant_id, seq, entry)
        rows.append(AuditRow(**msgspec.structs.asdict(entry), tenant_id=tenant_id, seq=seq, hash=previous))
    return tuple(rows)
