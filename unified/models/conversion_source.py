"""Python code that converts a mapping's object to the fields of a struct.

The usual value of a field, such as text for text, passes after one comparison; anything else goes to the field's function in
`SCALARS`. Each line is written with the field that it belongs to.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from unified.errors import did_you_mean, known_names
from unified.models.countries import is_alpha_2
from unified.models.field import Field, fields_of
from unified.models.phones import e164
from unified.models.scalars import SCALARS, text
from unified.models.shared import Address, EarningLine, EmailAddress, FieldOption, Participant, PhoneNumber, Url
from unified.models.value_error import ValueMismatch, mismatch

INDEX = "i"
"""The variable with the position in a list, in the code."""

ESSENTIAL: dict[type[msgspec.Struct], tuple[str, ...]] = {
    EmailAddress: ("email",),
    PhoneNumber: ("number",),
    Url: ("url",),
    FieldOption: ("value",),
    Address: tuple(name for name in Address.__struct_fields__ if name != "type"),
    Participant: ("name", "email", "user_id", "contact_id"),
    EarningLine: ("name", "amount", "hours"),
}
"""Struct to the fields of which one must be set; a nested object without any is dropped. Default: all its fields."""

NAME_PARTS = {
    "name": (("first_name",), ("last_name",)),
    "display_name": (("preferred_name", "first_name"), ("last_name",)),
}
"""Fields that are built from parts if null: for each part, the fields that can supply it, best first."""

_UNUSUAL = {
    "string": "type({v}) is not str or not {v}",
    "id": "type({v}) is not str or not {v}",
    "url": "type({v}) is not str or not {v}",
    "enum": "type({v}) is not str or {v} not in {choices}",
    "boolean": "{v} is not True and {v} is not False",
    "integer": "type({v}) is not int or not -MAX_INTEGER < {v} < MAX_INTEGER",
    "number": "type({v}) is not int or not -MAX_INTEGER < {v} < MAX_INTEGER",
    "map": "type({v}) is not dict",
}
"""Kind to the test for values that need the kind's function. Kinds without one always need it."""
_UNCHANGED = frozenset({"any"})
"""Kinds whose values are never converted."""


class Code:
    """Lines of Python, the field that each belongs to, and the names that they use."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.places: list[str] = []
        self.constants: dict[str, Any] = {
            "MAX_INTEGER": 2**63,
            "mismatch": mismatch,
            "unknown_key": unknown_key,
            "missing": missing,
            "text": text,
            "e164": e164,
            "is_alpha_2": is_alpha_2,
        }
        self._indent = ""

    def line(self, text: str, place: str = "") -> None:
        """Write one line that belongs to a field."""
        self.lines.append(self._indent + text)
        self.places.append(place)

    @contextmanager
    def block(self, head: str, place: str = "") -> Iterator[None]:
        """Write a statement with a body."""
        self.line(head, place)
        self._indent += "    "
        yield
        self._indent = self._indent[:-4]

    def constant(self, name: str, value: Any) -> str:
        """Return a name for a value; the same name for equal values."""
        same = (
            known for known, held in self.constants.items() if held is value or (type(held) is type(value) and held == value)
        )
        known = next(same, None)
        if known is not None:
            return known
        taken = f"{name}_{len(self.constants)}"
        self.constants[taken] = value
        return taken


class _Target(msgspec.Struct, frozen=True, kw_only=True):
    """One struct to be written."""

    struct: type[msgspec.Struct]
    region: str | None
    fields: tuple[Field, ...]
    """All fields; the mapping may return each of them."""
    kept: tuple[Field, ...]
    optional: frozenset[str]


def write_conversion(
    struct: type[msgspec.Struct], region: str | None, keep: frozenset[str] | None, optional: frozenset[str]
) -> Code:
    """Write the function `convert`, and those of the lists and objects in the struct; `converter_for` says what they get."""
    code = Code()
    target = _target(struct, region, keep, optional)
    written: dict[str, str] = {}
    for field in target.kept:
        _write_inner(code, field, region, written)
    with code.block("def convert(r):"):
        _write_object(code, target, written)
        code.line(f"return {_display(target)}")
    return code


def _target(struct: type[msgspec.Struct], region: str | None, keep: frozenset[str] | None, optional: frozenset[str]) -> _Target:
    fields = fields_of(struct)
    kept = tuple(field for field in fields if keep is None or field.name in keep)
    return _Target(struct=struct, region=region, fields=fields, kept=kept, optional=optional)


def _write_inner(code: Code, field: Field, region: str | None, written: dict[str, str]) -> None:
    """Write the function of a field that is a list or an object; `written` maps what it converts to its name."""
    if not field.is_list and field.struct is None:
        return
    key = _inner_key(field)
    if key in written:
        return
    if field.struct is None:
        written[key] = name = f"list_{len(written)}"
        _write_list(code, field, name)
        return
    target = _target(field.struct, region, None, frozenset())
    for inner in target.kept:
        _write_inner(code, inner, region, written)
    written[key] = name = f"{'list' if field.is_list else 'object'}_{len(written)}"
    _write_objects(code, target, name, written, is_list=field.is_list)


def _inner_key(field: Field) -> str:
    what = field.struct.__name__ if field.struct is not None else f"{field.kind} {' '.join(field.enum)}"
    return f"{'list of ' if field.is_list else ''}{what}"


def _write_list(code: Code, field: Field, name: str) -> None:
    with code.block(f"def {name}(items):"), _each_item(code, "v"):
        _write_scalar(code, field, "v", place="")
        code.line("if v is not None: out.append(v)")


def _write_objects(code: Code, target: _Target, name: str, written: dict[str, str], *, is_list: bool) -> None:
    """Write the conversion of nested objects; those without any of their essential fields are left out."""
    essential = ESSENTIAL.get(target.struct, target.struct.__struct_fields__)
    empty = " and ".join(
        f"not {_variable(one)}" if one.is_list else f"{_variable(one)} is None"
        for one in target.fields
        if one.name in essential
    )
    with code.block(f"def {name}({'items' if is_list else 'r'}):"):
        if not is_list:
            _write_object(code, target, written)
            code.line(f"return None if {empty} else {_display(target)}")
            return
        with _each_item(code, "r"):
            _write_object(code, target, written)
            code.line(f"if {empty}: continue")
            code.line(f"out.append({_display(target)})")


@contextmanager
def _each_item(code: Code, item: str) -> Iterator[None]:
    """Write a loop over the items of a list, or over a single value as the only item; the block writes its body."""
    code.line("out = []")
    with code.block(f"for {INDEX}, {item} in enumerate(items if isinstance(items, list) else (items,)):"):
        code.line(f"if {item} is None: continue")
        yield
    code.line("return out")


def _write_object(code: Code, target: _Target, written: dict[str, str]) -> None:
    """Write what reads, converts and derives every field of an object `r`, into a variable for each."""
    names = code.constant("NAMES", frozenset(field.name for field in target.fields))
    code.line("if not isinstance(r, dict): raise mismatch('object', r)")
    code.line(f"if not r.keys() <= {names}: raise unknown_key({names}, r)")
    code.line("g = r.get")
    for field in target.kept:
        _write_field(code, field, target, written)
    for field in target.kept:
        _write_derivation(code, field, target)


def _write_field(code: Code, field: Field, target: _Target, written: dict[str, str]) -> None:
    variable = _variable(field)
    code.line(f"{variable} = g({field.name!r})", field.name)
    if field.is_list:
        code.line(f"{variable} = [] if {variable} is None else {written[_inner_key(field)]}({variable})", field.name)
    elif field.struct is not None:
        code.line(f"if {variable} is not None: {variable} = {written[_inner_key(field)]}({variable})", field.name)
    else:
        _write_scalar(code, field, variable, field.name)
    if not field.required or field.is_list or field.name in {"remote_id", *target.optional}:
        return
    on_null = f"{variable} = {{}}" if field.kind == "map" else f"raise missing({field.name!r})"
    code.line(f"if {variable} is None: {on_null}", field.name)


def _write_scalar(code: Code, field: Field, variable: str, place: str) -> None:
    if field.kind in _UNCHANGED:
        return
    is_enum = field.kind == "enum"
    choices = code.constant("CHOICES", frozenset(field.enum)) if is_enum else ""
    function = code.constant("choose", _choice(field.enum)) if is_enum else code.constant(field.kind, SCALARS[field.kind])
    unusual = _UNUSUAL.get(field.kind, "").format(v=variable, choices=choices)
    test = f"{variable} is not None" + (f" and ({unusual})" if unusual else "")
    code.line(f"if {test}: {variable} = {function}({variable})", place)


class _Choice(msgspec.Struct, frozen=True):
    """Keeps values of an enum; others become `other`, or null if the enum has no `other`."""

    choices: frozenset[str]

    def __call__(self, value: Any) -> str | None:
        word = text(value)
        return word if word is None or word in self.choices else "other" if "other" in self.choices else None


def _choice(enum: tuple[str, ...]) -> Callable[[Any], str | None]:
    return _Choice(frozenset(enum))


def _variable(field: Field) -> str:
    return f"v_{field.name}"


def _display(target: _Target) -> str:
    return "{" + ", ".join(f"{field.name!r}: {_variable(field)}" for field in target.kept) + "}"


# fields that are derived from others if null


def _write_derivation(code: Code, field: Field, target: _Target) -> None:
    known = {other.name for other in target.fields}
    parts = NAME_PARTS.get(field.name)
    if field.remote_of is not None:
        _write_remote_word(code, field, next(other for other in target.fields if other.name == field.remote_of))
    elif field.name == "remote_id":
        _write_remote_id(code, target)
    elif parts is not None and all(source in known for sources in parts for source in sources):
        _write_name(code, field, parts, target)
    elif (target.struct, field.name) in _SPECIAL:
        _SPECIAL[target.struct, field.name](code, target.region)


def _write_remote_word(code: Code, field: Field, source: Field) -> None:
    """Write `remote_status` from a status that the enum does not have."""
    variable, choices = _variable(field), code.constant("CHOICES", frozenset(source.enum))
    with code.block(f"if {variable} is None:", field.name):
        code.line(f"w = g({source.name!r})", field.name)
        code.line(f"if w is not None and (type(w) is not str or w not in {choices}): {variable} = text(w)", field.name)


def _write_remote_id(code: Code, target: _Target) -> None:
    with code.block("if v_remote_id is None:", "remote_id"):
        code.line(f"v_remote_id = {_as_text('id', target)}", "remote_id")
        code.line("if v_remote_id is None: raise missing('id')", "remote_id")


def _write_name(code: Code, field: Field, parts: tuple[tuple[str, ...], ...], target: _Target) -> None:
    variable = _variable(field)
    with code.block(f"if {variable} is None:", field.name):
        words = [" or ".join(_as_text(source, target) for source in sources) for sources in parts]
        for number, word in enumerate(words):
            code.line(f"w{number} = {word}", field.name)
        names = ", ".join(f"w{number}" for number in range(len(words)))
        code.line(f"{variable} = ' '.join([w for w in ({names}) if w]) or None", field.name)


def _as_text(name: str, target: _Target) -> str:
    """Return code for the text of a field: its variable if it has one, else what the mapping returned."""
    kept = next((field for field in target.kept if field.name == name), None)
    if kept is not None and kept.kind in {"string", "id"} and not kept.is_list:
        return _variable(kept)
    return f"(None if g({name!r}) is None else text(g({name!r})))"


def _write_country_name(code: Code, _region: str | None) -> None:
    code.line("w = g('country')", "country_name")
    code.line(
        "if v_country_name is None and isinstance(w, str) and w and not is_alpha_2(w): v_country_name = w", "country_name"
    )


def _write_e164(code: Code, region: str | None) -> None:
    """Write E.164 from the number, or from the mapping's own value for it."""
    code.line("w = v_e164 or v_number", "e164")
    code.line("if v_number is None: v_number = v_e164", "e164")
    code.line(f"if w is not None: v_e164 = e164(w, {region!r})", "e164")


_SPECIAL: dict[tuple[type[msgspec.Struct], str], Callable[[Code, str | None], None]] = {
    (Address, "country_name"): _write_country_name,
    (PhoneNumber, "e164"): _write_e164,
}


# refusals


def unknown_key(names: frozenset[str], record: dict[str, Any]) -> ValueMismatch:
    """Return the error for a key that the model does not have; hints at the closest that it has."""
    key = min(str(key) for key in record if key not in names)
    hint = did_you_mean(key, names)
    return ValueMismatch(f"unknown field.{hint} Known fields: {known_names(names)}").under(key)


def missing(name: str) -> ValueMismatch:
    """Return the error for a required field that is null."""
    return ValueMismatch(f'expected text, got nothing: the mapping\'s record must have "{name}"')
