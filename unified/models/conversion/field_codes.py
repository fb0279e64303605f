"""The code of each field of one object while the object's conversion is written.

The same conversion is written in two places: in a function that reads an object (`conversion`), and behind a mapping's own
code, which has the values in variables (`shape`). `Output` and `Values` are what differs.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import msgspec

from unified.models.conversion.scalars import text
from unified.models.field import Field
from unified.models.target import Target

NULL: Final = "None"
EMPTY_LIST: Final = "[]"
EMPTY_MAP: Final = "{}"


class Output(Protocol):
    """Where code is written to."""

    def write(self, code: str, field: str = "") -> None:
        """Write a line that belongs to a field."""

    def name_of(self, value: Any, hint: str) -> str:
        """Return the name by which the code knows a value."""


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """How the code reaches what a mapping returned. A value that is missing counts as null."""

    codes: Mapping[str, str]
    """Field to the code of its value."""
    literals: Mapping[str, Any] = {}
    """Field to its value, where that is the same for every record."""
    converted: frozenset[str] = frozenset()
    """Fields with values that were converted before."""
    undefined: str = ""
    """The code of the missing value; empty if there is no such value, and the codes are not variables."""
    converter: Callable[[Target | Field, bool], Callable[[Any], Any]]
    """Returns the function for the objects of a struct, or for the values of a field: for a list of them if True."""

    def is_null(self, name: str) -> str:
        """Return the condition that a variable has no value."""
        return f"{name} is None or {name} is {self.undefined}" if self.undefined else f"{name} is None"

    def is_variable(self, name: str) -> bool:
        """Return whether the code of a field's value is a variable, which may be read more than once."""
        return bool(self.undefined) and name not in self.literals


class FieldCodes:
    """The code of each field of an object: a variable, or a constant that is the same for every record."""

    def __init__(self, out: Output, target: Target, values: Values) -> None:
        self.out = out
        self.target = target
        self.values = values
        self.made: dict[str, str] = {}
        """Field to the code of its common value."""
        self.constants: dict[str, Any] = {}
        """Field to the common value of its literal."""

    def given(self, name: str) -> str:
        """Return the code of what the mapping returned for a field."""
        return self.values.codes.get(name, NULL)

    def assign(self, field: Field, code: str) -> None:
        """Write a field's common value into its variable."""
        name = self.made[field.name] = variable_of(field)
        self.out.write(f"{name} = {code}", field.name)

    def may_be_null(self, field: Field) -> bool:
        """Return whether a field has a variable, which may be null, or is null in every record."""
        return self.made[field.name] in {NULL, variable_of(field)}

    def assign_if_null(self, field: Field, code: str) -> None:
        """Write another value for a field that is null."""
        if self.made[field.name] == NULL:
            self.assign(field, code)
        elif self.may_be_null(field):
            name = variable_of(field)
            self.out.write(f"if {name} is None: {name} = {code}", field.name)

    def text_of(self, name: str) -> str:
        """Return the code of a field's text: of what the mapping returned, where the field itself holds none."""
        field = next((field for field in self.target.kept if field.name == name), None)
        if field is not None and field.kind in {"string", "id"} and not field.is_list:
            return self.made[name]
        code = self.given(name)
        if code == NULL:
            return NULL
        as_text = f"{self.out.name_of(text, 'text')}({code})"
        return as_text if name in self.values.literals else f"({NULL} if {self.values.is_null(code)} else {as_text})"


def variable_of(field: Field) -> str:
    """Return the name of a converted field in the code."""
    return f"v_{field.name}"
