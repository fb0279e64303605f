"""Frozen time and chance, so that an expression evaluated twice gives the same value twice.

What a person was shown must be what is sent later; `$now()`, `$millis()`, `$random()` and `$shuffle()` would differ by then.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_CHANCE = random.Random()  # noqa: S311 - the language's functions promise no secrets
_STILL: ContextVar[tuple[int, random.Random] | None] = ContextVar("unified_jsonata_still", default=None)


@contextmanager
def standing_still(millis: int) -> Iterator[None]:
    """Let every evaluation within the block see this time (milliseconds since 1970) and the same chance."""
    token = _STILL.set((millis, random.Random(millis)))  # noqa: S311 - the language's functions promise no secrets
    try:
        yield
    finally:
        _STILL.reset(token)


def still_millis() -> int | None:
    """Return the frozen time of evaluations in milliseconds since 1970; None when time passes."""
    still = _STILL.get()
    return None if still is None else still[0]


def chance() -> random.Random:
    """Return what `$random` and `$shuffle` draw from; never the module's state, which others in the process may rely on."""
    still = _STILL.get()
    return _CHANCE if still is None else still[1]
