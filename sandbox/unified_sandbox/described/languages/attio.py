"""Attio's filters of records, such as `{"$and": [{"name": {"full_name": {"$contains": "ada"}}}]}`, over their `values`."""

from collections.abc import Callable, Iterator
from typing import Any

from unified_sandbox.described.languages.selection import BadQuery, Selection
from unified_sandbox.described.refusing import refuse
from unified_sandbox.described.values import OPERATORS, values_at
from unified_sandbox.messages import Record

Condition = Callable[[Record], bool]
EQUAL, AMONG = frozenset({"$eq"}), frozenset({"$eq", "$in"})
WORDS = EQUAL | {"$contains", "$starts_with", "$ends_with"}
SIZES = EQUAL | {"$gt", "$gte", "$lt", "$lte"}
PROPERTIES: dict[str, dict[str, tuple[str, frozenset[str]]]] = {
    "text": {"value": ("value", WORDS | AMONG)},
    "number": {"value": ("value", SIZES)},
    "checkbox": {"value": ("value", EQUAL)},
    "date": {"value": ("value", SIZES)},
    "timestamp": {"value": ("value", SIZES)},
    "currency": {"currency_value": ("currency_value", SIZES)},
    "personal-name": {name: (name, WORDS) for name in ("full_name", "first_name", "last_name")},
    "email-address": {name: (name, WORDS) for name in ("email_address", "original_email_address", "email_domain")},
    "domain": {name: (name, WORDS) for name in ("domain", "root_domain")},
    "phone-number": {"phone_number": ("phone_number", WORDS), "country_code": ("country_code", EQUAL)},
    "record-reference": {"target_record_id": ("target_record_id", AMONG), "target_object": ("target_object", EQUAL)},
    "actor-reference": {name: (name, EQUAL) for name in ("referenced_actor_id", "referenced_actor_type")},
    "status": {"status": ("status.id.status_id status.title", EQUAL), "active_from": ("active_from", SIZES - EQUAL)},
    "select": {"option": ("option.id.option_id option.title", EQUAL)},
    "interaction": {"interacted_at": ("interacted_at", SIZES), "interaction_type": ("interaction_type", EQUAL)},
    "location": {name: (name, EQUAL) for name in ("locality", "region", "postcode", "country_code")},
}
"""Type of attribute to its properties: where one is in a value, and its operators. The first is meant where none is named."""
COMPARED = {"$starts_with": "starts"}
JOINED: dict[str, Callable[[Iterator[bool]], bool]] = {"$and": all, "$or": any}


def attio(query: Any) -> Selection:
    """Read a filter.

    Raises:
        BadQuery: It is not an object, or joins something that is not a list.
    """
    return Selection(where=_all_of(query))


def _all_of(query: Any) -> Condition:
    if not isinstance(query, dict):
        raise BadQuery("expected an object")
    conditions = [_joined(key, value) if key in JOINED else _attribute(key, value) for key, value in query.items()]
    return lambda record: all(one(record) for one in conditions)


def _joined(key: str, value: Any) -> Condition:
    if not isinstance(value, list) or not value:
        raise BadQuery(f"{key}: expected a list of conditions")
    conditions, join = [_all_of(one) for one in value], JOINED[key]
    return lambda record: join(one(record) for one in conditions)


def _attribute(slug: str, asked: Any) -> Condition:
    if slug.startswith("$"):
        raise BadQuery(f"unknown operator {slug}")

    def holds(record: Record) -> bool:
        if slug not in record["types"]:
            refuse("invalid_query", f"unknown attribute {slug}", slug)
        return all(
            _meets(record["values"][slug], place, operator, wanted)
            for place, operator, wanted in _comparisons(slug, record["types"][slug], asked)
        )

    return holds


def _comparisons(slug: str, kind: str, asked: Any) -> Iterator[tuple[str, str, Any]]:
    """Give what an attribute's condition compares; a property and an operator may be left out."""
    known = PROPERTIES[kind]
    is_named = isinstance(asked, dict) and not any(key.startswith("$") for key in asked)
    for name, value in (asked if is_named else {next(iter(known)): asked}).items():
        place, operators = known.get(name) or refuse("invalid_query", f"{slug} has no property {name}", slug)
        for operator, wanted in (value if isinstance(value, dict) else {"$eq": value}).items():
            if operator not in operators:
                refuse("invalid_query", f"{slug}.{name} does not know {operator}", slug)
            yield place, operator, wanted


def _meets(values: list[Any], places: str, operator: str, wanted: Any) -> bool:
    found = [one for place in places.split() for one in values_at(values, place)]
    if operator == "$ends_with":
        return any(str(one).casefold().endswith(str(wanted).casefold()) for one in found)
    compare = OPERATORS[COMPARED.get(operator, operator[1:])]
    return any(compare(one, wanted) for one in found)
