"""A list that never ends is stopped: a provider that leads in a circle, or from one empty page to the next.

A circle may be longer than one answer, so what is needed to see it travels in the sealed cursor. Brent's method needs
one remembered position for circles of any length: it is renewed at each power of two, and a circle comes back to it.
"""

import hashlib
from typing import Any

import msgspec

from unified.errors import ProviderMalformed
from unified.service.cursors import Position

MAX_EMPTY = 100
"""Pages in a row without any record before the list is given up."""


def follow(at: Position, token: Any, *, count: int) -> Position:
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
