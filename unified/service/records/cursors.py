"""Sealed cursors: where a list goes on, readable only here, for the same account, model and query."""

import hashlib
from typing import Any

import msgspec

from unified.errors import InvalidCursor, ProviderMalformed
from unified.service.records.provider_calls import Call
from unified.transform.query import Query

MAX_LENGTH = 16_384


class Position(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A place in a list."""

    call: int = 0
    """Index of the list call that was taken."""
    part: int = 0
    """Which call of a chain."""
    token: Any = None
    """The provider's position."""
    skip: int = 0
    """Records of that page that were already given."""
    seen: int = 0
    """Records read from the provider so far."""
    empty: int = 0
    """Pages without any record in a row, up to here."""
    steps: int = 0
    """Pages read so far."""
    mark: str = ""
    """Digest of one of the earlier positions, to find a circle: see `unified.service.records.cursors`."""
    size: int = 0
    """Records a page that were asked of the provider: what `token` and `skip` count in, whatever the limit now is."""


def seal_position(call: Call, query: Query, position: Position) -> str:
    """The cursor for a position."""
    return call.services.vault.seal_cursor(msgspec.json.encode(position), context=_context(call, query))


def open_position(call: Call, query: Query, *, choice: int) -> Position:
    """The position of the query's cursor, or the start; InvalidCursor for anything that was not made for this query."""
    if query.cursor is None:
        return Position(call=choice)
    if len(query.cursor) > MAX_LENGTH:
        raise InvalidCursor(f"cursor: expected at most {MAX_LENGTH} characters")
    opened = call.services.vault.open_cursor(query.cursor, context=_context(call, query))
    position = msgspec.json.decode(opened, type=Position)
    if position.call != choice:
        raise InvalidCursor("cursor: the mapping has changed since; start again without a cursor")
    return position


def _context(call: Call, query: Query) -> tuple[str, ...]:
    digest = hashlib.sha256(msgspec.json.encode(query.digest_parts())).hexdigest()
    return (call.account.tenant_id, call.account.id, call.mapping.model.id, digest)


MAX_EMPTY = 100
"""Pages in a row without any record before the list is given up."""


def advance_position(at: Position, token: Any, *, count: int) -> Position:
    """The position after a page with so many records; ProviderMalformed when the list goes round or leads nowhere."""
    empty = 0 if count else at.empty + 1
    if empty >= MAX_EMPTY:
        raise ProviderMalformed(
            f"pagination: {MAX_EMPTY} pages in a row had no record and named a next one; the list was stopped"
        )
    steps, here = at.steps + 1, _digest(token)
    if here == at.mark:
        raise ProviderMalformed("pagination: the provider gave a position that this list has been at; the list was stopped")
    mark = here if steps & (steps - 1) == 0 else at.mark
    return msgspec.structs.replace(at, token=token, skip=0, seen=at.seen + count, empty=empty, steps=steps, mark=mark)


def _digest(token: Any) -> str:
    return hashlib.blake2b(msgspec.json.encode(token), digest_size=8).hexdigest()
