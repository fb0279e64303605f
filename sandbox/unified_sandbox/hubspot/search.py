"""`POST /crm/v3/objects/{object}/search`: filter groups, query, one sort, offsets up to 10,000."""

import re
from collections.abc import Callable, Mapping
from functools import cmp_to_key
from typing import Any

from unified_sandbox.hubspot import links
from unified_sandbox.hubspot.errors import invalid
from unified_sandbox.hubspot.records import definitions_of, kind_of, show
from unified_sandbox.hubspot.schema import ObjectType, Property, resolve
from unified_sandbox.hubspot.values import as_text, moment, number
from unified_sandbox.paging import by_offset
from unified_sandbox.standin import Answer, Incoming, Record, State

MAX_PAGE = 200
MAX_DEPTH = 10_000
MAX_GROUPS, MAX_FILTERS, MAX_ALL_FILTERS = 5, 6, 18

Comparable = float | str


def search(request: Incoming, state: State) -> Answer:
    """Answer 200 `{total, results, paging}`; records carry no associations here."""
    kind = kind_of(request)
    body = request.fields
    limit, offset = _page(body)
    rows = [row for row in state[kind.name].values() if not row["archived"]]
    rows = _filtered(state, kind, rows, body.get("filterGroups") or [])
    rows = _queried(kind, rows, as_text(body.get("query")))
    rows = _sorted(definitions_of(state, kind), kind, rows, body.get("sorts") or [])
    page = by_offset(rows, offset, limit)
    shown = [show(state, kind, row, body.get("properties") or []) for row in page.rows]
    answer: Record = {"total": page.total, "results": shown}
    if page.next is not None:
        answer["paging"] = {"next": {"after": str(page.next)}}
    return Answer(200, answer)


def _page(body: Record) -> tuple[int, int]:
    limit, after = body.get("limit", 10), as_text(body.get("after")) or "0"
    if not isinstance(limit, int) or not 0 <= limit <= MAX_PAGE:
        raise invalid(f"Invalid limit: the highest is {MAX_PAGE}")
    if not after.isdecimal():
        raise invalid("Invalid after: expected the value of paging.next.after")
    if int(after) + limit > MAX_DEPTH:
        raise invalid(f"The total of results that can be paged through is {MAX_DEPTH}")
    return limit, int(after)


def _filtered(state: State, kind: ObjectType, rows: list[Record], groups: list[Record]) -> list[Record]:
    filters = [group.get("filters") or [] for group in groups]
    too_many = len(groups) > MAX_GROUPS or any(len(group) > MAX_FILTERS for group in filters)
    if too_many or sum(map(len, filters)) > MAX_ALL_FILTERS:
        raise invalid(f"Too many filters: {MAX_GROUPS} groups, {MAX_FILTERS} a group, {MAX_ALL_FILTERS} in all")
    if not groups:
        return rows
    tests = [[_test(state, kind, one) for one in group] for group in filters]
    return [row for row in rows if any(all(test(row) for test in group) for group in tests)]


def _test(state: State, kind: ObjectType, one: Record) -> Callable[[Record], bool]:
    """Return the test that a filter makes of a record. Raises the 400 of an invalid filter."""
    name, operator = as_text(one.get("propertyName")), as_text(one.get("operator"))
    if operator not in OPERATORS:
        raise invalid(f"Invalid operator {operator}; known: {', '.join(OPERATORS)}")
    if name.startswith("associations."):
        return _association_test(state, kind, name.removeprefix("associations."), one)
    definition = definitions_of(state, kind).get(name)
    if definition is None:
        raise invalid(f"There was a problem with the request: property {name} does not exist on {kind.name}")
    wanted = _wanted(definition, operator, one)
    compare = OPERATORS[operator]

    def test(record: Record) -> bool:
        text = record["properties"].get(name)
        held = None if text is None else comparable(definition, text)
        return compare(held, wanted)

    return test


def _wanted(definition: Property, operator: str, one: Record) -> list[Comparable]:
    """Return the filter's values, made comparable with the property's."""
    if operator in {"IN", "NOT_IN"}:
        texts = one.get("values")
        if not isinstance(texts, list) or not texts:
            raise invalid(f"{operator} needs a list in 'values'")
    elif operator == "BETWEEN":
        texts = [one.get("value"), one.get("highValue")]
    elif operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
        return []
    else:
        texts = [one.get("value")]
    if None in texts:
        raise invalid(f"{operator} on {definition.name} is missing a value")
    return [comparable(definition, as_text(text), strict=operator in RANGES) for text in texts]


def comparable(definition: Property, text: str, *, strict: bool = False) -> Comparable:
    """Return a value as it is compared: a number, milliseconds, or text without case. `strict` raises the 400."""
    value: float | None = None
    if definition.type == "number":
        value = number(text)
    elif definition.type in {"date", "datetime"}:
        when = moment(text)
        value = when.timestamp() * 1000 if when else None
    else:
        return text.lower()
    if value is None and strict:
        raise invalid(f"{text} is not a valid {definition.type} for {definition.name}")
    return text.lower() if value is None else value


def _association_test(state: State, kind: ObjectType, name: str, one: Record) -> Callable[[Record], bool]:
    target = resolve(name)
    if target is None:
        raise invalid(f"Unable to infer object type from: {name}")
    ids = {as_text(value) for value in one.get("values") or [one.get("value")]}
    return lambda record: bool(ids.intersection(links.of(state, kind.name, record["id"], target)))


def _token(held: Comparable | None, wanted: list[Comparable]) -> bool:
    """Return whether one of the words fits, with `*` for any run of letters."""
    pattern = re.escape(str(wanted[0])).replace(r"\*", ".*")
    text = str(held or "")
    words = [text, *re.split(r"[^\w]+", text), *re.split(r"[;,\s]+", text)]
    return held is not None and any(re.fullmatch(pattern, word) for word in words)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Comparable | None, list[Comparable]], bool]:
    """Return a comparison that records without a value, or with one of another kind, do not pass."""

    def checked(held: Comparable | None, wanted: list[Comparable]) -> bool:
        return held is not None and isinstance(held, str) == isinstance(wanted[0], str) and compare(held, wanted)

    return checked


OPERATORS: Mapping[str, Callable[[Comparable | None, list[Comparable]], bool]] = {
    "EQ": lambda held, wanted: held == wanted[0],
    "NEQ": lambda held, wanted: held is not None and held != wanted[0],
    "LT": _ordered(lambda held, wanted: held < wanted[0]),
    "LTE": _ordered(lambda held, wanted: held <= wanted[0]),
    "GT": _ordered(lambda held, wanted: held > wanted[0]),
    "GTE": _ordered(lambda held, wanted: held >= wanted[0]),
    "BETWEEN": _ordered(lambda held, wanted: wanted[0] <= held <= wanted[1]),
    "IN": lambda held, wanted: held in wanted,
    "NOT_IN": lambda held, wanted: held is not None and held not in wanted,
    "HAS_PROPERTY": lambda held, _: held is not None,
    "NOT_HAS_PROPERTY": lambda held, _: held is None,
    "CONTAINS_TOKEN": _token,
    "NOT_CONTAINS_TOKEN": lambda held, wanted: not _token(held, wanted),
}
RANGES = {"LT", "LTE", "GT", "GTE", "BETWEEN"}


def _queried(kind: ObjectType, rows: list[Record], query: str) -> list[Record]:
    words = query.lower().split()
    if not words:
        return rows

    def text(row: Record) -> str:
        return " ".join(row["properties"].get(name) or "" for name in kind.searched).lower()

    return [row for row in rows if all(word in text(row) for word in words)]


def _sorted(known: dict[str, Property], kind: ObjectType, rows: list[Record], sorts: list[Any]) -> list[Record]:
    """Sort by at most one property; records without the value come last either way; equal ones by id."""
    if len(sorts) > 1:
        raise invalid("Only one sort is allowed")
    name, descending = _sort_key(sorts[0]) if sorts else (kind.created, False)
    if name not in known:
        raise invalid(f"There was a problem with the request: property {name} does not exist on {kind.name}")
    definition = known[name]
    present = [row for row in rows if row["properties"].get(name) is not None]
    absent = [row for row in rows if row["properties"].get(name) is None]
    sign = -1 if descending else 1

    def compare(one: Record, other: Record) -> int:
        left, right = (comparable(definition, row["properties"][name]) for row in (one, other))
        if left == right:
            return 0
        less = left < right if isinstance(left, str) == isinstance(right, str) else str(left) < str(right)  # type: ignore[operator]
        return -sign if less else sign

    return sorted(present, key=cmp_to_key(compare)) + absent


def _sort_key(sort: Any) -> tuple[str, bool]:
    if isinstance(sort, str):
        return sort.lstrip("-"), sort.startswith("-")
    if not isinstance(sort, dict):
        raise invalid("Invalid sort: expected a property name or an object")
    return as_text(sort.get("propertyName")), as_text(sort.get("direction")).upper() == "DESCENDING"
