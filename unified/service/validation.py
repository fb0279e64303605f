"""Why a JSON body does not fit its struct: the place, what was expected and the known keys; never the caller's value."""

import re
from typing import Any

import msgspec

from unified.errors import FieldProblem, ValidationFailed, did_you_mean, known_names

_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_ENUM = re.compile(r"Invalid enum value .*", re.DOTALL)


def validation_error(kind: Any, problem: msgspec.ValidationError, *, what: str = "body") -> ValidationFailed:
    """The 422 for a body that is JSON but does not fit `kind`."""
    text, _, place = str(problem).rpartition(" - at `")
    text, place = (text, place.removesuffix("`")) if text else (str(problem), "$")
    named = place.removeprefix("$").replace("[...]", "/*").replace(".", "/")  # msgspec does not tell the key of a map
    pointer = re.sub(r"\[(\d+)\]", r"/\1", named)
    found = _explained(kind, text, pointer)
    return ValidationFailed(f"{what}: {found.pointer or '/'}: {found.message}", errors=(found,))


def _explained(kind: Any, text: str, pointer: str) -> FieldProblem:
    unknown = _UNKNOWN.search(text)
    if unknown is not None:
        name, known = unknown["name"][:100], _keys(kind, pointer)
        message = f"unknown key.{did_you_mean(name, known)} Known: {known_names(known)}"
        return FieldProblem(pointer=f"{pointer}/{name}", code="unknown_field", message=message)
    message = _ENUM.sub(f"expected one of {known_names(_choices(kind, pointer))}", text)
    return FieldProblem(pointer=pointer or "/", code="invalid", message=message[:1].lower() + message[1:])


def _type_at(kind: Any, pointer: str) -> Any:
    info: Any = msgspec.inspect.type_info(kind)
    for step in pointer.split("/")[1:]:
        info = _below(_plain(info), step)
    return _plain(info)


def _plain(info: Any) -> Any:
    """The type without its alternatives of null and absence."""
    if isinstance(info, msgspec.inspect.UnionType):
        told = msgspec.inspect.StructType | msgspec.inspect.LiteralType
        return next((one for one in info.types if isinstance(one, told)), info)
    return info


def _below(info: Any, step: str) -> Any:
    if isinstance(info, msgspec.inspect.StructType):
        return next((one.type for one in info.fields if one.encode_name == step), None)
    return getattr(info, "item_type", getattr(info, "value_type", None))


def _keys(kind: Any, pointer: str) -> tuple[str, ...]:
    info = _type_at(kind, pointer)
    return tuple(one.encode_name for one in info.fields) if isinstance(info, msgspec.inspect.StructType) else ()


def _choices(kind: Any, pointer: str) -> tuple[str, ...]:
    info = _type_at(kind, pointer)
    return tuple(str(one) for one in info.values) if isinstance(info, msgspec.inspect.LiteralType) else ()


MAX_NAME_CHARACTERS = 200


def checked_name(name: str) -> str:
    """A display name of 1 to 200 printable characters, or ValidationFailed."""
    if not 1 <= len(name.strip()) <= MAX_NAME_CHARACTERS or not name.isprintable():
        raise ValidationFailed(f"name: expected 1 to {MAX_NAME_CHARACTERS} printable characters")
    return name.strip()
