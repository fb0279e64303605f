"""Finds the problems of a tool's arguments by its schema. Problems name the path and the rule, never the value.

The messages of the schema library contain values, so none of them is used. No schema is ever fetched (`registry`).
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry

from unified.errors.error import FieldProblem
from unified.errors.names import did_you_mean, unknown_name
from unified.service.tools.by_identity import ByIdentity

MAX_PROBLEMS = 20
MAX_SHOWN = 60
"""Known keys or values that a message lists at most."""
MAX_COMPILED = 1_024
"""Compiled schemas in the cache."""
Schema = dict[str, Any]


class CompiledSchema(msgspec.Struct, frozen=True, kw_only=True):
    """A schema with its validator, and the property names that may appear in the path of an error."""

    validator: Any
    names: frozenset[str]


def schema_problems(schema: Schema, arguments: dict[str, Any]) -> list[FieldProblem]:
    """Return up to `MAX_PROBLEMS` problems; empty if the arguments fit the schema."""
    compiled = _compiled(schema)
    errors = islice(compiled.validator.iter_errors(arguments), MAX_PROBLEMS)
    problems = {(one.pointer, one.code): one for error in errors for one in _problems(error, compiled.names)}
    return list(problems.values())


def _compile(schema: Schema) -> CompiledSchema:
    return CompiledSchema(validator=Draft202012Validator(schema, registry=Registry()), names=frozenset(_names(schema)))


_compiled = ByIdentity(_compile, MAX_COMPILED)


def _names(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for one in schema:
            yield from _names(one)
    elif isinstance(schema, dict):
        yield from schema.get("properties", {})
        for one in schema.values():
            yield from _names(one)


def _problems(error: ValidationError, names: frozenset[str]) -> list[FieldProblem]:
    pointer = "".join(f"/{_step(one, names)}" for one in error.absolute_path)
    rule, expected, instance = str(error.validator), cast("Any", error.validator_value), cast("Any", error.instance)
    if rule == "required":
        missing = [name for name in expected if name not in instance]
        return [FieldProblem(pointer=f"{pointer}/{name}", code=rule, message=f"'{name}' is required") for name in missing]
    schema = cast("Schema", error.schema)
    if rule == "additionalProperties":
        known = schema.get("properties", {})
        unknown = next((str(one) for one in instance if one not in known), "")
        return [FieldProblem(pointer=pointer, code=rule, message=unknown_name("key", unknown, known))]
    message = _message(rule, expected, schema) + _hint(rule, expected, instance)
    return [FieldProblem(pointer=pointer, code=rule, message=message)]


def _hint(rule: str, expected: Any, instance: Any) -> str:
    """Return the nearest word for a text that is not one of those expected."""
    forms = expected if rule == "anyOf" else [{"enum": expected}] if rule == "enum" else []
    words = [word for form in forms for word in form.get("enum", ()) if isinstance(word, str)]
    hint = did_you_mean(instance, words) if isinstance(instance, str) else ""
    return f".{hint}" if hint else ""


def _step(step: str | int, names: frozenset[str]) -> str:
    """Return one step of a JSON pointer; a key that the schema does not know becomes `*`."""
    if isinstance(step, int):
        return str(step)
    return step.replace("~", "~0").replace("/", "~1") if step in names else "*"


def _message(rule: str, expected: Any, schema: Schema) -> str:
    """Return what was expected, from the schema alone."""
    if schema.get("type") == "integer" and {"minimum", "maximum"} <= schema.keys():
        return f"expected a whole number from {schema['minimum']} to {schema['maximum']}"
    if rule == "type":
        return f"expected {' or '.join([expected] if isinstance(expected, str) else expected)}"
    if rule == "enum":
        return f"expected one of {_choices(expected)}"
    if rule == "anyOf":
        return f"expected {' or '.join(dict.fromkeys(_shape(one) for one in expected))}"
    return f"expected {rule} {expected}" if isinstance(expected, int | float) else f"does not satisfy {rule}"


def _choices(values: list[Any]) -> str:
    shown = ", ".join("null" if one is None else str(one) for one in values[:MAX_SHOWN])
    return shown + (f" and {len(values) - MAX_SHOWN} more" if len(values) > MAX_SHOWN else "")


def _shape(schema: Schema) -> str:
    if "enum" in schema:
        return f"one of {_choices(schema['enum'])}"
    if schema.get("type") == "object" and schema.get("properties"):
        return f"an object with {', '.join(schema['properties'])}"
    types = schema.get("type", "any value")
    return types if isinstance(types, str) else " or ".join(types)
