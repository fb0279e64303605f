"""What an expression's result is made into, when that is compiled together with the expression."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Protocol


class Shape(Protocol):
    """What becomes of the object that an expression gives: a record of a model, for example."""

    @property
    def names(self) -> frozenset[str]:
        """The keys that the object may have."""

    def inner(self, name: str) -> "Shape | None":
        """Return the shape of the objects in a key's list."""

    def is_kept(self, name: str) -> bool:
        """Return whether a key's value leaves as it came."""

    @property
    def convert_list(self) -> Any:
        """The function that converts a list of such objects."""

    def write_record(
        self, writer: Any, codes: Mapping[str, str], literals: Mapping[str, Any], converted: AbstractSet[str]
    ) -> str:
        """Write the conversion of the whole object, and return the code of the result."""

    def write_first(self, writer: Any, codes: Mapping[str, str], literals: Mapping[str, Any]) -> str:
        """Write what decides about an object in a list, and return the condition for keeping it; empty if none."""

    def write_rest(self, writer: Any, codes: Mapping[str, str], literals: Mapping[str, Any]) -> tuple[str, str]:
        """Write the rest of its conversion; return the code of the result and the condition for keeping it."""
