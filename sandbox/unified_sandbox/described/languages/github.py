"""GitHub's search of issues: words, and qualifiers such as `repo:acme/app` and `updated:>=2026-01-01`."""

import operator
import re
from collections.abc import Callable
from typing import Any

from unified_sandbox.described.languages.selection import BadQuery, Selection
from unified_sandbox.described.values import compared, same
from unified_sandbox.messages import Record

_TERM = re.compile(r'(?:(?P<name>[a-z]+):)?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))')
_COMPARISON = re.compile(r"(?P<sign>>=|<=|>|<)?(?P<value>.+)")
_SIGNS: dict[str | None, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    None: operator.eq,
}
Condition = Callable[[Record], bool]


def _equal(field: str) -> Callable[[str], Condition]:
    return lambda value: lambda record: same(record.get(field), value)


def _among(field: str) -> Callable[[str], Condition]:
    return lambda value: lambda record: value in (record.get(field) or [])


def _moment(field: str) -> Callable[[str], Condition]:
    def condition(text: str) -> Condition:
        found = _COMPARISON.fullmatch(text)
        if found is None:
            raise BadQuery(f"{text!r} is not a comparison of a date")
        sign, value = _SIGNS[found["sign"]], found["value"]
        return lambda record: record.get(field) is not None and sign(compared(record[field], value), 0)

    return condition


def _kind(value: str) -> Condition:
    known = {"issue": lambda one: not one["is_pull"], "pr": lambda one: one["is_pull"]}
    states = {state: lambda one, state=state: one["state"] == state for state in ("open", "closed")}
    if value not in known | states:
        raise BadQuery(f"is:{value} is unknown; known: {', '.join(known | states)}")
    return (known | states)[value]


QUALIFIERS: dict[str, Callable[[str], Condition]] = {
    "is": _kind,
    "repo": _equal("repo"),
    "state": _equal("state"),
    "author": _equal("creator"),
    "assignee": _among("assignees"),
    "label": _among("labels"),
    "type": _equal("type"),
    "updated": _moment("updated_at"),
    "created": _moment("created_at"),
}
"""Qualifier to what makes its condition."""


def github(query: Any) -> Selection:
    """Read a query; conditions with the same `repo:` are alternatives, all others must hold.

    Raises:
        BadQuery: It has an unknown qualifier, or a quote that does not end.
    """
    words: list[Condition] = []
    repos: list[Condition] = []
    for term in _terms(str(query)):
        name, value = term["name"], term["quoted"] if term["quoted"] is not None else term["plain"]
        if name is None:
            words.append(_word(value.casefold()))
        elif name not in QUALIFIERS:
            raise BadQuery(f"{name}: is unknown; known: {', '.join(QUALIFIERS)}")
        else:
            (repos if name == "repo" else words).append(QUALIFIERS[name](value))
    return Selection(
        where=lambda record: all(one(record) for one in words) and (not repos or any(one(record) for one in repos))
    )


def _terms(query: str) -> list[re.Match[str]]:
    rest = _TERM.sub("", query).strip()
    if rest:
        raise BadQuery(f"{rest!r} cannot be read")
    return list(_TERM.finditer(query))


def _word(word: str) -> Condition:
    return lambda record: word in f"{record['title']} {record['body'] or ''}".casefold()
