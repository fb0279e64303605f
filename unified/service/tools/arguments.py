"""The check of a tool's arguments: bounds first, then the schema; what is refused is named by path and rule, never by value.

The messages of the schema library hold the values, so none of them is used. No schema is ever fetched (`registry`).
"""

import math
import unicodedata
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, cast

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry

from unified.errors import FieldProblem, ValidationFailed, known_names
from unified.service.tools.tool import Tool
from unified.store.accounts import AccountRow

MAX_BYTES = 256_000
MAX_DEPTH = 64
MAX_VALUES = 10_000
"""Values at all levels together: what the schema is compared with, one by one."""
MAX_PROBLEMS = 20
MAX_SHOWN = 60
"""Known keys or values that a message lists."""
NEVER_KEYS = frozenset({"__proto__", "constructor", "prototype"})
"""Names that mean something else than a key where JavaScript reads them; nobody's field is called so."""
Schema = dict[str, Any]


class Checker(msgspec.Struct, frozen=True, kw_only=True):
    """A schema made ready, with the names it knows: only these may stand in a path that is told."""

    validator: Any
    names: frozenset[str]


MAX_KEPT = 1_024
"""Schemas."""
_checkers: OrderedDict[int, tuple[Schema, Checker]] = OrderedDict()


def check_bounds(arguments: Any) -> dict[str, Any]:
    """The arguments, when they are an object within the bounds of any tool; ValidationFailed."""
    if not isinstance(arguments, dict):
        raise failed([_problem("", "type", "expected object")])
    problem = _unbounded(arguments)
    if problem is None and len(_encoded(arguments)) > MAX_BYTES:
        problem = _problem("", "maxBytes", f"expected at most {MAX_BYTES} bytes of JSON")
    if problem is not None:
        raise failed([problem])
    return arguments


def _unbounded(arguments: dict[str, Any]) -> FieldProblem | None:
    """The first place that no tool takes. Each level is a step of the loop: depth cannot exhaust the stack."""
    level: list[Any] = [arguments]
    left = MAX_VALUES
    for _ in range(MAX_DEPTH):
        left -= len(level)
        if not level:
            return None
        if left < 0:
            return _problem("", "maxValues", f"expected at most {MAX_VALUES} values")
        for one in level:
            if isinstance(one, dict) and any(not isinstance(key, str) or key in NEVER_KEYS for key in one):
                return _problem("", "additionalProperties", "a key that no tool takes")
            if isinstance(one, float) and not math.isfinite(one):
                return _problem("", "type", "expected numbers that JSON has")
        level = [inner for one in level if isinstance(one, dict | list) for inner in _inner(one)]
    return _problem("", "maxDepth", f"expected at most {MAX_DEPTH} levels") if level else None


def _inner(value: dict[str, Any] | list[Any]) -> Iterator[Any]:
    return iter(value.values() if isinstance(value, dict) else value)


def _encoded(arguments: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(arguments)
    except (UnicodeEncodeError, OverflowError, TypeError, ValueError):
        raise failed([_problem("", "type", "expected JSON: text in Unicode, numbers of usual length")]) from None


def check_arguments(schema: Schema, arguments: dict[str, Any]) -> None:
    """Raise ValidationFailed unless the arguments fit the schema."""
    checker = _checker(schema)
    wrong = islice(checker.validator.iter_errors(arguments), MAX_PROBLEMS)
    found = {(one.pointer, one.code): one for error in wrong for one in _problems(error, checker.names)}
    if found:
        raise failed(list(found.values()))


def _checker(schema: Schema) -> Checker:
    """Kept by the schema's identity: schemas of tools are shared, and this one is held so that its id stays its own."""
    found = _checkers.get(id(schema))
    if found is None:
        validator = Draft202012Validator(schema, registry=Registry())
        found = _checkers[id(schema)] = (schema, Checker(validator=validator, names=frozenset(_names(schema))))
        while len(_checkers) > MAX_KEPT:
            _checkers.popitem(last=False)
    return found[1]


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
    rule, wanted, instance = str(error.validator), cast("Any", error.validator_value), cast("Any", error.instance)
    if rule == "required":
        missing = [name for name in wanted if name not in instance]
        return [_problem(f"{pointer}/{name}", rule, f"'{name}' is required") for name in missing]
    return [_problem(pointer, rule, _message(rule, wanted, cast("Schema", error.schema)))]


def _step(step: str | int, names: frozenset[str]) -> str:
    """A step of a path as a pointer has it; a key that the caller made up stands as `*`."""
    if isinstance(step, int):
        return str(step)
    return step.replace("~", "~0").replace("/", "~1") if step in names else "*"


def _message(rule: str, wanted: Any, schema: Schema) -> str:
    """What was expected, from the schema alone."""
    if rule == "type":
        return f"expected {' or '.join([wanted] if isinstance(wanted, str) else wanted)}"
    if rule == "enum":
        return f"expected one of {_choices(wanted)}"
    if rule == "additionalProperties":
        return f"unknown key; known: {known_names(schema.get('properties', {}), MAX_SHOWN) or 'none'}"
    if rule == "anyOf":
        return f"expected {' or '.join(dict.fromkeys(_form(one) for one in wanted))}"
    return f"expected {rule} {wanted}" if isinstance(wanted, int | float) else f"does not keep to {rule}"


def _choices(values: list[Any]) -> str:
    shown = ", ".join("null" if one is None else str(one) for one in values[:MAX_SHOWN])
    return shown + (f" and {len(values) - MAX_SHOWN} more" if len(values) > MAX_SHOWN else "")


def _form(schema: Schema) -> str:
    if "enum" in schema:
        return f"one of {_choices(schema['enum'])}"
    if schema.get("type") == "object" and schema.get("properties"):
        return f"an object of {', '.join(schema['properties'])}"
    given = schema.get("type", "any value")
    return given if isinstance(given, str) else " or ".join(given)


def _problem(pointer: str, rule: str, message: str) -> FieldProblem:
    return FieldProblem(pointer=pointer, code=rule, message=message)


def failed(problems: list[FieldProblem]) -> ValidationFailed:
    """The refusal of arguments."""
    first = problems[0]
    more = f" and {len(problems) - 1} more, see errors" if len(problems) > 1 else ""
    return ValidationFailed(f"arguments{first.pointer}: {first.message}{more}", errors=tuple(problems))


ACCOUNT = "account"
MAX_LABEL = 64
_MARKS = frozenset(" -_.,&'()/+")
_POINTER = f"/{ACCOUNT}"


def labels(rows: Sequence[AccountRow]) -> dict[str, str]:
    """Account id → its name, or the id where the name is not its own or holds more than letters, digits and a few marks.

    A name is a text of the tenant's, and a tool's schema is read by a model: it is shown only when it is plain.
    """
    names = Counter(row.name.casefold() for row in rows)
    return {row.id: row.name if names[row.name.casefold()] == 1 and _is_plain(row.name) else row.id for row in rows}


def _is_plain(name: str) -> bool:
    if not 1 <= len(name) <= MAX_LABEL or name.startswith("acc_") or name != " ".join(name.split()):
        return False
    if not unicodedata.is_normalized("NFC", name):
        return False
    return all(one in _MARKS or unicodedata.category(one) in {"Lu", "Ll", "Lt", "Lo", "Nd"} for one in name)


def with_choice(schema: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """An input schema with the parameter `account` in front, and required."""
    choice = {"type": "string", "enum": list(names), "description": "Which account: one of these names, or an account's id."}
    return {
        **schema,
        "properties": {ACCOUNT: choice, **schema["properties"]},
        "required": [ACCOUNT, *schema.get("required", [])],
    }


def chosen(tool: Tool, arguments: dict[str, Any]) -> tuple[AccountRow, dict[str, Any]]:
    """The account that is meant, and the arguments for it; ValidationFailed lists the choices."""
    if not tool.labels:
        return tool.accounts[0], arguments
    named = arguments.get(ACCOUNT)
    rows = (row for row in tool.accounts if isinstance(named, str) and named in {row.id, tool.labels[row.id]})
    found = next(rows, None)
    if found is None:
        rule = "enum" if ACCOUNT in arguments else "required"
        raise _refused(rule, f"expected one of {known_names(tool.labels.values())}")
    return found, {name: value for name, value in arguments.items() if name != ACCOUNT}


def _refused(rule: str, message: str) -> ValidationFailed:
    problem = FieldProblem(pointer=_POINTER, code=rule, message=message)
    return ValidationFailed(f"{_POINTER}: {message}", errors=(problem,))
