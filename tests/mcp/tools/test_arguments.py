"""Arguments are refused by path and rule; no message holds a value or a key that the caller made up."""

import json

import pytest

from tests.timing import processor_time
from unified.errors.requests import ValidationFailed
from unified.service.tools.arguments import MAX_BYTES, check_arguments, check_bounds

SECRET = "hunter2-canary"
SCHEMA = {
    "type": "object",
    "properties": {
        "limit": {"type": "integer", "minimum": 1, "maximum": 200},
        "sort": {"enum": ["name", "-name"]},
        "filter": {
            "type": "object",
            "properties": {
                "email": {
                    "anyOf": [
                        {"type": "string"},
                        {
                            "type": "object",
                            "properties": {"in": {"type": "array", "items": {"type": "string"}}},
                            "additionalProperties": False,
                        },
                    ]
                }
            },
            "additionalProperties": False,
        },
        "custom_fields": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
        "name": {"type": ["string", "null"], "maxLength": 20},
    },
    "required": ["limit", "name"],
    "additionalProperties": False,
}


def refused(arguments, schema=SCHEMA):
    with pytest.raises(ValidationFailed) as caught:
        check_arguments(schema, check_bounds(arguments)[0])
    problem = caught.value
    told = problem.detail + json.dumps([[one.pointer, one.code, one.message] for one in problem.errors])
    assert SECRET not in told
    return [(one.pointer, one.code) for one in problem.errors], [one.message for one in problem.errors]


@pytest.mark.parametrize(
    ("arguments", "places"),
    [
        ({}, [("/limit", "required"), ("/name", "required")]),
        ({"limit": 1}, [("/name", "required")]),
        ({"limit": SECRET, "name": "x"}, [("/limit", "type")]),
        ({"limit": True, "name": "x"}, [("/limit", "type")]),
        ({"limit": 1.5, "name": "x"}, [("/limit", "type")]),
        ({"limit": 0, "name": "x"}, [("/limit", "minimum")]),
        ({"limit": 1, "name": None, "sort": SECRET}, [("/sort", "enum")]),
        ({"limit": 1, "name": [SECRET]}, [("/name", "type")]),
        ({"limit": 1, "name": SECRET * 5}, [("/name", "maxLength")]),
        ({"limit": 1, "name": "x", SECRET: 1}, [("", "additionalProperties")]),
        ({"limit": 1, "name": "x", "filter": {SECRET: SECRET}}, [("/filter", "additionalProperties")]),
        ({"limit": 1, "name": "x", "filter": SECRET}, [("/filter", "type")]),
        ({"limit": 1, "name": "x", "filter": {"email": 7}}, [("/filter/email", "anyOf")]),
        ({"limit": 1, "name": "x", "filter": {"email": {"in": [1]}}}, [("/filter/email", "anyOf")]),
        ({"limit": 1, "name": "x", "custom_fields": {SECRET: 1}}, [("/custom_fields/*", "type")]),
        ({"limit": 1, "name": "x", "__proto__": {}}, [("", "additionalProperties")]),
        ({"limit": 1, "name": "x", "custom_fields": {"__proto__": "x"}}, [("", "additionalProperties")]),
        ({"limit": 1, "name": "x", "custom_fields": {"constructor": "x"}}, [("", "additionalProperties")]),
        ({"limit": float("nan"), "name": "x"}, [("", "type")]),
        ({"limit": float("inf"), "name": "x"}, [("", "type")]),
        ({"limit": 10**400, "name": "x"}, [("/limit", "maximum")]),
        ({"limit": 10**5000, "name": "x"}, [("", "type")]),
        ({"limit": 1, "name": "\ud800"}, [("", "type")]),
        (None, [("", "type")]),
        ([], [("", "type")]),
        ([{"limit": 1}], [("", "type")]),
        (SECRET, [("", "type")]),
        (7, [("", "type")]),
    ],
)
def test_mismatched_arguments_are_named_by_path_and_rule(arguments, places):
    assert refused(arguments)[0] == places


def test_messages_say_what_is_expected():
    _, messages = refused({"limit": "x", "sort": "x", "filter": {"email": 7, "x": 1}, "x": 1})
    assert messages == [
        "expected a whole number from 1 to 200",
        "expected one of name, -name",
        "expected string or an object with in",
        "unknown key. Known: email",
        "'name' is required",
        "unknown key. Known: limit, sort, filter, custom_fields, name",
    ]


def test_a_path_is_a_json_pointer():
    schema = {"type": "object", "properties": {"a/b~c": {"type": "array", "items": {"type": "string"}}}}
    assert refused({"a/b~c": ["x", 7]}, schema)[0] == [("/a~1b~0c/1", "type")]


def test_what_is_too_large_too_deep_or_too_much_is_refused_before_the_schema():
    deep = SECRET
    for _ in range(1000):
        deep = {"in": deep}
    assert refused({"name": "x" * MAX_BYTES})[0] == [("", "maxBytes")]
    assert refused(deep)[0] == [("", "maxDepth")]
    assert refused({"a": [[]] * 20_000})[0] == [("", "maxValues")]
    assert check_bounds({"name": "x" * (MAX_BYTES - 20)})


def test_many_problems_are_reported_up_to_a_bound():
    schema = {"type": "object", "properties": {}, "additionalProperties": {"type": "string"}}
    places, _ = refused({f"{SECRET}{n}": n for n in range(500)}, schema)
    assert places == [("/*", "type")], "keys of the caller's own are not told apart"
    schema = {"type": "object", "properties": {f"k{n}": {"type": "string"} for n in range(500)}}
    assert len(refused({f"k{n}": n for n in range(500)}, schema)[0]) == 20


@pytest.mark.parametrize(
    "arguments",
    [
        {"limit": 1, "name": "a" * 100_000 + "!"},
        {"limit": 1, "name": "x", "filter": {"email": {"in": [1] * 9_000}}},
        {"limit": 1, "name": "x", "custom_fields": {str(n): n for n in range(9_000)}},
        {str(n): n for n in range(9_000)},
        {"limit": 1, "name": "x", "filter": {"email": "x" * 250_000}, "sort": "y" * 1000},
    ],
    ids=["pattern bait", "wrong items", "wrong values", "unknown keys", "long text"],
)
def test_hostile_arguments_are_refused_soon(arguments):
    with processor_time() as spent:
        refused(arguments)
    assert spent.seconds < 0.5


def test_a_schema_is_never_fetched():
    """A reference that is not there is a fault, not a request; tools have none."""
    with pytest.raises(Exception, match="Unresolvable"):
        check_arguments({"$ref": "http://127.0.0.1:9/schema.json"}, {})


def test_fitting_arguments_pass():
    check_arguments(
        SCHEMA, check_bounds({"limit": 5, "name": None, "filter": {"email": {"in": ["a"]}}, "custom_fields": {"x": "y"}})[0]
    )
