"""Frozen time and chance, so that an expression evaluated twice gives the same value twice.

What a person was shown must be what is sent later; `$now()`, `$millis()`, `$random()` and `$shuffle()` would differ by then.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Still:
    """The frozen time and chance of a block, and whether an evaluation within it asked for either."""

    __slots__ = ("chance", "is_read", "millis")

    def __init__(self, millis: int) -> None:
        self.millis = millis
        self.chance = random.Random(millis)  # noqa: S311 - the language's functions promise no secrets
        self.is_read = False


_CHANCE = random.Random()  # noqa: S311 - the language's functions promise no secrets
_STILL: ContextVar[Still | None] = ContextVar("unified_jsonata_still", default=None)


@contextmanager
def standing_still(millis: int) -> Iterator[Still]:
    """Let every evaluation within the block see this time (milliseconds since 1970) and the same chance."""
    still = Still(millis)
    token = _STILL.set(still)
    try:
        yield still
    finally:
        _STILL.reset(token)


def still_millis() -> int | None:
    """Return the frozen time of evaluations in milliseconds since 1970; None when time passes."""
    still = _asked()
    return None if still is None else still.millis


def chance() -> random.Random:
    """Return what `$random` and `$shuffle` draw from; never the module's state, which others in the process may rely on."""
    still = _asked()
    return _CHANCE if still is None else still.chance


def _asked() -> Still | None:
    still = _STILL.get()
    if still is not None:
        still.is_read = True
    return still
