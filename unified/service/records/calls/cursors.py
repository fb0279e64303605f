"""Seals the position where a list continues; readable only here, for the same account, model and query."""

import hashlib
from datetime import date
from typing import Any

import msgspec

from unified.errors.providers import ProviderMalformed
from unified.errors.requests import InvalidCursor
from unified.service.records.calls.call import Call
from unified.transform.queries.query import Query
from unified.transform.queries.windows import today

MAX_LENGTH = 16_384


MAX_EMPTY = 100
"""Pages in a row without any record, after which the list is stopped."""


class Position(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A place in a list."""

    call: int = 0
    """Index of the list call that was taken."""
    part: int = 0
    """Which call of a chain."""
    token: Any = None
    """The provider's position."""
    skip: int = 0
    """Records of that page that were already returned."""
    seen: int = 0
    """Records read from the provider so far."""
    empty: int = 0
    """Pages without any record in a row, up to here."""
    steps: int = 0
    """Pages read so far."""
    mark: str = ""
    """Digest of one of the earlier positions, by which `advance_position` detects a loop."""
    size: int = 0
    """The page size requested from the provider: the unit of `token` and `skip`, even if the limit changes."""
    day: str = ""
    """The day on which the list began, by which its windows are computed."""

    @property
    def began(self) -> date:
        """The day on which the list began."""
        return date.fromisoformat(self.day) if self.day else today()


def start(choice: int) -> Position:
    """Return the start of a list that begins today; `choice` is the index of its list call."""
    return Position(call=choice, day=today().isoformat())


def seal_position(call: Call, query: Query, position: Position) -> str:
    """Return the cursor for a position."""
    return call.services.vault.seal_cursor(msgspec.json.encode(position), context=_context(call, query))


def open_position(call: Call, query: Query, *, choice: int) -> Position:
    """Return the position of the query's cursor, or the start of the list when it has none.

    Args:
        call: the permitted call.
        query: as the provider is asked it.
        choice: index of the mapping's list call that this query takes.

    Raises:
        InvalidCursor: the cursor is too long, was changed, or was not issued for this query.
    """
    if query.cursor is None:
        return start(choice)
    if len(query.cursor) > MAX_LENGTH:
        raise InvalidCursor(f"cursor: expected at most {MAX_LENGTH} characters")
    opened = call.services.vault.open_cursor(query.cursor, context=_context(call, query))
    position = msgspec.json.decode(opened, type=Position)
    if position.call != choice:
        raise InvalidCursor("cursor: the mapping has changed since; start again without a cursor")
    return position


def opened_position(plain: Any) -> Position:
    """Return the position in another list that a position holds as plain data.

    Raises:
        InvalidCursor: It is no longer valid: the mapping has changed.
    """
    try:
        return msgspec.convert(plain, Position)
    except msgspec.ValidationError:
        raise InvalidCursor("cursor: the mapping has changed since; start again without a cursor") from None


def _context(call: Call, query: Query) -> tuple[str, ...]:
    digest = hashlib.sha256(msgspec.json.encode(query.digest_parts())).hexdigest()
    return (call.account.tenant_id, call.account.id, call.mapping.model.id, digest)


def advance_position(at: Position, token: Any, *, count: int) -> Position:
    """Return the position after a page with `count` records.

    Raises:
        ProviderMalformed: the list loops, or has too many pages in a row without a record.
    """
    empty = 0 if count else at.empty + 1
    if empty >= MAX_EMPTY:
        raise ProviderMalformed(
            f"pagination: {MAX_EMPTY} pages in a row had no record and named a next page; the list was stopped"
        )
    steps, here = at.steps + 1, _digest(token)
    if here == at.mark:
        raise ProviderMalformed("pagination: the provider returned a position that this list had before; the list was stopped")
    mark = here if steps & (steps - 1) == 0 else at.mark
    return msgspec.structs.replace(at, token=token, skip=0, seen=at.seen + count, empty=empty, steps=steps, mark=mark)


def _digest(token: Any) -> str:
    return hashlib.blake2b(msgspec.json.encode(token), digest_size=8).hexdigest()
