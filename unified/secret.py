"""A type for secrets in memory, so that printing, logging or encoding one by mistake shows nothing."""

import hmac
from typing import NoReturn

_SHOWN = 4
_LEAST_LENGTH_SHOWN = 12


def mask(text: str) -> str:
    """The last four characters of a secret, for people to tell keys apart; nothing of a short one."""
    return f"…{text[-_SHOWN:]}" if len(text) >= _LEAST_LENGTH_SHOWN else "…"


class Secret:
    """A text that shows itself only through `reveal()`; JSON encoders, pickle and copies refuse it."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        if not value:
            raise ValueError("A secret is never empty: expected a text of at least one character.")
        self.__value = value

    def reveal(self) -> str:
        """The text itself, for the one place that injects it into a request or seals it."""
        return self.__value

    @property
    def masked(self) -> str:
        """What may be shown of it, as in `mask`."""
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
        raise TypeError("A Secret is not pickled or copied: seal it in the vault.")
