"""HubSpot's search as a language: what each operator selects, in which order, and what is refused."""

import pytest

from unified_sandbox.described.languages.hubspot import OPERATORS, hubspot
from unified_sandbox.described.languages.selection import BadQuery

KIND = {
    "name": "deals",
    "types": {"dealname": "string", "amount": "number", "closedate": "datetime", "won": "bool", "tags": "enumeration"},
    "searched": ["dealname", "tags"],
    "created": "closedate",
}
ROWS = [
    {
        "properties": {
            "dealname": "Blue looms",
            "amount": "7",
            "closedate": "2026-03-01T00:00:00.000Z",
            "won": "true",
            "tags": "a;b",
        }
    },
    {
        "properties": {
            "dealname": "blue engines",
            "amount": "8.0",
            "closedate": "2026-01-01T00:00:00.000Z",
            "won": None,
            "tags": "b",
        }
    },
    {"properties": {"dealname": "Red looms", "amount": "30", "closedate": None, "won": "false", "tags": None}},
    {"properties": {"dealname": None, "amount": None, "closedate": "2026-02-01T00:00:00.000Z"}},
]


def found(**query):
    selection = hubspot(query, KIND)
    return [ROWS.index(one) for one in selection.arrange([one for one in ROWS if selection.where(one)])]


def where(name, operator, *values, **more):
    value = {"values": list(values)} if operator in {"IN", "NOT_IN"} else {"value": values[0]} if values else {}
    return {"propertyName": name, "operator": operator, **value, **more}


CASES = [
    (where("amount", "EQ", "8"), [1]),
    (where("amount", "EQ", 8), [1]),
    (where("amount", "NEQ", "8"), [0, 2]),
    (where("amount", "LT", "8"), [0]),
    (where("amount", "LTE", "8"), [1, 0]),
    (where("amount", "GT", "8"), [2]),
    (where("amount", "GTE", "8"), [1, 2]),
    (where("amount", "BETWEEN", "7", highValue="9"), [1, 0]),
    (where("amount", "IN", "7", "30"), [0, 2]),
    (where("amount", "NOT_IN", "7", "30"), [1]),
    (where("amount", "HAS_PROPERTY"), [1, 0, 2]),
    (where("amount", "NOT_HAS_PROPERTY"), [3]),
    (where("won", "EQ", True), [0]),  # a value of the query
    (where("dealname", "EQ", "BLUE LOOMS"), [0]),
    (where("dealname", "CONTAINS_TOKEN", "eng*"), [1]),
    (where("tags", "CONTAINS_TOKEN", "a"), [0]),
    (where("dealname", "NOT_CONTAINS_TOKEN", "looms"), [1, 3]),
    (where("closedate", "GTE", "2026-02-01"), [3, 0]),
    (where("closedate", "LT", "1769904000000"), [1]),  # 2026-02-01
    (where("closedate", "LT", "2026-02-01T00:00:00+01:00"), [1]),
]


def test_every_operator_has_a_case():
    assert {one["operator"] for one, _ in CASES} == {*OPERATORS}


@pytest.mark.parametrize(("condition", "expected"), CASES)
def test_a_filter_selects(condition, expected):
    assert found(filterGroups=[{"filters": [condition]}]) == expected


def test_filters_of_a_group_hold_together_and_one_group_is_enough():
    blue, big = where("dealname", "CONTAINS_TOKEN", "blue"), where("amount", "GT", "7")
    assert found(filterGroups=[{"filters": [blue, big]}]) == [1]
    assert found(filterGroups=[{"filters": [blue]}, {"filters": [big]}]) == [1, 0, 2]


def test_words_are_looked_for_in_the_searched_properties():
    assert found(query="Blue b") == [1, 0]
    assert found(query="loom red") == [2]
    assert found(query="green") == []


@pytest.mark.parametrize(
    ("sorts", "expected"),
    [
        ([], [1, 3, 0, 2]),
        (["amount"], [0, 1, 2, 3]),
        (["-amount"], [2, 1, 0, 3]),
        ([{"propertyName": "dealname", "direction": "DESCENDING"}], [2, 0, 1, 3]),
        ([{"propertyName": "dealname", "direction": "ASCENDING"}], [1, 0, 2, 3]),
    ],
)
def test_records_without_the_value_come_last_either_way(sorts, expected):
    assert found(sorts=sorts) == expected


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"sorts": ["amount", "won"]}, "Only one sort is allowed"),
        ({"sorts": [7]}, "Invalid sort: expected a property name or an object"),
        ({"sorts": ["nonsense"]}, "There was a problem with the request: property nonsense does not exist on deals"),
        ([where("nonsense", "EQ", "1")], "There was a problem with the request: property nonsense does not exist on deals"),
        ([where("amount", "IS", "1")], f"Invalid operator IS; known: {', '.join(OPERATORS)}"),
        ([where("amount", "EQ")], "EQ on amount is missing a value"),
        ([where("amount", "BETWEEN", "1")], "BETWEEN on amount is missing a value"),
        ([where("amount", "IN")], "IN needs a list in 'values'"),
        ([where("amount", "GT", "many")], "many is not a valid number for amount"),
        ([where("closedate", "GT", "soon")], "soon is not a valid datetime for closedate"),
        ([where("amount", "EQ", "1")] * 7, "Too many filters: 5 groups, 6 a group, 18 in all"),
    ],
)
def test_what_cannot_be_read_is_refused(query, message):
    asked = {"filterGroups": [{"filters": query}]} if isinstance(query, list) else query
    with pytest.raises(BadQuery) as refused:
        hubspot(asked, KIND)
    assert str(refused.value) == message
