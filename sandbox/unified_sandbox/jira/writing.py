"""What Jira checks in the fields of a new or changed issue, field by field."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeAlias

from unified_sandbox.jira.errors import invalid_fields
from unified_sandbox.standin import Record, State

Check: TypeAlias = Callable[[State, Any], Any]
"""Takes what was sent and gives what is stored; raises ValueError with Jira's words."""

_UNKNOWN = "Field '{0}' cannot be set. It is not on the appropriate screen, or unknown."


def checked(state: State, fields: Record, *, is_new: bool) -> Record:
    """Return what is stored for the fields sent. Raises the 400 that names every field that does not hold."""
    errors: dict[str, str] = {}
    stored: Record = {}
    for name, value in fields.items():
        check = _check_of(state, name, is_new=is_new)
        if check is None:
            errors[name] = _UNKNOWN.format(name)
            continue
        try:
            stored[name] = check(state, value)
        except ValueError as problem:
            errors[name] = str(problem)
    if is_new:
        errors |= {name: words for name, words in _REQUIRED.items() if name not in fields}
    if errors:
        raise invalid_fields(errors)
    return stored


_REQUIRED = {
    "project": "Specify a valid project ID or key",
    "issuetype": "Specify an issue type",
    "summary": "You must specify a summary of the issue.",
}


def _check_of(state: State, name: str, *, is_new: bool) -> Check | None:
    if name in CHECKS and (is_new or name != "project"):
        return CHECKS[name]
    definition = state["fields"].get(name)
    return _as_it_is if definition is not None and definition["custom"] else None


def _as_it_is(_state: State, value: Any) -> Any:
    return value


def _summary(_state: State, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(_REQUIRED["summary"])
    if "\n" in value:
        raise ValueError("The summary is invalid because it contains newline characters.")
    if len(value) > 255:
        raise ValueError("Summary can't exceed 255 characters.")
    return value


def _description(_state: State, value: Any) -> Record | None:
    return None if value is None else as_document(value)


def as_document(value: Any) -> Record:
    """Return a document as it was sent; ValueError with Jira's words for anything else, such as plain text."""
    if isinstance(value, dict) and value.get("type") == "doc" and value.get("version") == 1 and "content" in value:
        return value
    raise ValueError("Operation value must be an Atlassian Document (see the Atlassian Document Format)")


def _one_of(resource: str, names: tuple[str, ...], words: str, *, clears: bool) -> Check:
    """Return a check for a field with a value that one of some keys names."""

    def check(state: State, value: Any) -> Record | None:
        if value is None and clears:
            return None
        if isinstance(value, dict):
            rows = state[resource].values()
            found = next((row for row in rows for name in names if name in value and row[name] == value[name]), None)
            if found is not None:
                return found
        raise ValueError(words)

    return check


def _user(state: State, value: Any) -> Record | None:
    if value is None:
        return None
    if isinstance(value, dict) and value.get("accountId") in state["users"]:
        return {"accountId": value["accountId"]}
    raise ValueError("Specify a valid value for the user")


def _parent(state: State, value: Any) -> Record:
    held = state["issues"].values()
    if isinstance(value, dict):
        found = next((one for one in held if value.get("id") == one["id"] or value.get("key") == one["key"]), None)
        if found is not None:
            return {"id": found["id"], "key": found["key"]}
    raise ValueError("Could not find issue by id or key.")


def _labels(_state: State, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError("data was not an array")
    spaced = next((one for one in value if " " in one), None)
    if spaced is not None:
        raise ValueError(f"The label '{spaced}' contains spaces which is invalid.")
    return value


def _due(_state: State, value: Any) -> str | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value).isoformat() if len(value) == len("2026-01-01") else date.fromisoformat("").isoformat()
    except (TypeError, ValueError):
        raise ValueError("Operation value must be a string in the date format yyyy-MM-dd") from None


CHECKS: Mapping[str, Check] = {
    "summary": _summary,
    "description": _description,
    "project": _one_of("projects", ("id", "key"), _REQUIRED["project"], clears=False),
    "issuetype": _one_of("issuetypes", ("id", "name"), "Specify a valid issue type", clears=False),
    "priority": _one_of("priorities", ("id", "name"), "Specify a valid 'id' or 'name' for Priority", clears=True),
    "assignee": _user,
    "reporter": _user,
    "parent": _parent,
    "labels": _labels,
    "duedate": _due,
}
