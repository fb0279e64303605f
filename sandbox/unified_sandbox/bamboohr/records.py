"""Employees as they are stored, read by any of their names; options of lists by name and id."""

from datetime import UTC, date, datetime
from typing import Any

from unified_sandbox.bamboohr.errors import refused
from unified_sandbox.bamboohr.fields import BY_ID, FIELDS, OPTION_IDS, OTHER_NAMES
from unified_sandbox.people import BASE, iso_s
from unified_sandbox.standin import Record, State

UNKNOWN = object()


def employee_of(state: State, id_: str) -> Record:
    """Return one employee, or the 404."""
    found = state["employees"].get(id_)
    if found is None:
        raise refused(404, "Employee not found")
    return found


def value_of(state: State, employee: Record, name: str) -> Any:
    """Return a field by its alias, number or newer name; UNKNOWN for a name that does not exist."""
    name = BY_ID[name].alias if name in BY_ID else OTHER_NAMES.get(name, name)
    if name in OPTION_IDS:
        return option_id(state, OPTION_IDS[name], employee.get(OPTION_IDS[name]))
    if name == "bestEmail":
        return employee.get("workEmail") or employee.get("homeEmail")
    if name == "supervisor":
        return full_name(state["employees"].get(employee.get("supervisorEId") or ""))
    if name not in FIELDS and name not in {"id", "supervisorEId"}:
        return UNKNOWN
    return employee.get(name)


def full_name(employee: Record | None) -> str | None:
    """Return first and last name, None without an employee."""
    return None if employee is None else f"{employee.get('firstName')} {employee.get('lastName')}"


def options_of(state: State, alias: str) -> list[Record]:
    """Return the options of the list with an alias; none for a list that does not exist."""
    return next((one["options"] for one in state["lists"].values() if one.get("alias") == alias), [])


def option_id(state: State, alias: str, name: Any) -> str | None:
    """Return the id of an option as text, as employees name it."""
    return next((str(one["id"]) for one in options_of(state, alias) if one["name"] == name), None)


def rows_of(state: State, table: str, employee_id: str) -> list[Record]:
    """Return the rows of one table that an employee has."""
    return [row for row in state[table].values() if row["employeeId"] == employee_id]


def add_row(state: State, table: str, employee_id: str, **values: Any) -> Record:
    """Return a new row of a table; its id is free in that table."""
    row = {"id": state.new_id(table), "employeeId": employee_id, **values}
    state[table][row["id"]] = row
    return row


def touch(employee: Record, now: datetime) -> None:
    """Note the time of a change."""
    employee["lastChanged"] = iso_s(now)


def read_day(text: Any) -> date | None:
    """Return a date as `YYYY-MM-DD`, None for anything else."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) and len(text) == len("2026-01-31") else None
    except ValueError:
        return None


def read_moment(text: Any) -> datetime | None:
    """Return a moment of ISO 8601 text, UTC without a zone; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def plant(state: State, resource: str, id_: str, record: Record) -> None:
    """Take a planted record in; an employee gets what every employee has."""
    if resource == "employees":
        record = {"id": id_, "status": "Active", "lastChanged": iso_s(BASE), **record}
    state[resource][id_] = record
