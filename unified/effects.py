"""Whether a request has done anything yet that a repetition would do again: 503, or an error that "may have been done".

What does something notes it just before: a request that may write at a provider, and the end of a transaction. What fails
before that surely did nothing, whatever it was, and can be repeated.
"""

from contextlib import AbstractContextManager
from contextvars import ContextVar


class _Effects:
    __slots__ = ("may_be_done",)

    def __init__(self) -> None:
        self.may_be_done = False


_CURRENT: ContextVar[_Effects | None] = ContextVar("unified_effects", default=None)


def noting_effects() -> AbstractContextManager[None]:
    """Note what is done within the block by itself; for what is around, it counts too."""
    return _Noting()


def without_effects() -> AbstractContextManager[None]:
    """Note nothing of the block: a repetition of the request is as if it had not been, or takes it up."""
    return _Unnoted()


class _Noting(AbstractContextManager[None]):
    """A block that notes its own effects. Each request enters one, and a generator would take several times as long."""

    __slots__ = ("_around", "_own", "_token")

    def __enter__(self) -> None:
        self._around, self._own = _CURRENT.get(), _Effects()
        self._token = _CURRENT.set(self._own)

    def __exit__(self, *_raised: object) -> None:
        _CURRENT.reset(self._token)
        if self._around is not None and self._own.may_be_done:
            self._around.may_be_done = True


class _Unnoted(AbstractContextManager[None]):
    """A block that notes nothing."""

    __slots__ = ("_token",)

    def __enter__(self) -> None:
        self._token = _CURRENT.set(None)

    def __exit__(self, *_raised: object) -> None:
        _CURRENT.reset(self._token)


def note_effect() -> None:
    """Note that from now on something may be done."""
    current = _CURRENT.get()
    if current is not None:
        current.may_be_done = True


def is_nothing_done() -> bool:
    """Return whether surely nothing was done in the block so far; False outside of any."""
    current = _CURRENT.get()
    return current is not None and not current.may_be_done
