"""Which account a call is for: `account` among the arguments, by name where a name can be shown, by id always."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from unified.errors import FieldProblem, ValidationFailed, known_names
from unified.service.tools.tool import Tool
from unified.store.accounts import AccountRow

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
