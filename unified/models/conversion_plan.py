"""Conversion of a mapping's object to the fields of a struct: planned once, then run for every record.

A plan holds, for each field in order, its name, its conversion and its value for null; then the steps that derive one
field from others: `remote_id` from `id`, `name` from its parts, `remote_status` from `status`, `e164` from `number`.
"""

import functools
from collections.abc import Callable
from typing import Any

import msgspec

from unified.errors import did_you_mean, known_names
from unified.models.countries import is_alpha_2
from unified.models.field import Field, fields_of
from unified.models.phones import e164
from unified.models.scalars import SCALARS, Scalar, text
from unified.models.shared import Address, EarningLine, EmailAddress, FieldOption, Participant, PhoneNumber, Url
from unified.models.value_error import ValueMismatch, mismatch

Derivation = Callable[[dict[str, Any], dict[str, Any]], None]
"""Fills a field of the common object (second) from the mapping's object (first) if it is null."""

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


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of `fill` for one struct, one default phone region and one selection of fields."""

    names: frozenset[str]
    """Every field that the mapping may return, whether selected or not."""
    steps: tuple[tuple[str, Scalar, Callable[[], Any] | None], ...]
    derivations: tuple[tuple[str, Derivation], ...]


@functools.lru_cache(maxsize=1024)
def plan_for(
    struct: type[msgspec.Struct],
    region: str | None,
    keep: frozenset[str] | None,
    optional: frozenset[str] = frozenset(),
) -> Plan:
    """Return the conversion plan for a struct.

    Args:
        struct: the model's struct, or that of a nested object.
        region: the country (alpha-2) of phone numbers in national format.
        keep: the fields to convert; None for all.
        optional: fields that may be null although the model requires them.
    """
    fields = fields_of(struct)
    kept = [field for field in fields if keep is None or field.name in keep]
    derivations = [(field.name, _derivation(field, fields, struct, region)) for field in kept]
    return Plan(
        names=frozenset(field.name for field in fields),
        steps=tuple((field.name, _convert(field, region), _on_null(field, optional)) for field in kept),
        derivations=tuple((name, derive) for name, derive in derivations if derive is not None),
    )


def fill(plan: Plan, record: Any) -> dict[str, Any]:
    """Return the common object for a mapping's object.

    Raises:
        ValueMismatch: a value does not fit; holds the path to it.
    """
    if not isinstance(record, dict):
        raise mismatch("object", record)
    if not record.keys() <= plan.names:
        raise _unknown_key(plan, record)
    out: dict[str, Any] = {}
    name = ""
    try:
        for name, convert, on_null in plan.steps:
            value = record.get(name)
            if value is not None:
                value = convert(value)
            out[name] = on_null() if value is None and on_null is not None else value
        for name, derive in plan.derivations:  # noqa: B007 -- read in the except clause
            derive(record, out)
    except ValueMismatch as problem:
        raise problem.under(name) from None
    return out


def _unknown_key(plan: Plan, record: dict[str, Any]) -> ValueMismatch:
    key = min(str(key) for key in record if key not in plan.names)
    hint = did_you_mean(key, plan.names)
    return ValueMismatch(f"unknown field.{hint} Known fields: {known_names(plan.names)}").under(key)


def _convert(field: Field, region: str | None) -> Scalar:
    if field.kind == "enum":
        convert = _choice(field.enum)
    elif field.struct is not None:
        convert = _nested(field.struct, region)
    else:
        convert = SCALARS[field.kind]
    return _each(convert) if field.is_list else convert


def _choice(enum: tuple[str, ...]) -> Scalar:
    """Return a conversion that keeps values of the enum; others become `other`, or null if the enum has no `other`."""
    choices = frozenset(enum)
    otherwise = "other" if "other" in choices else None

    def choose(value: Any) -> str | None:
        word = text(value)
        return word if word is None or word in choices else otherwise

    return choose


def _nested(struct: type[msgspec.Struct], region: str | None) -> Scalar:
    plan = plan_for(struct, region, None)
    essential = ESSENTIAL.get(struct, struct.__struct_fields__)

    def convert(value: Any) -> dict[str, Any] | None:
        out = fill(plan, value)
        return out if any(out[name] not in (None, [], {}) for name in essential) else None

    return convert


def _each(convert_item: Scalar) -> Scalar:
    def convert(value: Any) -> list[Any]:
        items = value if isinstance(value, list) else [value]
        out = []
        index = 0
        try:
            for index, item in enumerate(items):  # noqa: B007 -- read in the except clause
                converted = convert_item(item) if item is not None else None
                if converted is not None:
                    out.append(converted)
        except ValueMismatch as problem:
            raise problem.under(index) from None
        return out

    return convert


def _on_null(field: Field, optional: frozenset[str]) -> Callable[[], Any] | None:
    """Return what replaces null: an empty list or object, or an error; None keeps null. `remote_id` is derived from `id`."""
    if field.is_list:
        return list
    if field.kind == "map" and field.required:
        return dict
    return _refusal(field) if field.required and field.name not in {"remote_id", *optional} else None


def _refusal(field: Field) -> Callable[[], Any]:
    def refuse() -> None:
        raise _missing(field.name)

    return refuse


def _missing(name: str) -> ValueMismatch:
    return ValueMismatch(f'expected text, got nothing: the mapping\'s record must have "{name}"')


def _derivation(field: Field, fields: tuple[Field, ...], struct: type[msgspec.Struct], region: str | None) -> Derivation | None:
    """Return the step that derives this field from others, if it has one."""
    if field.remote_of is not None:
        source = next(other for other in fields if other.name == field.remote_of)
        return _remote_word(field.name, source)
    if field.name == "remote_id":
        return _remote_id
    names = {other.name for other in fields}
    parts = NAME_PARTS.get(field.name)
    if parts is not None and all(source in names for sources in parts for source in sources):
        return _name_from_parts(field.name, parts)
    own = _SPECIAL_DERIVATIONS.get((struct, field.name))
    return own(region) if own is not None else None


def _remote_word(remote: str, source: Field) -> Derivation:
    choices = frozenset(source.enum)

    def derive(record: dict[str, Any], out: dict[str, Any]) -> None:
        word = record.get(source.name)
        if out[remote] is None and word is not None and word not in choices:
            out[remote] = text(word)

    return derive


def _remote_id(record: dict[str, Any], out: dict[str, Any]) -> None:
    if out["remote_id"] is None:
        known = record.get("id")
        out["remote_id"] = text(known) if known is not None else None
    if out["remote_id"] is None:
        raise _missing("id")


def _name_from_parts(target: str, parts: tuple[tuple[str, ...], ...]) -> Derivation:
    def derive(record: dict[str, Any], out: dict[str, Any]) -> None:
        if out[target] is None:
            words = [_first_text(record, sources) for sources in parts]
            out[target] = " ".join(word for word in words if word) or None

    return derive


def _first_text(record: dict[str, Any], sources: tuple[str, ...]) -> str | None:
    for source in sources:
        value = record.get(source)
        word = text(value) if value is not None else None
        if word is not None:
            return word
    return None


def _country_name(_region: str | None) -> Derivation:
    def derive(record: dict[str, Any], out: dict[str, Any]) -> None:
        word = record.get("country")
        if out["country_name"] is None and isinstance(word, str) and word and not is_alpha_2(word):
            out["country_name"] = word

    return derive


def _phone(region: str | None) -> Derivation:
    """Return the step that parses E.164 from the number, or from the mapping's own value for it."""

    def derive(_given: dict[str, Any], out: dict[str, Any]) -> None:
        written = out["e164"] or out["number"]
        if out["number"] is None:
            out["number"] = out["e164"]
        if written is not None:
            out["e164"] = e164(written, region)

    return derive


_SPECIAL_DERIVATIONS: dict[tuple[type[msgspec.Struct], str], Callable[[str | None], Derivation | None]] = {
    (Address, "country_name"): _country_name,
    (PhoneNumber, "e164"): _phone,
}
