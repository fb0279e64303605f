"""Evaluates conditions and orders of JQL for issues, whose values are under `fields`, with the other data of a site."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from unified_sandbox.described.evaluation_context import current_context
from unified_sandbox.described.languages.jql_text import Clause, Order, parse
from unified_sandbox.described.languages.selection import BadQuery, Selection
from unified_sandbox.described.values import values_at
from unified_sandbox.messages import Record

Test = Callable[[Record], bool]
_EQUALS = frozenset({"=", "!=", "in", "not in", "is", "is not"})
_RANGES = frozenset({"=", "!=", ">", ">=", "<", "<=", "is", "is not"})


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    """A field with named values: where an issue holds it, and the collection that has every value."""

    path: str
    names: tuple[str, ...]
    """Keys of the value under which it may be called."""
    known: str = ""
    """Collection of the allowed records; empty for categories."""


_NAMED: Mapping[str, _Named] = {
    "issue": _Named(path="", names=("id", "key"), known="issues"),
    "project": _Named(path="fields.project", names=("id", "key", "name"), known="projects"),
    "assignee": _Named(path="fields.assignee", names=("accountId",), known="users"),
    "reporter": _Named(path="fields.reporter", names=("accountId",), known="users"),
    "creator": _Named(path="fields.creator", names=("accountId",), known="users"),
    "issuetype": _Named(path="fields.issuetype", names=("id", "name"), known="issuetypes"),
    "status": _Named(path="fields.status", names=("id", "name"), known="statuses"),
    "priority": _Named(path="fields.priority", names=("id", "name"), known="priorities"),
    "parent": _Named(path="fields.parent", names=("id", "key"), known="issues"),
    "statuscategory": _Named(path="fields.status.statusCategory", names=("id", "key", "name")),
}
_TIMES = {"created": "created", "updated": "updated", "resolved": "resolutiondate", "duedate": "duedate"}
_TIMES["resolutiondate"] = "resolutiondate"
_CATEGORIES = frozenset({"to do", "in progress", "done", "no category", "new", "indeterminate", "undefined"})


def jql(query: Any) -> Selection:
    """Read a query; without an order, later issues come first.

    Raises:
        BadQuery: It cannot be read, selects everything, or names a field, value or operator that is not there.
    """
    search = parse(str(query))
    if not search.clauses:
        raise BadQuery("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
    tests = [_test(clause) for clause in search.clauses]
    sorts = [_sort(order) for order in reversed(search.order)]

    def arrange(issues: list[Record]) -> list[Record]:
        issues = sorted(issues, key=lambda issue: -int(issue["id"]))
        for one in sorts:
            issues = one(issues)
        return issues

    return Selection(where=lambda issue: all(test(issue) for test in tests), arrange=arrange)


def _test(clause: Clause) -> Test:
    if clause.field == "text":
        return _text_test(clause)
    if clause.field == "labels":
        _allow(clause, _EQUALS)
        return _negated(clause, lambda issue: _any_of(list(values_at(issue, "fields.labels")), clause))
    if clause.field in _NAMED:
        return _named_test(clause, _NAMED[clause.field])
    if clause.field in _TIMES:
        _allow(clause, _RANGES)
        return _time_test(clause)
    raise BadQuery(f"Field '{clause.field}' does not exist or you do not have permission to view it.")


def _allow(clause: Clause, operators: Iterable[str]) -> None:
    if clause.operator not in operators:
        raise BadQuery(f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")


def _negated(clause: Clause, test: Test) -> Test:
    """Reverse the test for `!=`, `not in` and `is not`."""
    turned = clause.operator in {"!=", "not in", "is not"}
    return (lambda issue: not test(issue)) if turned else test


def _any_of(held: list[str], clause: Clause) -> bool:
    if clause.operator in {"is", "is not"}:
        return not held
    wanted = {value.lower() for value in clause.values}
    return any(word.lower() in wanted for word in held)


def _named_test(clause: Clause, field: _Named) -> Test:
    _allow(clause, _EQUALS)
    known = _known(field)
    for value in clause.values:
        if value.lower() not in known:
            raise BadQuery(f"The value '{value}' does not exist for the field '{clause.field}'.")
    return _negated(clause, lambda issue: _any_of(_words(_at(issue, field.path), field.names), clause))


def _known(field: _Named) -> frozenset[str]:
    if not field.known:
        return _CATEGORIES
    return frozenset(word.lower() for one in current_context().state[field.known].values() for word in _words(one, field.names))


def _at(issue: Record, path: str) -> Any:
    return next(values_at(issue, path), None) if path else issue


def _words(value: Any, names: tuple[str, ...]) -> list[str]:
    return [str(value[name]) for name in names if value.get(name) is not None] if isinstance(value, dict) else []


def _text_test(clause: Clause) -> Test:
    _allow(clause, {"~"})
    wanted = set(re.findall(r"\w+", clause.values[0].lower()))
    if not wanted:
        raise BadQuery("The field 'text' does not support searching for an empty string.")
    comments: dict[str, list[str]] = {}
    for one in current_context().state["comments"].values():
        comments.setdefault(str(one.get("issue")), []).append(text_of(one.get("body")))

    def test(issue: Record) -> bool:
        texts = (str(_at(issue, "fields.summary")), text_of(_at(issue, "fields.description")), *comments.get(issue["id"], ()))
        return wanted <= set(re.findall(r"\w+", " ".join(texts).lower()))

    return test


def text_of(node: Any) -> str:
    """Return the words of a document."""
    if not isinstance(node, dict):
        return ""
    return str(node.get("text", "")) + " ".join(text_of(child) for child in node.get("content") or [])


def _time_test(clause: Clause) -> Test:
    path = f"fields.{_TIMES[clause.field]}"
    if clause.operator in {"is", "is not"}:
        return _negated(clause, lambda issue: _moment_at(issue, path) is None)
    bound, holds = _bound(clause), COMPARED[clause.operator]

    def test(issue: Record) -> bool:
        held = _moment_at(issue, path)
        return held is not None and holds(held, bound)

    return test


def _moment_at(issue: Record, path: str) -> datetime | None:
    """Return a moment of an issue; a day begins in the zone of the user who asks."""
    text = _at(issue, path)
    if not isinstance(text, str):
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=current_context().now.tzinfo)


def _bound(clause: Clause) -> datetime:
    """Return the moment of a bound: minutes at most, in the zone of the user who asks."""
    text = clause.values[0]
    for picture in ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d"):
        try:
            return datetime.strptime(text, picture).replace(tzinfo=current_context().now.tzinfo)
        except ValueError:
            continue
    formats = "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'"
    raise BadQuery(f"Date value '{text}' for field '{clause.field}' is invalid. Valid formats include: {formats}.")


COMPARED: Mapping[str, Callable[[datetime, datetime], bool]] = {
    "=": lambda held, bound: held == bound,
    "!=": lambda held, bound: held != bound,
    ">": lambda held, bound: held > bound,
    ">=": lambda held, bound: held >= bound,
    "<": lambda held, bound: held < bound,
    "<=": lambda held, bound: held <= bound,
}


def _sort(order: Order) -> Callable[[list[Record]], list[Record]]:
    """Return what sorts stably; issues without the value come last either way."""
    if order.field not in ORDERS:
        raise BadQuery(f"Not able to sort using field '{order.field}'.")
    value = ORDERS[order.field]

    def sort(issues: list[Record]) -> list[Record]:
        present = [(key, issue) for issue in issues if (key := value(issue)) is not None]
        absent = [issue for issue in issues if value(issue) is None]
        present.sort(key=lambda pair: pair[0], reverse=order.descending)
        return [issue for _, issue in present] + absent

    return sort


def _priority(issue: Record) -> int | None:
    """Return a number that rises with urgency: the site's list begins with the most urgent."""
    known, held = [*current_context().state["priorities"]], _at(issue, "fields.priority.id")
    return -known.index(held) if held in known else None


def _key(issue: Record) -> tuple[str, int]:
    project, _, number = str(issue["key"]).rpartition("-")
    return project, int(number) if number.isdecimal() else 0


def _time(name: str) -> Callable[[Record], Any]:
    return lambda issue: _moment_at(issue, f"fields.{name}")


ORDERS: Mapping[str, Callable[[Record], Any]] = {
    **{name: _time(name) for name in ("created", "updated", "resolutiondate", "duedate")},
    "summary": lambda issue: str(_at(issue, "fields.summary")).lower(),
    "key": _key,
    "priority": _priority,
}
"""Field of an order to the value that issues are compared by; None where an issue has none."""
