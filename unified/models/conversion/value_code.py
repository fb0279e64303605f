"""Code that converts one value.

The usual value of a kind, such as text for text, is recognised by a test that calls nothing in Python; any other goes to the
kind's function in `SCALARS`.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from unified.models.conversion.field_codes import NULL, Output, Values
from unified.models.conversion.scalars import SCALARS, find_unusual_in_url, text
from unified.models.conversion.value_error import ValueMismatch
from unified.models.field import Field

_IS_TEXT = "type({v}) is str and {v}"
_IS_SMALL = f"type({{v}}) is int and -{2**63} < {{v}} < {2**63}"
"""Far larger numbers do not fit in a double."""
_USUAL: Final = {
    "string": _IS_TEXT,
    "id": _IS_TEXT,
    "url": _IS_TEXT + " and not {unusual}({v})",
    "enum": "type({v}) is str and {v} in {choices}",
    "boolean": "{v} is True or {v} is False",
    "integer": _IS_SMALL,
    "number": _IS_SMALL,
    "map": "type({v}) is dict",
}
"""Kind to the test for values that are right as they are. Kinds without one always need the kind's function."""
_IS_TEXTS = "{texts}.issuperset(map(type, {v})) and '' not in {v}"


def usual_test(out: Output, field: Field, code: str) -> str:
    """Return the condition that a value of a field is right as it is; empty if its function has to be asked."""
    names = {
        "choices": out.name_of(frozenset(field.enum), "CHOICES") if field.kind == "enum" else "",
        "unusual": out.name_of(find_unusual_in_url, "unusual") if field.kind == "url" else "",
    }
    return _USUAL.get(field.kind, "").format(v=code, **names)


def usual_list_test(out: Output, field: Field, code: str) -> str:
    """Return the condition that all values of a list are right as they are; empty if each has to be looked at."""
    texts = out.name_of(frozenset({str}), "TEXTS") if field.kind in {"string", "id"} else ""
    return _IS_TEXTS.format(v=code, texts=texts) if texts else ""


def value_code(out: Output, field: Field, name: str, values: Values) -> str:
    """Return the code of the common value for the value in a variable."""
    if field.kind == "any":
        return f"{NULL} if {name} is {values.undefined} else {name}" if values.undefined else name
    usual = usual_test(out, field, name)
    kept = f"{name} if {usual} else " if usual else ""
    return f"{kept}{NULL} if {values.is_null(name)} else {out.name_of(*_function(field))}({name})"


def literal_value(field: Field, literal: Any) -> Any:
    """Return the common value of a literal; UNSET where it has to be found out for each record."""
    function, _ = _function(field)
    if isinstance(literal, dict | list) or field.kind in {"map", "any"}:
        return msgspec.UNSET
    try:
        return None if literal is None else function(literal)
    except ValueMismatch:
        return msgspec.UNSET


def _function(field: Field) -> tuple[Callable[[Any], Any], str]:
    """Return what converts a value of the field's kind that is not null, and a name for it."""
    if field.kind == "enum":
        return _Choice(frozenset(field.enum)), "choose"
    return SCALARS[field.kind], SCALARS[field.kind].__name__


class _Choice(msgspec.Struct, frozen=True):
    """Keeps values of an enum; others become `other`, or null if the enum has no `other`."""

    choices: frozenset[str]

    def __call__(self, value: Any) -> str | None:
        word = text(value)
        return word if word is None or word in self.choices else "other" if "other" in self.choices else None
