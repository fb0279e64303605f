"""A model as the shape of what an expression gives: its conversion is written behind the expression's own code.

The engine that compiles expressions knows no models; `Shape` of `unified_jsonata` says what it asks for.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec

from unified.models.conversion.conversion import inner_converter
from unified.models.conversion.field_codes import FieldCodes, Values
from unified.models.conversion.object_code import display, is_any_set, write_decisive, write_others, write_record
from unified.models.conversion.value_code import usual_list_test, usual_test
from unified.models.field import Field
from unified.models.target import Target

_UNDEFINED = "U"
"""The name of the missing value in the code of an expression."""


class Writer(Protocol):
    """The code of an expression, while it is written."""

    def line(self, text: str) -> None:
        """Write a line."""

    def block(self, opening: str) -> AbstractContextManager[None]:
        """Write a statement and indent the lines below it."""

    def constant(self, value: Any, hint: str) -> str:
        """Return the name by which the code knows a value."""


class _Output(msgspec.Struct, frozen=True):
    writer: Writer

    def write(self, code: str, field: str = "") -> None:  # noqa: ARG002 - an error is explained by the plain conversion
        self.writer.line(code)

    def name_of(self, value: Any, hint: str) -> str:
        return self.writer.constant(value, hint)


class ModelShape(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of a model's record."""

    target: Target

    def _field(self, name: str) -> Field:
        return next(field for field in self.target.fields if field.name == name)

    def part(self, name: str) -> "FieldPart | None":
        """Return what becomes of a field's objects or values; None if they are converted as a whole."""
        field = self._field(name)
        if field.struct is None:
            return FieldPart(what=field, is_list=True) if field.is_list else None
        return None if _is_deep(field) else FieldPart(what=self.target.inner(field), is_list=field.is_list)

    def is_kept(self, name: str) -> bool:
        """Return whether the values of a field leave as they came, so that the engine has to finish and count them."""
        field = self._field(name)
        return field.kind in {"map", "any"} or _is_deep(field)

    def write_record(
        self, writer: Writer, codes: Mapping[str, str], literals: Mapping[str, Any], converted: AbstractSet[str]
    ) -> str:
        """Write the conversion of a record with these values, and return the code of the result."""
        fields = FieldCodes(_Output(writer), self.target, _values(codes, literals, converted))
        write_others(fields)
        return write_record(fields)


class FieldPart(msgspec.Struct, frozen=True, kw_only=True):
    """The objects or values in a field's list, or its only object."""

    what: Target | Field
    is_list: bool

    @property
    def names(self) -> frozenset[str]:
        """The fields that an object may have; empty for values."""
        return frozenset(field.name for field in self.what.fields) if isinstance(self.what, Target) else frozenset()

    @property
    def convert(self) -> Any:
        """The function that converts all that the field may hold."""
        return inner_converter(self.what, self.is_list)

    def usual(self, writer: Writer, code: str) -> str:
        """Return the condition that a value stays as it is; empty for objects."""
        return usual_test(_Output(writer), self.what, code) if isinstance(self.what, Field) else ""

    def usual_list(self, writer: Writer, code: str) -> str:
        """Return the condition that all values of a list stay as they are; empty for objects."""
        return usual_list_test(_Output(writer), self.what, code) if isinstance(self.what, Field) else ""

    def write_object(
        self, writer: Writer, codes: Mapping[str, str], literals: Mapping[str, Any], add: Callable[[str], str]
    ) -> None:
        """Write the conversion of an object with these values, and what adds it unless it is left out."""
        assert isinstance(self.what, Target)
        fields = FieldCodes(_Output(writer), self.what, _values(codes, literals))
        if self.what.decisive:
            write_decisive(fields)
            with writer.block(f"if {is_any_set(fields, self.what.decisive)}:"):
                write_others(fields)
                writer.line(add(display(fields)))
        else:
            write_others(fields)
            writer.line(f"if {is_any_set(fields, self.what.essential)}: {add(display(fields))}")


def _is_deep(field: Field) -> bool:
    """Return whether the objects of a field hold lists or objects again."""
    return any(one.is_list or one.struct for one in field.nested)


def _values(codes: Mapping[str, str], literals: Mapping[str, Any], converted: AbstractSet[str] = frozenset()) -> Values:
    return Values(
        codes=codes, literals=literals, converted=frozenset(converted), undefined=_UNDEFINED, converter=inner_converter
    )
