"""Describes the conversion of an expression's result that is compiled together with the expression."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Protocol

Shaped = Callable[[Sequence[Any], Callable[[Any], Any]], list[Any]]
"""Gives the converted values of documents; those that it does not do go to its second argument."""


class Part(Protocol):
    """The conversion of the objects or values in a key's list, or of a key's only object."""

    @property
    def names(self) -> frozenset[str]:
        """The keys that such an object may have; empty for other values."""

    @property
    def is_list(self) -> bool:
        """Whether the key holds a list."""

    @property
    def convert(self) -> Any:
        """The function that converts all that the key may hold: a list or a single value to a list, or an object."""

    def usual(self, writer: Any, code: str) -> str:
        """Return the condition that a single value stays as it is; empty if none does."""

    def usual_list(self, writer: Any, code: str) -> str:
        """Return the condition that all values of a list stay as they are; empty if each has to be looked at."""

    def write_object(
        self, writer: Any, codes: Mapping[str, str], literals: Mapping[str, Any], add: Callable[[str], str]
    ) -> None:
        """Write the conversion of an object with these values, and what adds it; nothing is added if it is left out."""


class Shape(Protocol):
    """The conversion of the object that an expression gives: a record of a model, for example."""

    def part(self, name: str) -> Part | None:
        """Return what becomes of a key's objects or values, if these can be converted one by one where they are made."""

    def is_kept(self, name: str) -> bool:
        """Return whether a key's value leaves as it came."""

    def write_record(
        self, writer: Any, codes: Mapping[str, str], literals: Mapping[str, Any], converted: AbstractSet[str]
    ) -> str:
        """Write the conversion of the whole object, and return the code of the result."""
