"""Repeated writes in tools: the argument that makes two calls one or two writes, and the mark of a repetition.

The argument and its text are Unified's own, like `account`, so they are neither reviewed nor part of the digest.
"""

from typing import Any

from unified.errors.error import FieldProblem
from unified.errors.requests import MalformedRequest, ValidationFailed
from unified.models import MethodClass
from unified.service.records.calls.record_warnings import ListWarning
from unified.service.records.writing.write_keys import MAX_KEY_LENGTH, check_key
from unified.service.tools.arguments import Schema, arguments_error

KEY = "idempotency_key"
SCHEMA: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_KEY_LENGTH,
    "description": "Name of this write, of your choice: calls with the same name are done once. Pass a new name only to do the "
    "same again on purpose.",
}
OUTPUT: Schema = {"type": "boolean", "description": "True if an earlier call did this write; it was not done again."}
REPLAYED = ListWarning(
    code="replayed",
    message="An earlier call did this write, and it was not done again: this is its outcome as it is now. To do the same a "
    f"second time on purpose, call again with a new {KEY}.",
)
"""The warning in the result of a repetition."""


def with_key_argument(schema: Schema, method_class: MethodClass) -> Schema:
    """Return the input schema of a tool with the argument, if the tool writes."""
    return schema if method_class == "read" else {**schema, "properties": {**schema["properties"], KEY: SCHEMA}}


def with_replayed(schema: Schema, method_class: MethodClass) -> Schema:
    """Return the output schema of a tool with what a repetition says, if the tool writes."""
    return schema if method_class == "read" else {**schema, "properties": {**schema["properties"], "replayed": OUTPUT}}


def take_key(arguments: dict[str, Any], method_class: MethodClass, sent: str | None) -> tuple[str | None, dict[str, Any]]:
    """Return the idempotency key of a call, and the other arguments.

    Args:
        arguments: the arguments of the call.
        method_class: that of the tool; a read takes no key.
        sent: the key that the client sent outside the arguments.

    Raises:
        ValidationFailed: the argument is not a text of the right form, or differs from the key sent outside the arguments.
    """
    if method_class == "read" or KEY not in arguments:
        return sent, arguments
    key = arguments[KEY]
    if not isinstance(key, str):
        raise _refused("type", "expected string")
    try:
        check_key(key)
    except MalformedRequest as problem:
        raise _refused("format", problem.detail) from None
    if sent is not None and sent != key:
        raise _refused("const", "expected the same key as the client sent outside the arguments, or only one of them")
    return key, {name: value for name, value in arguments.items() if name != KEY}


def _refused(rule: str, message: str) -> ValidationFailed:
    return arguments_error([FieldProblem(pointer=f"/{KEY}", code=rule, message=message)])
