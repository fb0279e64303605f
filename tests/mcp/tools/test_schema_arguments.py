"""What a schema offers can be done: its arguments are taken by the query, the mapping and the check of bodies."""

import jsonschema
import pytest
from hypothesis import find
from hypothesis.strategies import from_regex

from tests.cases import each
from tests.world import catalog
from unified.errors.requests import UnsupportedField, UnsupportedFilter
from unified.models import validate_input
from unified.transform.prepared_write import checked_write
from unified.transform.queries.query import OPERATORS
from unified.transform.queries.query_reading import query_from_object
from unified.transform.tools import define

CATALOG = catalog()
LISTS = [name for name in CATALOG.mappings() if "list" in CATALOG.compiled(*name).methods]
BODIES = [
    (*name, method)
    for name in CATALOG.mappings()
    for method in ("create", "update")
    if method in CATALOG.compiled(*name).methods
]
FORMATS = {"date": "2026-01-31", "date-time": "2026-01-31T10:00:00Z"}
TEXTS = {"country": "DE", "nationality": "DE", "currency": "EUR", "due_date": "2026-01-31", "fields": "custom_fields.shoe"}


def samples(name, schema):
    """Values that the schema allows, one for each way of giving one."""
    for inner in schema.get("anyOf", ()):
        yield from samples(name, inner)
    kinds = schema.get("type", [])
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        yield from _of(kind, name, schema)


def _of(kind, name, schema):
    if "enum" in schema and kind != "null":
        yield from (one for one in schema["enum"] if one is not None)
    elif kind == "object":
        yield {}
        inside = schema.get("properties", {}).items()
        yield from ({key: one} for key, inner in inside for one in samples(name if key in OPERATORS else key, inner))
    elif kind == "array":
        yield from ([one] for one in samples(name, schema["items"]))
    else:
        text = FORMATS.get(schema.get("format"), next((text for key, text in TEXTS.items() if name.endswith(key)), "word"))
        yield {"string": text, "integer": schema.get("maximum", 7), "number": 7.5, "boolean": True, "null": None}[kind]


def custom_key(rule):
    """A key of a custom field, by the mapping's own rule for them."""
    given = (one for patterns in rule.patterns for one in patterns)
    patterns = [one.replace("*", "shoe") for one in given if not one.startswith("!")]
    found = next(filter(rule.accepts, ("shoe", *patterns)), None)
    forms = [one for one in (rule.form, rule.names) if one]
    return found or next(find(from_regex(form, fullmatch=True), rule.accepts) for form in forms)


def fits(schema, value):
    return jsonschema.Draft202012Validator(schema).is_valid(value)


@each("name", LISTS, ids="-".join, by=lambda name: name[0])
def test_every_condition_of_a_list_can_be_done(name):
    mapping = CATALOG.compiled(*name)
    schema = define(mapping, "list").input_schema
    properties, path = schema["properties"], dict.fromkeys(mapping.model.path_parameters, "Car__c")
    needed = dict.fromkeys(properties.get("filter", {}).get("required", ()), "7")
    tried = 0
    for key, inner in properties.items():
        if key in path:
            continue
        for value in samples(key, inner):
            given = {**path, **({"filter": needed} if needed else {}), key: {**needed, **value} if key == "filter" else value}
            if not fits(schema, given):
                assert key == "filter"  # an empty object of operators, or `{}` where a condition is needed
                continue
            if key == "fields" and value == ["custom_fields.shoe"]:
                given["fields"] = [f"custom_fields.{custom_key(mapping.custom_keys)}"]
            if key == "sort" and value.removeprefix("-") in inner.get("description", ""):
                with pytest.raises(UnsupportedFilter, match="only together with a filter or search"):
                    mapping.list_for(query_from_object(given, mapping.model))
            else:
                mapping.list_for(query_from_object(given, mapping.model))
            tried += 1
    assert tried > len(properties) // 2


@each(("provider", "model", "method"), BODIES, ids="-".join, by=lambda one: one[0])
def test_every_field_of_a_body_can_be_sent(provider, model, method):
    mapping = CATALOG.compiled(provider, model)
    schema = define(mapping, method).input_schema
    beside = {"id", "version", *mapping.model.path_parameters}
    whole = {key: next(samples(key, inner)) for key, inner in schema["properties"].items()}
    needed = {key: whole[key] for key in schema.get("required", ())}
    assert fits(schema, whole)
    for key, inner in schema["properties"].items():
        for value in samples(key, inner) if key not in beside else ():
            given = {**needed, key: value}
            assert fits(schema, given), key
            body = {one: part for one, part in given.items() if one not in beside}
            validate_input(mapping.model, body, operation=method)
            assert set(body) <= mapping.write_calls.writable(method)


def test_what_cannot_be_written_is_not_offered():
    mapping = CATALOG.compiled("jira", "ticketing.comments")
    assert "is_private" not in define(mapping, "update").input_schema["properties"]
    with pytest.raises(UnsupportedField):
        checked_write(mapping, "update", {"attachments": []}, {"account": {}}, {})
