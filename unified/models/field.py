"""Descriptions of the fields of common models, read once from the annotations of their structs.

Scopes, schemas, filters, tools and coverage tables use these descriptions, never the type system.
"""

import functools
import types
import typing
from typing import Annotated, Any, Literal

import msgspec

Kind = Literal[
    "string",
    "id",
    "integer",
    "number",
    "boolean",
    "datetime",
    "date",
    "due",
    "enum",
    "country",
    "currency",
    "url",
    "object",
    "map",
    "any",
]
Access = Literal["rw", "c", "ro"]
"""rw: writable on create and update; c: writable on create only; ro: read-only."""
Sensitivity = Literal["none", "personal", "sensitive", "secret"]

_FORMATS: dict[str, str] = {"date": "date", "datetime": "date-time", "url": "uri-reference"}
"""Kind to JSON Schema format. A website is often just `example.com`, which is not a full URI."""

_KINDS: dict[Any, Kind] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    dict: "map",
    Any: "any",
}


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a common model or of an object nested in it."""

    name: str
    kind: Kind
    """Kind of the value, or of each element if `is_list`."""
    required: bool = False
    """True if the field is always present and not null."""
    is_list: bool = False
    access: Access = "ro"
    description: str = ""
    reference: str | None = None
    """The model that the id refers to, such as `crm.users`."""
    enum: tuple[str, ...] = ()
    sensitivity: Sensitivity = "none"
    nested: tuple["Field", ...] = ()
    struct: type[msgspec.Struct] | None = None
    """The struct of the nested object, for kind `object`."""
    remote_of: str | None = None
    """The enum field that this field holds the provider's own value for."""
    twins: tuple[str, ...] = ()
    """Fields of the same struct with the same information, or enough to infer it: if one is hidden, all are."""


def meta(
    description: str,
    access: Access = "ro",
    *,
    sensitivity: Sensitivity = "none",
    reference: str | None = None,
    kind: Kind | None = None,
    twins: tuple[str, ...] = (),
) -> msgspec.Meta:
    """Return the description of a field for `Annotated[...]`, for both the JSON Schema and `fields_of`.

    Args:
        description: what the field holds, as API users and models read it.
        access: who can write it, and when.
        sensitivity: how personal its values are.
        reference: the model that its ids refer to.
        kind: the kind of the value, if the type does not imply it.
        twins: fields with the same information; naming one of a pair is enough. `remote_status` and the like are twins of
            their enum field by themselves.
    """
    shown: dict[str, Any] = {}
    if access == "ro":
        shown["readOnly"] = True
    if sensitivity != "none":
        shown["x-sensitivity"] = sensitivity
    if reference is not None:
        shown["x-reference"] = reference
    if kind in _FORMATS:
        shown["format"] = _FORMATS[kind]
    extra = {"access": access, "sensitivity": sensitivity, "reference": reference, "kind": kind, "twins": twins}
    return msgspec.Meta(description=description, extra=extra, extra_json_schema=shown)


@functools.cache
def fields_of(struct: type[msgspec.Struct]) -> tuple[Field, ...]:
    """Return the fields of a struct in order, with those of its nested objects.

    Raises:
        TypeError: no kind matches an annotation, or a twin is not a field.
    """
    hints = typing.get_type_hints(struct, include_extras=True)
    described = [_field(name, hints[name]) for name in struct.__struct_fields__]
    enums = {field.name for field in described if field.kind == "enum"}
    return _with_twins(struct, [_with_remote(field, enums) for field in described])


def _field(name: str, annotation: Any) -> Field:
    extra, description, type_ = _annotated(annotation)
    type_, nullable = _without_null(type_)
    is_list = typing.get_origin(type_) is tuple
    if is_list:
        type_ = typing.get_args(type_)[0]
    kind = extra.get("kind") or _kind(name, type_, extra.get("reference"))
    struct = type_ if kind == "object" else None
    return Field(
        name=name,
        kind=kind,
        required=not nullable and not is_list,
        is_list=is_list,
        access=extra.get("access", "ro"),
        description=description,
        reference=extra.get("reference"),
        enum=typing.get_args(type_) if kind == "enum" else (),
        sensitivity=extra.get("sensitivity", "none"),
        nested=fields_of(struct) if struct is not None else (),
        struct=struct,
        twins=extra.get("twins", ()),
    )


def _annotated(annotation: Any) -> tuple[dict[str, Any], str, Any]:
    """Split `Annotated[type, meta(...)]` into the extra data, the description and the type."""
    if typing.get_origin(annotation) is not Annotated:
        return {}, "", annotation
    type_, meta = typing.get_args(annotation)[:2]
    return meta.extra or {}, meta.description or "", type_


def _without_null(type_: Any) -> tuple[Any, bool]:
    if typing.get_origin(type_) not in {typing.Union, types.UnionType}:
        return type_, type_ is Any
    kept = [member for member in typing.get_args(type_) if member is not types.NoneType]
    if len(kept) != 1:
        raise TypeError(f"expected one type or null, got {type_}")
    return kept[0], True


def _kind(name: str, type_: Any, reference: str | None) -> Kind:
    if reference is not None or name == "id" or name.endswith(("_id", "_ids")):
        return "id"
    origin = typing.get_origin(type_) or type_
    if origin is Literal:
        return "enum"
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        return "object"
    if origin not in _KINDS:
        raise TypeError(f"{name}: no kind matches {type_}; known types: text, numbers, Literal, Struct, dict")
    return _KINDS[origin]


def _with_remote(field: Field, enums: set[str]) -> Field:
    of = field.name.removeprefix("remote_")
    if of == field.name or of not in enums:
        return field
    return msgspec.structs.replace(field, remote_of=of)


def _with_twins(struct: type[msgspec.Struct], fields: list[Field]) -> tuple[Field, ...]:
    """Return the fields, each with all its twins: those that it names, and those that name it."""
    pairs = {(field.name, twin) for field in fields for twin in field.twins}
    pairs |= {(field.name, field.remote_of) for field in fields if field.remote_of is not None}
    unknown = {twin for _, twin in pairs} - {field.name for field in fields}
    if unknown:
        raise TypeError(f"{struct.__name__}: twins that are not fields: {', '.join(sorted(unknown))}")
    twins = {
        field.name: {b for a, b in pairs if a == field.name} | {a for a, b in pairs if b == field.name} for field in fields
    }
    order = [field.name for field in fields]
    return tuple(
        msgspec.structs.replace(field, twins=tuple(name for name in order if name in twins[field.name] - {field.name}))
        for field in fields
    )
