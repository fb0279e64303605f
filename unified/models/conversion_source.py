"""Python code that converts a mapping's object to the fields of a struct.

The usual value of a field, such as text for text, passes after one comparison; anything else goes to the field's function in
`SCALARS`. The same code is written in two places: as a function that reads an object (`conversion`), and behind a mapping's
own code, which has the values in variables (`shape`). A value that is missing counts as null.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from unified.models.countries import is_alpha_2
from unified.models.field import Field, fields_of
from unified.models.phones import e164
from unified.models.scalars import SCALARS, text
from unified.models.shared import Address, EarningLine, EmailAddress, FieldOption, Participant, PhoneNumber, Url
from unified.models.value_error import ValueMismatch

ESSENTIAL: dict[type[msgspec.Struct], tuple[str, ...]] = {
    EmailAddress: ("email",),
    PhoneNumber: ("number", "e164"),
    Url: ("url",),
    FieldOption: ("value",),
    Address: tuple(name for name in Address.__struct_fields__ if name != "type"),
    Participant: ("name", "email", "user_id", "contact_id"),
    EarningLine: ("name", "amount", "hours"),
}
"""Struct to the fields of which one must be set; a nested object without any is left out. Default: all its fields."""
FEW = 2
"""Up to so many essential fields are converted first; the others of an object that is left out are not looked at then."""

NAME_PARTS = {
    "name": (("first_name",), ("last_name",)),
    "display_name": (("preferred_name", "first_name"), ("last_name",)),
}
"""Fields that are built from parts if null: for each part, the fields that can supply it, best first."""

_IS_TEXT = "type({v}) is str and {v}"
_IS_SMALL = f"type({{v}}) is int and -{2**63} < {{v}} < {2**63}"
"""Far larger numbers do not fit in a double."""
_USUAL = {
    "string": _IS_TEXT,
    "id": _IS_TEXT,
    "url": _IS_TEXT,
    "enum": "type({v}) is str and {v} in {choices}",
    "boolean": "{v} is True or {v} is False",
    "integer": _IS_SMALL,
    "number": _IS_SMALL,
    "map": "type({v}) is dict",
}
"""Kind to the test for values that are right as they are. Kinds without one always need the kind's function."""
_NULL = "None"


class Out(Protocol):
    """Where code is written to."""

    def write(self, code: str, field: str = "") -> None:
        """Write a line that belongs to a field."""

    def name_of(self, value: Any, hint: str) -> str:
        """Return the name by which the code knows a value."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One struct to be filled: with one default phone region and one selection of fields."""

    struct: type[msgspec.Struct]
    region: str | None = None
    keep: frozenset[str] | None = None
    optional: frozenset[str] = frozenset()

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields; a mapping may return each of them."""
        return fields_of(self.struct)

    @property
    def kept(self) -> tuple[Field, ...]:
        """The selected fields."""
        return tuple(field for field in self.fields if self.keep is None or field.name in self.keep)

    @property
    def essential(self) -> tuple[Field, ...]:
        """The fields of which one must be set."""
        names = ESSENTIAL.get(self.struct, self.struct.__struct_fields__)
        return tuple(field for field in self.fields if field.name in names)

    @property
    def decisive(self) -> tuple[Field, ...]:
        """The essential fields, if they are so few that they are converted first."""
        return self.essential if len(self.essential) <= FEW else ()

    def inner(self, field: Field) -> "Target":
        """Return the target of a field's objects."""
        assert field.struct is not None
        return Target(struct=field.struct, region=self.region)


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """How the code reaches what a mapping returned."""

    codes: Mapping[str, str]
    """Field to the code of its value."""
    literals: Mapping[str, Any] = {}
    """Field to its value, where that is the same for every record."""
    converted: frozenset[str] = frozenset()
    """Fields with values that were converted before."""
    undefined: str = ""
    """The code of the value of what is not there; empty if there is no such value."""
    converter: Callable[[Target | Field, bool], Callable[[Any], Any]]
    """Returns the function for the objects of a struct, or for the values of a field: for a list of them if True."""

    def is_null(self, name: str) -> str:
        """Return the condition that a variable has no value."""
        return f"{name} is None or {name} is {self.undefined}" if self.undefined else f"{name} is None"


def variable(field: Field) -> str:
    """Return the name of a converted field in the code."""
    return f"v_{field.name}"


def display(target: Target) -> str:
    """Return the code of the common object."""
    return "{" + ", ".join(f"{field.name!r}: {variable(field)}" for field in target.kept) + "}"


def is_set(fields: tuple[Field, ...]) -> str:
    """Return a condition: whether one of these fields is set."""
    return " or ".join(variable(one) if one.is_list else f"{variable(one)} is not None" for one in fields)


def write_first(out: Out, target: Target, values: Values) -> None:
    """Write the decisive fields of a nested object."""
    for field in target.decisive:
        _write_field(out, field, target, values)


def write_fields(out: Out, target: Target, values: Values, done: tuple[Field, ...] = ()) -> None:
    """Write what converts and derives every field, but for those that are `done`, into a variable for each."""
    for field in target.kept:
        if field not in done:
            _write_field(out, field, target, values)
    for field in target.kept:
        _write_derivation(out, field, target, values)


def write_item(out: Out, field: Field, variable: str, values: Values) -> None:
    """Write the conversion of one value of a list."""
    _write_scalar(out, field, variable, values, place="")


def _write_field(out: Out, field: Field, target: Target, values: Values) -> None:
    name, code = variable(field), values.codes.get(field.name, _NULL)
    if field.name in values.converted:
        out.write(f"{name} = {code}", field.name)
    elif code == _NULL:
        out.write(f"{name} = {'[]' if field.is_list else _NULL}", field.name)
    elif field.is_list or field.struct is not None:
        _write_nested(out, field, target, values, code)
    elif field.name in values.literals and (known := _converted(field, values.literals[field.name])) is not None:
        out.write(f"{name} = {known}", field.name)
    else:
        out.write(f"{name} = {code}", field.name)
        _write_scalar(out, field, name, values, field.name)
    if field.required and not field.is_list and field.name not in {"remote_id", *target.optional}:
        on_null = f"{name} = {{}}" if field.kind == "map" else f"raise {out.name_of(missing, 'missing')}({field.name!r})"
        out.write(f"if {name} is None: {on_null}", field.name)


def _write_nested(out: Out, field: Field, target: Target, values: Values, code: str) -> None:
    name = variable(field)
    what = field if field.struct is None else target.inner(field)
    convert = out.name_of(values.converter(what, field.is_list), f"convert_{field.name}")
    out.write(f"{name} = {code}", field.name)
    out.write(f"{name} = {'[]' if field.is_list else _NULL} if {values.is_null(name)} else {convert}({name})", field.name)


def _converted(field: Field, literal: Any) -> str | None:
    """Return the code of a literal's common value; None where it has to be found out at run time."""
    function, _ = _function(field)
    if isinstance(literal, dict | list) or field.kind in {"map", "any"}:
        return None
    try:
        return repr(None if literal is None else function(literal))
    except ValueMismatch:
        return None


def _write_scalar(out: Out, field: Field, name: str, values: Values, place: str) -> None:
    """Write the conversion of one value in a variable."""
    null = f"{_NULL} if {values.is_null(name)} else"
    if field.kind == "any":
        if values.undefined:
            out.write(f"if {name} is {values.undefined}: {name} = None", place)
        return
    choices = out.name_of(frozenset(field.enum), "CHOICES") if field.kind == "enum" else ""
    function = out.name_of(*_function(field))
    usual = _USUAL.get(field.kind, "").format(v=name, choices=choices)
    if usual:
        out.write(f"if not ({usual}): {name} = {null} {function}({name})", place)
    else:
        out.write(f"{name} = {null} {function}({name})", place)


class _Choice(msgspec.Struct, frozen=True):
    """Keeps values of an enum; others become `other`, or null if the enum has no `other`."""

    choices: frozenset[str]

    def __call__(self, value: Any) -> str | None:
        word = text(value)
        return word if word is None or word in self.choices else "other" if "other" in self.choices else None


def _function(field: Field) -> tuple[Callable[[Any], Any], str]:
    """Return what converts a value of the field's kind that is not null, and a name for it."""
    return (
        (_Choice(frozenset(field.enum)), "choose")
        if field.kind == "enum"
        else (SCALARS[field.kind], SCALARS[field.kind].__name__)
    )


# fields that are derived from others if null


def _write_derivation(out: Out, field: Field, target: Target, values: Values) -> None:
    known = {other.name for other in target.fields}
    parts = NAME_PARTS.get(field.name)
    if field.remote_of is not None:
        _write_remote_word(out, field, next(other for other in target.fields if other.name == field.remote_of), values)
    elif field.name == "remote_id":
        out.write(f"if v_remote_id is None: v_remote_id = {_as_text(out, 'id', target, values)}", "remote_id")
        out.write(f"if v_remote_id is None: raise {out.name_of(missing, 'missing')}('id')", "remote_id")
    elif parts is not None and all(source in known for sources in parts for source in sources):
        _write_name(out, field, parts, target, values)
    elif (target.struct, field.name) in _SPECIAL:
        _SPECIAL[target.struct, field.name](out, target.region, values)


def _write_name(out: Out, field: Field, parts: tuple[tuple[str, ...], ...], target: Target, values: Values) -> None:
    """Write a name from its two parts, either of which may be null."""
    given, family = (" or ".join(_as_text(out, source, target, values) for source in sources) for sources in parts)
    name = variable(field)
    out.write(f"if {name} is None:", field.name)
    out.write(f"    given, family = {given}, {family}", field.name)
    out.write(f"    {name} = given + ' ' + family if given and family else given or family", field.name)


def _write_remote_word(out: Out, field: Field, source: Field, values: Values) -> None:
    """Write `remote_status` from a status that the enum does not have."""
    code = values.codes.get(source.name, _NULL)
    if code == _NULL:
        return
    name, unknown = variable(field), out.name_of(_Unknown(frozenset(source.enum)), "unknown_word")
    there = f" and {code} is not {values.undefined}" if values.undefined and source.name not in values.literals else ""
    out.write(f"if {name} is None{there}: {name} = {unknown}({code})", field.name)


class _Unknown(msgspec.Struct, frozen=True):
    """Keeps a word that is not among those of an enum."""

    choices: frozenset[str]

    def __call__(self, word: Any) -> str | None:
        return None if word is None or (type(word) is str and word in self.choices) else text(word)


def _as_text(out: Out, name: str, target: Target, values: Values) -> str:
    """Return code for the text of a field: its variable if it has one, else what the mapping returned."""
    kept = next((field for field in target.kept if field.name == name), None)
    if kept is not None and kept.kind in {"string", "id"} and not kept.is_list:
        return variable(kept)
    code = values.codes.get(name, _NULL)
    if code == _NULL:
        return _NULL
    as_text = f"{out.name_of(text, 'text')}({code})"
    return as_text if name in values.literals else f"({_NULL} if {values.is_null(code)} else {as_text})"


def _write_country_name(out: Out, _region: str | None, values: Values) -> None:
    code = values.codes.get("country", _NULL)
    if code != _NULL:
        name_of = out.name_of(_country_name, "country_name")
        out.write(f"if v_country_name is None: v_country_name = {name_of}({code})", "country_name")


def _country_name(word: Any) -> str | None:
    """Return a country's name where the provider gives one instead of a code."""
    return word if isinstance(word, str) and word and not is_alpha_2(word) else None


def _write_e164(out: Out, region: str | None, _values: Values) -> None:
    """Write E.164 from the number, or from the mapping's own value for it."""
    parse = out.name_of(e164, "e164")
    out.write(f"if v_number is None: v_number = v_e164; v_e164 = v_e164 and {parse}(v_e164, {region!r})", "e164")
    out.write(f"else: v_e164 = {parse}(v_e164 or v_number, {region!r})", "e164")


_SPECIAL: dict[tuple[type[msgspec.Struct], str], Callable[[Out, str | None, Values], None]] = {
    (Address, "country_name"): _write_country_name,
    (PhoneNumber, "e164"): _write_e164,
}


def missing(name: str) -> ValueMismatch:
    """Return the error for a required field that is null."""
    return ValueMismatch(f'expected text, got nothing: the mapping\'s record must have "{name}"')
