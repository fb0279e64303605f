"""Code for fields that are derived from others: a value that the mapping gives goes before."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from unified.models.conversion.countries import is_alpha_2
from unified.models.conversion.field_codes import NULL, FieldCodes, variable_of
from unified.models.conversion.phones import e164
from unified.models.conversion.scalars import text
from unified.models.conversion.value_error import ValueMismatch
from unified.models.field import Field
from unified.models.shared import Address, PhoneNumber


def write_derivation(codes: FieldCodes, field: Field) -> None:
    """Write what a field is derived from, if it is one that can be."""
    special = _SPECIAL.get((codes.target.struct, field.name))
    if field.remote_of is not None:
        _write_remote_word(codes, field, next(one for one in codes.target.fields if one.name == field.remote_of))
    elif field.name == "remote_id":
        _write_remote_id(codes, field)
    elif codes.target.name_parts(field):
        _write_name(codes, field)
    elif special is not None:
        special(codes, field)


def _write_remote_id(codes: FieldCodes, field: Field) -> None:
    """Write the provider's own id, which is the record's unless the mapping gives another."""
    own = next((one for one in codes.target.kept if one.name == "id"), None)
    if own is not None and codes.target.needs(own) and codes.made[field.name] == NULL:
        codes.made[field.name] = codes.text_of("id")
        return
    codes.assign_if_null(field, codes.text_of("id"))
    if codes.may_be_null(field):
        refuse = codes.out.name_of(missing, "missing")
        codes.out.write(f"if {codes.made[field.name]} is None: raise {refuse}('id')", field.name)


def _write_name(codes: FieldCodes, field: Field) -> None:
    """Write a name from its two parts; either may be null."""
    if not codes.may_be_null(field):
        return
    first, last = (" or ".join(map(codes.text_of, sources)) for sources in codes.target.name_parts(field))
    name, indent = variable_of(field), ""
    if codes.made[field.name] != NULL:
        codes.out.write(f"if {name} is None:", field.name)
        indent = "    "
    codes.made[field.name] = name
    codes.out.write(f"{indent}part_1, part_2 = {first}, {last}", field.name)
    codes.out.write(f"{indent}{name} = part_1 + ' ' + part_2 if part_1 and part_2 else part_1 or part_2", field.name)


def _write_remote_word(codes: FieldCodes, field: Field, source: Field) -> None:
    """Write `remote_status` from a status that the enum does not have."""
    code = codes.given(source.name)
    if code == NULL:
        return
    unknown = codes.out.name_of(_Unknown(frozenset(source.enum)), "unknown_word")
    undefined = codes.values.undefined if codes.values.is_variable(source.name) else ""
    absent = f"{NULL} if {code} is {undefined} else " if undefined else ""
    codes.assign_if_null(field, f"{absent}{unknown}({code})")


class _Unknown(msgspec.Struct, frozen=True):
    """Keeps a word that is not among those of an enum."""

    choices: frozenset[str]

    def __call__(self, word: Any) -> str | None:
        return None if word is None or (type(word) is str and word in self.choices) else text(word)


def _write_country_name(codes: FieldCodes, field: Field) -> None:
    code = codes.given("country")
    if code != NULL:
        codes.assign_if_null(field, f"{codes.out.name_of(_country_name, 'country_name')}({code})")


def _country_name(word: Any) -> str | None:
    """Return a country's name where the provider gives one instead of a code."""
    return word if isinstance(word, str) and word and not is_alpha_2(word) else None


def _write_e164(codes: FieldCodes, field: Field) -> None:
    """Write E.164 from the number, or from the mapping's own value for it."""
    parse, region = codes.out.name_of(e164, "e164"), repr(codes.target.region)
    number, own = codes.made["number"], codes.made["e164"]
    if own == NULL and number != NULL:  # an object without either is left out before
        codes.assign(field, f"{parse}({number}, {region})")
    elif own != NULL:
        codes.made |= {"number": "v_number", "e164": "v_e164"}
        codes.out.write(f"v_number, v_e164 = {number}, {own}", field.name)
        codes.out.write(f"if v_number is None: v_number = v_e164; v_e164 = v_e164 and {parse}(v_e164, {region})", field.name)
        codes.out.write(f"else: v_e164 = {parse}(v_e164 or v_number, {region})", field.name)


_SPECIAL: Final[dict[tuple[type[msgspec.Struct], str], Callable[[FieldCodes, Field], None]]] = {
    (Address, "country_name"): _write_country_name,
    (PhoneNumber, "e164"): _write_e164,
}


def missing(name: str) -> ValueMismatch:
    """Return the error for a required field that is null."""
    return ValueMismatch(f'expected text, got nothing: the mapping\'s record must have "{name}"')
