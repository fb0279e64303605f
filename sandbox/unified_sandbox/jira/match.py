"""What the conditions and orders of a JQL query mean for the issues that are held."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from unified_sandbox.jira.errors import invalid
from unified_sandbox.jira.jql import Clause, Order, Search
from unified_sandbox.jira.shapes import ZONE, moment_of, text_of
from unified_sandbox.standin import Record, State

Test = Callable[[Record], bool]
_EQUALS = frozenset({"=", "!=", "in", "not in", "is", "is not"})
_RANGES = frozenset({"=", "!=", ">", ">=", "<", "<=", "is", "is not"})


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    """A field with named values: where an issue holds it, and the state that knows every value."""

    path: tuple[str, ...]
    names: tuple[str, ...]
    """Keys of the value under which it may be called."""
    known: str = ""
    """Resource that has the allowed records; empty where any word is allowed."""


_NAMED: Mapping[str, _Named] = {
    "issue": _Named(path=(), names=("id", "key"), known="issues"),
    "project": _Named(path=("fields", "project"), names=("id", "key", "name"), known="projects"),
    "assignee": _Named(path=("fields", "assignee"), names=("accountId",), known="users"),
    "reporter": _Named(path=("fields", "reporter"), names=("accountId",), known="users"),
    "creator": _Named(path=("fields", "creator"), names=("accountId",), known="users"),
    "issuetype": _Named(path=("fields", "issuetype"), names=("id", "name"), known="issuetypes"),
    "status": _Named(path=("fields", "status"), names=("id", "name"), known="statuses"),
    "priority": _Named(path=("fields", "priority"), names=("id", "name"), known="priorities"),
    "parent": _Named(path=("fields", "parent"), names=("id", "key"), known="issues"),
    "statuscategory": _Named(path=("fields", "status", "statusCategory"), names=("id", "key", "name")),
}
_TIMES = {"created": "created", "updated": "updated", "resolved": "resolutiondate", "resolutiondate": "resolutiondate"}
_CATEGORIES = frozenset({"to do", "in progress", "done", "no category", "new", "indeterminate", "undefined"})


def matching(state: State, search: Search) -> list[Record]:
    """Return the issues that fulfil every condition, in the order asked for; later ids first without one."""
    if not search.clauses:
        raise invalid("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
    tests = [_test(state, clause) for clause in search.clauses]
    rows = [issue for issue in state["issues"].values() if all(test(issue) for test in tests)]
    rows.sort(key=lambda issue: -int(issue["id"]))
    for order in reversed(search.order):
        rows = _ordered(state, rows, order)
    return rows


def _test(state: State, clause: Clause) -> Test:
    if clause.field == "text":
        return _text_test(state, clause)
    if clause.field == "labels":
        _allow(clause, _EQUALS)
        return _negated(clause, lambda issue: _any_of(issue["fields"].get("labels") or [], clause))
    if clause.field in _NAMED:
        return _named_test(state, clause, _NAMED[clause.field])
    if clause.field in _TIMES or clause.field == "duedate":
        _allow(clause, _RANGES)
        return _time_test(clause)
    raise invalid(f"Field '{clause.field}' does not exist or you do not have permission to view it.")


def _allow(clause: Clause, operators: Iterable[str]) -> None:
    if clause.operator not in operators:
        raise invalid(f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")


def _negated(clause: Clause, test: Test) -> Test:
    """Reverse the test for `!=`, `not in` and `is not`."""
    turned = clause.operator in {"!=", "not in", "is not"}
    return (lambda issue: not test(issue)) if turned else test


def _any_of(held: list[str], clause: Clause) -> bool:
    if clause.operator in {"is", "is not"}:
        return not held
    wanted = {value.lower() for value in clause.values}
    return any(word.lower() in wanted for word in held)


def _named_test(state: State, clause: Clause, field: _Named) -> Test:
    _allow(clause, _EQUALS)
    for value in clause.values:
        if value.lower() not in _known(state, field):
            raise invalid(f"The value '{value}' does not exist for the field '{clause.field}'.")
    return _negated(clause, lambda issue: _any_of(_words(_at(issue, field.path), field.names), clause))


def _known(state: State, field: _Named) -> frozenset[str]:
    if not field.known:
        return _CATEGORIES
    return frozenset(word.lower() for one in state[field.known].values() for word in _words(one, field.names))


def _at(issue: Record, path: tuple[str, ...]) -> Any:
    value: Any = issue
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _words(value: Any, names: tuple[str, ...]) -> list[str]:
    return [str(value[name]) for name in names if value.get(name) is not None] if isinstance(value, dict) else []


def _text_test(state: State, clause: Clause) -> Test:
    _allow(clause, {"~"})
    wanted = set(re.findall(r"\w+", clause.values[0].lower()))
    if not wanted:
        raise invalid("The field 'text' does not support searching for an empty string.")

    def test(issue: Record) -> bool:
        comments = [one["body"] for one in state["comments"].values() if one["issue"] == issue["id"]]
        texts = [issue["fields"]["summary"], *map(text_of, (issue["fields"].get("description"), *comments))]
        return wanted <= set(re.findall(r"\w+", " ".join(texts).lower()))

    return test


def _time_test(clause: Clause) -> Test:
    if clause.operator in {"is", "is not"}:
        return _negated(clause, lambda issue: issue["fields"].get(_TIMES.get(clause.field, "duedate")) is None)
    bound = _bound(clause)

    def test(issue: Record) -> bool:
        text = issue["fields"].get(_TIMES.get(clause.field, "duedate"))
        if text is None:
            return False
        held = datetime.fromisoformat(text).replace(tzinfo=ZONE) if clause.field == "duedate" else moment_of(text)
        return COMPARED[clause.operator](held, bound)

    return test


def _bound(clause: Clause) -> datetime:
    """Return the moment of a bound: minutes at most, in the zone of the user who asks."""
    text = clause.values[0]
    for picture in ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d"):
        try:
            return datetime.strptime(text, picture).replace(tzinfo=ZONE).astimezone(UTC)
        except ValueError:
            continue
    formats = "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'"
    raise invalid(f"Date value '{text}' for field '{clause.field}' is invalid. Valid formats include: {formats}.")


COMPARED: Mapping[str, Callable[[datetime, datetime], bool]] = {
    "=": lambda held, bound: held == bound,
    "!=": lambda held, bound: held != bound,
    ">": lambda held, bound: held > bound,
    ">=": lambda held, bound: held >= bound,
    "<": lambda held, bound: held < bound,
    "<=": lambda held, bound: held <= bound,
}


def _ordered(state: State, rows: list[Record], order: Order) -> list[Record]:
    """Sort stably; issues without the value come last either way."""
    if order.field not in ORDERS:
        raise invalid(f"Not able to sort using field '{order.field}'.")
    value = ORDERS[order.field]
    present = [row for row in rows if value(state, row) is not None]
    absent = [row for row in rows if value(state, row) is None]
    return sorted(present, key=lambda row: value(state, row), reverse=order.descending) + absent


def _priority(state: State, issue: Record) -> int | None:
    """Return a number that rises with urgency: the site's list begins with the most urgent."""
    held = issue["fields"].get("priority")
    return None if held is None else -list(state["priorities"]).index(held["id"])


def _key(_state: State, issue: Record) -> tuple[str, int]:
    project, _, number = issue["key"].rpartition("-")
    return project, int(number)


def _time(name: str) -> Callable[[State, Record], Any]:
    return lambda _state, issue: moment_of(issue["fields"][name]) if issue["fields"].get(name) else None


ORDERS: Mapping[str, Callable[[State, Record], Any]] = {
    "created": _time("created"),
    "updated": _time("updated"),
    "resolutiondate": _time("resolutiondate"),
    "duedate": lambda _state, issue: issue["fields"].get("duedate"),
    "summary": lambda _state, issue: issue["fields"]["summary"].lower(),
    "key": _key,
    "priority": _priority,
}
