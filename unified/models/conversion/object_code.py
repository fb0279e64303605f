"""Code that converts all fields of one object: a record, or an object nested in one."""

from typing import Any, Final

import msgspec

from unified.models.conversion.derived_code import missing, write_derivation
from unified.models.conversion.field_codes import EMPTY_LIST, EMPTY_MAP, NULL, FieldCodes, variable_of
from unified.models.conversion.value_code import literal_value, value_code
from unified.models.field import Field

_RECORD = "record"
DISPLAYED: Final = 15
"""Keys of a dictionary that Python makes in one step where it is written out; a longer one it makes in pieces."""


def write_decisive(codes: FieldCodes) -> None:
    """Write the fields that decide whether a nested object is left out."""
    for field in codes.target.decisive:
        _write_field(codes, field)


def write_others(codes: FieldCodes) -> None:
    """Write every field that is not written yet, and derive those from others that are null."""
    for field in codes.target.kept:
        if field.name not in codes.made:
            _write_field(codes, field)
    for field in codes.target.kept:
        write_derivation(codes, field)


def is_any_set(codes: FieldCodes, fields: tuple[Field, ...]) -> str:
    """Return the condition that one of these fields is set."""
    tests = [_is_set(codes, one) for one in fields if codes.made[one.name] not in {NULL, EMPTY_LIST}]
    return "True" if "True" in tests else " or ".join(tests) or "False"


def _is_set(codes: FieldCodes, field: Field) -> str:
    code = codes.made[field.name]
    return "True" if code != variable_of(field) else code if field.is_list else f"{code} is not None"


def display(codes: FieldCodes) -> str:
    """Return the code of the common object, written out."""
    return "{" + ", ".join(f"{field.name!r}: {codes.made[field.name]}" for field in codes.target.kept) + "}"


def write_record(codes: FieldCodes) -> str:
    """Return the code of a record: where it has many fields, a copy of one with all that is the same for every record."""
    names = [field.name for field in codes.target.kept]
    if len(names) <= DISPLAYED:
        return display(codes)
    template = {name: codes.constants.get(name) for name in names}
    codes.out.write(f"{_RECORD} = {codes.out.name_of(template.copy, 'new_record')}()")
    for name in names:
        if codes.made[name] != repr(template[name]):
            codes.out.write(f"{_RECORD}[{name!r}] = {codes.made[name]}")
    return _RECORD


def _write_field(codes: FieldCodes, field: Field) -> None:
    code = codes.given(field.name)
    if field.name in codes.values.converted:
        codes.made[field.name] = code
    elif code == NULL:
        codes.made[field.name] = EMPTY_LIST if field.is_list else NULL
    elif field.is_list or field.struct is not None:
        _write_nested(codes, field, code)
    else:
        _write_value(codes, field, code)
    if codes.target.needs(field):
        _write_needed(codes, field)


def _write_nested(codes: FieldCodes, field: Field, code: str) -> None:
    what = field if field.struct is None else codes.target.inner(field)
    convert = codes.out.name_of(codes.values.converter(what, field.is_list), f"convert_{field.name}")
    name = _named(codes, field, code)
    codes.assign(field, f"{EMPTY_LIST if field.is_list else NULL} if {codes.values.is_null(name)} else {convert}({name})")


def _write_value(codes: FieldCodes, field: Field, code: str) -> None:
    literal = codes.values.literals.get(field.name, msgspec.UNSET)
    known: Any = msgspec.UNSET if literal is msgspec.UNSET else literal_value(field, literal)
    if known is msgspec.UNSET:
        codes.assign(field, value_code(codes.out, field, _named(codes, field, code), codes.values))
    else:
        codes.made[field.name], codes.constants[field.name] = repr(known), known


def _named(codes: FieldCodes, field: Field, code: str) -> str:
    """Return a variable with what the mapping returned for a field: its own where it has one."""
    if codes.values.is_variable(field.name):
        return code
    codes.assign(field, code)
    return variable_of(field)


def _write_needed(codes: FieldCodes, field: Field) -> None:
    """Write what becomes of a required field that is null."""
    code = codes.made[field.name]
    if code == NULL and field.kind == "map":
        codes.made[field.name] = EMPTY_MAP
    elif codes.may_be_null(field):
        refuse = codes.out.name_of(missing, "missing")
        on_null = f"{code} = {EMPTY_MAP}" if field.kind == "map" else f"raise {refuse}({field.name!r})"
        codes.out.write(f"if {code} is None: {on_null}", field.name)
