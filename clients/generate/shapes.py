"""Reads the shape of values from annotations and from fields of models, so that each language can write it in its own way."""

import types
import typing
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UnsetType

from unified.models import Field

Kind = Literal["text", "integer", "number", "boolean", "time", "day", "any", "map", "list", "struct", "enum", "union", "none"]

_PLAIN: dict[Any, Kind] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    datetime: "time",
    Any: "any",
    types.NoneType: "none",
}
_FIELD_KINDS: dict[str, Kind] = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "datetime": "time",
    "date": "day",
    "due": "day",
    "any": "any",
}
"""Kinds of fields that are not text."""
TEXT, ANY = "text", "any"


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A value: its kind, and of what it consists."""

    kind: Kind
    parts: tuple["Shape", ...] = ()
    """Of a list and a map: the one of their values; of a union: its members."""
    words: tuple[str, ...] = ()
    """Of an enum."""
    prefix: str = ""
    """Of an enum: how other words begin that pass too."""
    struct: type[Any] | None = None
    """Of a struct: the service's own, by which the clients' is found."""
    name: str = ""
    """Of a struct that has no class in the service, or is named in another way: the clients' name of it."""


def shape_of(annotation: Any) -> Shape:
    """Return the shape of an annotation.

    Raises:
        TypeError: The annotation is of no known kind.
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return shape_of(arguments[0])
    if annotation in _PLAIN:
        return Shape(kind=_PLAIN[annotation])
    if origin in {typing.Union, types.UnionType}:
        return union(tuple(shape_of(one) for one in arguments if one is not UnsetType))
    if origin is Literal:
        return Shape(kind="enum", words=arguments)
    if (origin or annotation) in {dict, Mapping}:
        return Shape(kind="map", parts=(shape_of(arguments[1] if arguments else Any),))
    if origin in {list, tuple, Sequence, frozenset}:
        return Shape(kind="list", parts=(shape_of(arguments[0]),))
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return Shape(kind="struct", struct=annotation)
    raise TypeError(
        f"no shape for {annotation}; known: text, numbers, times, literals, lists, maps, structs and unions of them"
    )


def union(members: tuple[Shape, ...]) -> Shape:
    """Return the shape of one of several."""
    flat = tuple(dict.fromkeys(part for one in members for part in (one.parts if one.kind == "union" else (one,))))
    return flat[0] if len(flat) == 1 else Shape(kind="union", parts=flat)


def nullable(shape: Shape) -> Shape:
    """Return the shape of a value or null."""
    return union((shape, Shape(kind="none")))


def named(name: str) -> Shape:
    """Return the shape of a struct that only the clients have."""
    return Shape(kind="struct", name=name)


def listed(shape: Shape) -> Shape:
    """Return the shape of a list."""
    return Shape(kind="list", parts=(shape,))


def field_shape(field: Field) -> Shape:
    """Return the shape of a field's value that is not null."""
    one = _one(field)
    return listed(one) if field.is_list else one


def _one(field: Field) -> Shape:
    if field.struct is not None:
        return Shape(kind="struct", struct=field.struct)
    if field.kind == "enum":
        return Shape(kind="enum", words=field.enum)
    if field.kind == "map":
        return Shape(kind="map", parts=(Shape(kind="any"),))
    return Shape(kind=_FIELD_KINDS.get(field.kind, "text"))
