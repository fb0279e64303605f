"""Validation of a tool's arguments: bounds first, then the schema. Errors name the path and the rule, never the value."""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from unified.errors.error import FieldProblem
from unified.errors.names import known_names
from unified.errors.requests import ValidationFailed
from unified.models import MODELS
from unified.service.tools.tool import Tool
from unified.store.accounts import AccountRow
from unified.transform.queries.filter_names import one_name
from unified.transform.queries.query import MAX_LIMIT
from unified.transform.tools import ToolDefinition

MAX_BYTES = 256_000
MAX_DEPTH = 64
MAX_VALUES = 10_000
"""Values at all levels together; each is compared with the schema."""
FORBIDDEN_KEYS = frozenset({"__proto__", "constructor", "prototype"})
"""Keys with a special meaning in JavaScript; no field has such a name."""
Schema = dict[str, Any]
ACCOUNT = "account"
MAX_LABEL = 64
_PUNCTUATION = frozenset(" -_.,&'()/+")
_POINTER = f"/{ACCOUNT}"


def check_bounds(arguments: Any) -> tuple[dict[str, Any], int]:
    """Return the arguments if they are an object within the bounds of every tool, and their size as JSON in bytes.

    Raises:
        ValidationFailed: they are not an object, too large, too deep, or not JSON.
    """
    if not isinstance(arguments, dict):
        raise arguments_error([_problem("", "type", "expected object")])
    problem = _unbounded(arguments)
    size = 0 if problem is not None else len(_encoded(arguments))
    if size > MAX_BYTES:
        problem = _problem("", "maxBytes", f"expected at most {MAX_BYTES} bytes of JSON; shorten the arguments")
    if problem is not None:
        raise arguments_error([problem])
    return arguments, size


def _unbounded(arguments: dict[str, Any]) -> FieldProblem | None:
    """Return the first problem that every tool refuses, one level per step, so that depth cannot exhaust the stack."""
    level: list[Any] = [arguments]
    remaining = MAX_VALUES
    for _ in range(MAX_DEPTH):
        remaining -= len(level)
        if not level:
            return None
        if remaining < 0:
            return _problem("", "maxValues", f"expected at most {MAX_VALUES} values; shorten the arguments")
        for one in level:
            if isinstance(one, dict) and any(not isinstance(key, str) or key in FORBIDDEN_KEYS for key in one):
                return _problem(
                    "", "additionalProperties", "expected no key that is not text, or is __proto__, constructor or prototype"
                )
            if isinstance(one, float) and not math.isfinite(one):
                return _problem("", "type", "expected a finite number")
        level = [inner for one in level if isinstance(one, dict | list) for inner in _inner(one)]
    return _problem("", "maxDepth", f"expected at most {MAX_DEPTH} levels; flatten the arguments") if level else None


def _inner(value: dict[str, Any] | list[Any]) -> Iterator[Any]:
    return iter(value.values() if isinstance(value, dict) else value)


def _encoded(arguments: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(arguments)
    except (UnicodeEncodeError, OverflowError, TypeError, ValueError):
        raise arguments_error(
            [_problem("", "type", "expected JSON with valid Unicode text, and integers of at most 64 bits")]
        ) from None


def check_arguments(schema: Schema, arguments: dict[str, Any]) -> None:
    """Check that the arguments fit the schema.

    Raises:
        ValidationFailed: they do not; `errors` holds the first problems.
    """
    from unified.service.tools.schema_problems import schema_problems  # noqa: PLC0415 - loads jsonschema: 0.1 s, 10 MiB

    problems = schema_problems(schema, arguments)
    if problems:
        raise arguments_error(problems)


def as_listed(definition: ToolDefinition, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return a list's arguments as its schema has them: filters under normalised names, `limit` at most the maximum.

    Lists read all names of a filter, and say what they did about a limit that is too high.
    """
    if definition.method != "list":
        return arguments
    shown = dict(arguments)
    limit, filters = arguments.get("limit"), arguments.get("filter")
    if isinstance(limit, int) and not isinstance(limit, bool):
        shown["limit"] = min(limit, MAX_LIMIT)
    if isinstance(filters, dict):
        named = {one_name(name, MODELS[definition.model]): value for name, value in filters.items()}
        shown["filter"] = named if len(named) == len(filters) else filters
    return shown


def _problem(pointer: str, rule: str, message: str) -> FieldProblem:
    return FieldProblem(pointer=pointer, code=rule, message=message)


def arguments_error(problems: list[FieldProblem]) -> ValidationFailed:
    """Return the error for arguments with these problems."""
    first = problems[0]
    more = f" (and {len(problems) - 1} more, see errors)" if len(problems) > 1 else ""
    return ValidationFailed(f"arguments{first.pointer}: {first.message}{more}", errors=tuple(problems))


def account_labels(rows: Sequence[AccountRow]) -> dict[str, str]:
    """Return account id → name, or the id if the name is not unique or not plain.

    A tenant chooses the names, and a model reads them in a tool's schema. So only letters, digits and common punctuation
    are plain.
    """
    counts = Counter(row.name.casefold() for row in rows)
    return {row.id: row.name if counts[row.name.casefold()] == 1 and _is_plain(row.name) else row.id for row in rows}


def _is_plain(name: str) -> bool:
    if not 1 <= len(name) <= MAX_LABEL or name.startswith("acc_") or name != " ".join(name.split()):
        return False
    if not unicodedata.is_normalized("NFC", name):
        return False
    return all(one in _PUNCTUATION or unicodedata.category(one) in {"Lu", "Ll", "Lt", "Lo", "Nd"} for one in name)


def with_account_argument(schema: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return an input schema with a required argument `account` in front."""
    account = {"type": "string", "enum": list(names), "description": "Account to use: one of these names, or an account id."}
    return {
        **schema,
        "properties": {ACCOUNT: account, **schema["properties"]},
        "required": [ACCOUNT, *schema.get("required", [])],
    }


def select_account(tool: Tool, arguments: dict[str, Any]) -> tuple[AccountRow, dict[str, Any]]:
    """Return the account that the arguments name, and the other arguments.

    Raises:
        ValidationFailed: no such account; lists the choices.
    """
    if not tool.labels:
        return tool.accounts[0], arguments
    named = arguments.get(ACCOUNT)
    rows = (row for row in tool.accounts if isinstance(named, str) and named in {row.id, tool.labels[row.id]})
    selected = next(rows, None)
    if selected is None:
        rule = "enum" if ACCOUNT in arguments else "required"
        raise _account_error(rule, f"expected one of {known_names(tool.labels.values())}")
    return selected, {name: value for name, value in arguments.items() if name != ACCOUNT}


def _account_error(rule: str, message: str) -> ValidationFailed:
    problem = FieldProblem(pointer=_POINTER, code=rule, message=message)
    return ValidationFailed(f"{_POINTER}: {message}", errors=(problem,))
