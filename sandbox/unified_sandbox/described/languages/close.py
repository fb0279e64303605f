"""Close's search of leads and contacts: a tree of conditions (`and`, `or`, `field_condition`, `has_related`, `text`)."""

from collections.abc import Callable, Iterator
from typing import Any

from unified_sandbox.described.languages.selection import BadQuery, Selection
from unified_sandbox.described.moments import read_moment
from unified_sandbox.described.values import compared, same, values_at
from unified_sandbox.messages import Record

Condition = Callable[[Record], bool]
Test = Callable[[Any], bool]
_TIMES = {"date_created": "moment_range", "date_updated": "moment_range"}
FIELDS = {
    "lead": {"name": "text", "display_name": "text", "description": "text", "url": "text", "status_id": "term", **_TIMES},
    "contact": {"name": "text", "title": "text", "lead_id": "term", **_TIMES},
    "contact_email": {"email": "text"},
}
"""Kind of object to its fields, each with the conditions that fit it."""
RELATED = {("contact", "contact_email"): "emails"}
"""Where a record holds related objects that a condition can be about."""
MODES: dict[str, Callable[[str, str], bool]] = {
    "full_words": lambda text, value: all(word in text.split() for word in value.split()),
    "phrase": lambda text, value: value in text,
    "exact_value": lambda text, value: value == text,
    "beginning_of_words": lambda text, value: any(word.startswith(value) for word in text.split()),
}


def close(query: Any) -> Selection:
    """Read a query.

    Raises:
        BadQuery: It has an unknown type, field, mode or moment.
    """
    return Selection(where=_condition(query))


def _condition(query: Any) -> Condition:
    if not isinstance(query, dict) or query.get("type") not in TYPES:
        raise BadQuery(f"query: expected an object with one of the types {', '.join(TYPES)}")
    found = TYPES[query["type"]](query)
    return (lambda record: not found(record)) if query.get("negate") else found


def _joined(query: dict[str, Any]) -> Condition:
    if not isinstance(query.get("queries"), list):
        raise BadQuery("queries: expected a list")
    conditions, join = [_condition(one) for one in query["queries"]], any if query["type"] == "or" else all
    return lambda record: join(one(record) for one in conditions)


def _object_type(query: dict[str, Any]) -> Condition:
    if query.get("object_type") not in FIELDS:
        raise BadQuery(f"object_type: expected one of {', '.join(FIELDS)}")
    return lambda _record: True


def _words(query: dict[str, Any]) -> Condition:
    test = _text(query)
    return lambda record: any(test(one) for one in _texts(record))


def _texts(value: Any) -> Iterator[str]:
    """Give every text of a record."""
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(one)


def _field(query: dict[str, Any]) -> Condition:
    place, rule = query.get("field") or {}, query.get("condition") or {}
    fields = FIELDS.get(str(place.get("object_type")), {})
    name, kind = place.get("field_name"), rule.get("type")
    if place.get("type") != "regular_field" or name not in fields:
        raise BadQuery(f"field: {name} is not a regular field of {place.get('object_type')}")
    if kind != fields[name]:
        raise BadQuery(f"condition: {name} takes the type {fields[name]}, not {kind}")
    test = CONDITIONS[kind](rule)
    return lambda record: any(test(one) for one in values_at(record, name))


def _related(query: dict[str, Any]) -> Condition:
    place = RELATED.get((query.get("this_object_type", ""), query.get("related_object_type", "")))
    if place is None:
        raise BadQuery("has_related: unknown pair of object types")
    inner = _condition(query.get("related_query"))
    return lambda record: any(inner(one) for one in record.get(place) or [])


def _text(rule: dict[str, Any]) -> Test:
    mode, value = rule.get("mode"), rule.get("value")
    if mode not in MODES or not isinstance(value, str):
        raise BadQuery(f"text: expected a value and one of the modes {', '.join(MODES)}")
    return lambda one: MODES[mode](str(one).casefold(), value.casefold())


def _term(rule: dict[str, Any]) -> Test:
    values = rule.get("values")
    if not isinstance(values, list):
        raise BadQuery("term: expected a list of values")
    return lambda one: any(same(one, value) for value in values)


def _range(rule: dict[str, Any]) -> Test:
    start, end = (_moment(rule.get(name)) for name in ("on_or_after", "before"))
    return lambda one: (start is None or compared(one, start) >= 0) and (end is None or compared(one, end) < 0)


def _moment(value: Any) -> str | None:
    if value is None:
        return None
    text = value.get("value") if isinstance(value, dict) and value.get("type") == "fixed_utc" else None
    if read_moment(text) is None:
        raise BadQuery("moment_range: expected moments of the type fixed_utc")
    return str(text)


CONDITIONS: dict[str, Callable[[dict[str, Any]], Test]] = {"text": _text, "term": _term, "moment_range": _range}
TYPES: dict[str, Callable[[dict[str, Any]], Condition]] = {
    "and": _joined,
    "or": _joined,
    "object_type": _object_type,
    "field_condition": _field,
    "has_related": _related,
    "text": _words,
}
