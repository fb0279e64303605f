"""A type for secrets in memory, so that printing, logging or encoding one by mistake reveals nothing."""

import hmac
from typing import NoReturn

_SHOWN_CHARACTERS = 4
_MIN_LENGTH_SHOWN = 12


def mask(text: str) -> str:
    """Return the last four characters of a secret, so that people can tell keys apart; none of a short one."""
    return f"…{text[-_SHOWN_CHARACTERS:]}" if len(text) >= _MIN_LENGTH_SHOWN else "…"


class Secret:
    """A text that is available only through `reveal()`; JSON encoders, pickle and copies refuse it."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        if not value:
            raise ValueError("A secret cannot be empty: expected a text of at least one character.")
        self.__value = value

    def reveal(self) -> str:
        """Return the text itself, for the places that put it into a request or seal it."""
        return self.__value

    @property
    def masked(self) -> str:
        """The part that may be shown, as `mask` returns it."""
        return mask(self.__value)

    def __repr__(self) -> str:
        return f"Secret('{self.masked}')"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Secret cannot be pickled or copied: seal it in the vault.")
