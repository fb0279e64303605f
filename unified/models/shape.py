"""A model as the shape of what an expression gives: its conversion is written behind the expression's own code.

The engine that compiles expressions knows no models; `Shape` of `unified.jsonata` says what it asks for.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Protocol

import msgspec

from unified.models.conversion import inner_converter
from unified.models.conversion_source import Target, Values, display, is_set, write_fields, write_first
from unified.models.field import Field

_UNDEFINED = "U"
"""What the code of an expression calls the value that is not there."""


class Writer(Protocol):
    """The code of an expression, while it is written."""

    def line(self, text: str) -> None:
        """Write a line."""

    def constant(self, value: Any, hint: str) -> str:
        """Return the name by which the code knows a value."""


class _Out(msgspec.Struct, frozen=True):
    writer: Writer

    def write(self, code: str, field: str = "") -> None:  # noqa: ARG002 - an error is explained by the plain conversion
        self.writer.line(code)

    def name_of(self, value: Any, hint: str) -> str:
        return self.writer.constant(value, hint)


class ModelShape(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of a model's record, or of an object nested in one."""

    target: Target

    @property
    def names(self) -> frozenset[str]:
        """The fields that the object may have."""
        return frozenset(field.name for field in self.target.fields)

    def _field(self, name: str) -> Field:
        return next(field for field in self.target.fields if field.name == name)

    def inner(self, name: str) -> "ModelShape | None":
        """Return the shape of the objects in a field's list; None if they are converted as a whole."""
        field = self._field(name)
        if not field.is_list or field.struct is None or _is_deep(field):
            return None
        return ModelShape(target=self.target.inner(field))

    def is_kept(self, name: str) -> bool:
        """Return whether the values of a field leave as they came, so that the engine has to finish and count them."""
        field = self._field(name)
        return field.kind in {"map", "any"} or _is_deep(field)

    @property
    def convert_list(self) -> Any:
        """The function that converts a list of such objects, or a single one, to a list."""
        return inner_converter(self.target, True)  # noqa: FBT003 - the key of a cache

    def write_record(
        self, writer: Writer, codes: Mapping[str, str], literals: Mapping[str, Any], converted: AbstractSet[str]
    ) -> str:
        """Write the conversion of a record with these values, and return the code of the result."""
        write_fields(_Out(writer), self.target, _values(codes, literals, converted))
        return display(self.target)

    def write_first(self, writer: Writer, codes: Mapping[str, str], literals: Mapping[str, Any]) -> str:
        """Write what decides whether a nested object is left out, and return the condition for keeping it; empty if none."""
        write_first(_Out(writer), self.target, _values(codes, literals))
        return is_set(self.target.decisive)

    def write_rest(self, writer: Writer, codes: Mapping[str, str], literals: Mapping[str, Any]) -> tuple[str, str]:
        """Write the rest of a nested object's conversion; return the result's code and the condition for keeping it."""
        write_fields(_Out(writer), self.target, _values(codes, literals), self.target.decisive)
        return display(self.target), is_set(self.target.essential)


def _is_deep(field: Field) -> bool:
    """Return whether the objects of a field hold lists or objects again."""
    return any(one.is_list or one.struct for one in field.nested)


def _values(codes: Mapping[str, str], literals: Mapping[str, Any], converted: AbstractSet[str] = frozenset()) -> Values:
    return Values(
        codes=codes, literals=literals, converted=frozenset(converted), undefined=_UNDEFINED, converter=inner_converter
    )
