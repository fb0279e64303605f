"""Validates the input of the service's callers: bodies that fit their struct, and bounded names and ids.

An error names the place, what was expected and the known keys; it never repeats the caller's value. Times are parsed by
`unified.text.parsing_times`, and addresses to which a browser may be sent are checked by `unified.service.public_urls`.
"""

import re
from typing import Any, TypeVar

import msgspec

from unified.errors.error import FieldProblem
from unified.errors.names import known_names, unknown_name
from unified.errors.requests import MalformedRequest, ValidationFailed
from unified.text.json_text import decode_json, is_deeper_than
from unified.text.printable_text import is_printable

T = TypeVar("T")

MAX_NAME_CHARACTERS = 200
MAX_EXTERNAL_ID_CHARACTERS = 500
"""The bound of an account's `external_id` that a program sets through the API; webhooks repeat it."""
MAX_LINK_EXTERNAL_ID_CHARACTERS = 200
"""The bound of the `external_id` that a connect link gives to its account."""
MAX_BODY_LEVELS = 64
"""Arrays and objects within each other in a caller's JSON; what reads it may take one frame of the stack for each."""
NOT_JSON = "body: expected JSON in UTF-8"
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_ENUM = re.compile(r"Invalid enum value .*", re.DOTALL)


def is_printable_text(text: str, max_characters: int) -> bool:
    """Return whether a text has 1 to `max_characters` printable characters."""
    return 1 <= len(text) <= max_characters and text.isprintable()


def checked_name(name: str) -> str:
    """Return a display name without the white space around it.

    Raises:
        ValidationFailed: it does not have 1 to `MAX_NAME_CHARACTERS` printable characters.
    """
    if not name.strip() or len(name) > MAX_NAME_CHARACTERS or not is_printable(name):
        message = f"expected 1 to {MAX_NAME_CHARACTERS} printable characters"
        problem = FieldProblem(pointer="/name", code="invalid", message=message)
        raise ValidationFailed(f"name: {message}", errors=(problem,))
    return name.strip()


def checked_external_id(external_id: str | None) -> str | None:
    """Return the caller's own id of an account; None stays None.

    Raises:
        ValidationFailed: it is longer than `MAX_EXTERNAL_ID_CHARACTERS`.
    """
    if external_id is not None and len(external_id) > MAX_EXTERNAL_ID_CHARACTERS:
        message = f"expected at most {MAX_EXTERNAL_ID_CHARACTERS} characters, got {len(external_id)}"
        problem = FieldProblem(pointer="/external_id", code="invalid", message=message)
        raise ValidationFailed(f"external_id: {message}", errors=(problem,))
    return external_id


def checked_link_external_id(external_id: str | None) -> str | None:
    """Return the `external_id` of a connect link; None stays None.

    Raises:
        ValidationFailed: it does not have 1 to `MAX_LINK_EXTERNAL_ID_CHARACTERS` printable characters.
    """
    if external_id is not None and not is_printable_text(external_id, MAX_LINK_EXTERNAL_ID_CHARACTERS):
        raise ValidationFailed.at("/external_id", f"expected 1 to {MAX_LINK_EXTERNAL_ID_CHARACTERS} printable characters")
    return external_id


def decode_body(content: bytes, kind: type[T]) -> T:
    """Decode a JSON body strictly.

    Raises:
        ValidationFailed: it does not fit `kind`; the error names the place, never the value.
        MalformedRequest: it is not JSON, or has more than `MAX_BODY_LEVELS` levels.
    """
    if is_deeper_than(content, MAX_BODY_LEVELS):
        raise MalformedRequest(f"body: expected JSON of at most {MAX_BODY_LEVELS} levels of arrays and objects; flatten it")
    try:
        return decode_json(content, kind)  # type: ignore[no-any-return]
    except msgspec.ValidationError as problem:
        raise validation_error(kind, problem) from None
    except msgspec.DecodeError:
        raise MalformedRequest(NOT_JSON) from None


def validation_error(kind: Any, problem: msgspec.ValidationError, *, what: str = "body") -> ValidationFailed:
    """Return the 422 for JSON that does not fit a type.

    Args:
        kind: the struct, or other type, that msgspec was to decode into.
        problem: what msgspec raised.
        what: what the error's text calls the JSON.
    """
    text, _, path = str(problem).rpartition(" - at `")
    text, path = (text, path.removesuffix("`")) if text else (str(problem), "$")
    steps = path.removeprefix("$").replace("[...]", "/*").replace(".", "/")  # msgspec does not report the key of a map
    pointer = re.sub(r"\[(\d+)\]", r"/\1", steps)
    field = _explained(kind, text, pointer)
    return ValidationFailed(f"{what}: {field.pointer or '/'}: {field.message}", errors=(field,))


def _explained(kind: Any, text: str, pointer: str) -> FieldProblem:
    unknown = _UNKNOWN.search(text)
    if unknown is not None:
        name, known = unknown["name"][:100], _keys(kind, pointer)
        return FieldProblem(pointer=f"{pointer}/{name}", code="unknown_field", message=unknown_name("key", name, known))
    message = _ENUM.sub(f"expected one of {known_names(_choices(kind, pointer))}", text)
    return FieldProblem(pointer=pointer or "/", code="invalid", message=message[:1].lower() + message[1:])


def _type_at(kind: Any, pointer: str) -> Any:
    info: Any = msgspec.inspect.type_info(kind)
    for step in pointer.split("/")[1:]:
        info = _below(_plain(info), step)
    return _plain(info)


def _plain(info: Any) -> Any:
    """Return the type without its alternatives of null and absence."""
    if isinstance(info, msgspec.inspect.UnionType):
        listing = msgspec.inspect.StructType | msgspec.inspect.LiteralType
        return next((one for one in info.types if isinstance(one, listing)), info)
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
