"""What holds for the tool of every operation of every installed mapping, with everything shown and with fields hidden."""

import re

import jsonschema
import msgspec
import pytest

from tests.cases import each
from tests.world import catalog
from unified.catalog.files.text_policy import problems_in
from unified.models import MODELS, method_class
from unified.transform.tools import MAX_NAME, blocked_by, define, documented, tool_name

pytestmark = pytest.mark.slow

CATALOG = catalog()
TOOLS = [(*name, method) for name in CATALOG.mappings() for method in CATALOG.compiled(*name).methods]
MAX_BYTES = {"list": 6_000, "get": 6_000, "delete": 6_000, "create": 12_000, "upsert": 12_000, "update": 12_000}
SMALL = {"$ref", "$defs", "$id", "$schema", "pattern", "patternProperties", "if", "not", "allOf", "oneOf"}
READS, WRITES = {"GET", "HEAD", "POST", ""}, {"PUT", "PATCH", "DELETE"}

every = each(("provider", "model", "method"), TOOLS, by=lambda case: case[0])


def classes(model):
    """The fields that a scope without sensitive classes hides, and those that only `none` shows."""
    of = {name: {field.name for field in MODELS[model].fields if field.sensitivity in kinds} for name, kinds in KINDS.items()}
    return [frozenset(), *(frozenset(names) for names in of.values())]


KINDS = {"default": {"sensitive", "secret"}, "least": {"personal", "sensitive", "secret"}}


def parts(schema):
    """Every schema inside of a schema."""
    yield schema
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from parts(schema[name])
    for inner in (*schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        yield from parts(inner)


def test_there_are_all_of_them():
    assert {one[:2] for one in TOOLS} == {*CATALOG.mappings()}
    assert [one for one in TOOLS if not documented(CATALOG.compiled(*one[:2]), one[2])] == []


@every
def test_every_installed_tool_is_reviewed(provider, model, method):
    assert CATALOG.reviewed(provider, model, method), "read `unified review`, then run it with --accept"


@every
def test_a_name_is_stable_and_short(provider, model, method):
    made = define(CATALOG.compiled(provider, model), method)
    assert re.fullmatch("[a-z][a-z0-9_]*", made.name)
    assert len(made.name) <= MAX_NAME
    assert made.name.startswith(f"{method}_{model.partition('.')[0]}_")


def test_names_of_all_models_and_methods_are_unique_and_short():
    custom = {method for _, _, method in TOOLS if method_class(method) == "custom"}
    names = [
        tool_name(model, method)
        for model in MODELS.values()
        for method in sorted({*model.operations, *model.custom, "list", "get", "create", "update", "delete"} | custom)
    ]
    assert len(names) == len(set(names))
    assert max(map(len, names)) <= MAX_NAME
    for provider in CATALOG.providers():
        offered = [define(one, method).name for one in CATALOG.offered(provider) for method in one.methods]
        assert len(offered) == len(set(offered))


@every
def test_a_description_is_short_plain_and_names_the_product(provider, model, method):
    made = define(CATALOG.compiled(provider, model), method)
    assert CATALOG.provider(provider).title in made.description
    assert len(made.description) < 700
    assert made.description.endswith(".")
    assert "  " not in made.description
    assert "filter[" not in made.description
    assert [wrong for sentence in made.description.split(". ") for wrong in problems_in(sentence)] == []


@each("model", MODELS)
def test_words_of_the_models_are_fit_for_agents(model):
    def texts(fields):
        for field in fields:
            yield field.description
            yield from texts(field.nested)

    given = [" ".join(MODELS[model].description.split()), *texts(MODELS[model].fields)]
    assert [wrong for text in given for wrong in problems_in(text)] == []


@every
def test_input_schemas_are_small_closed_objects(provider, model, method):
    mapping = CATALOG.compiled(provider, model)
    for hidden in classes(model):
        schema = define(mapping, method, hidden=hidden).input_schema
        jsonschema.Draft202012Validator.check_schema(schema)
        assert len(msgspec.json.encode(schema)) <= MAX_BYTES.get(method, 2_000)
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
        assert set(schema.get("required", ())) <= set(schema["properties"])
        assert [part for part in parts(schema) if SMALL & set(part)] == []
        assert [part for part in parts(schema) if "properties" in part and part["additionalProperties"] is not False] == []


@every
def test_output_schemas_are_valid(provider, model, method):
    mapping = CATALOG.compiled(provider, model)
    for hidden in classes(model):
        schema = define(mapping, method, hidden=hidden).output_schema
        jsonschema.Draft202012Validator.check_schema(schema)
        assert [part for part in parts(schema) if (SMALL | {"format"}) & set(part)] == []
        assert {"source", "untrusted", "data", "truncated", "cleaned", "warnings"} <= set(schema["properties"])
        assert ("next_cursor" in schema["properties"]) == (method == "list")


@every
def test_hidden_fields_are_nowhere_in_the_schemas(provider, model, method):
    mapping = CATALOG.compiled(provider, model)
    for hidden in classes(model):
        made = define(mapping, method, hidden=hidden)
        words = {str(word).removeprefix("-") for word in _words(made.input_schema)} | set(_words(made.output_schema))
        nested = {inner.name for field in mapping.model.fields if field.name not in hidden for inner in field.nested}
        assert words & (hidden - nested - {"fields", "data"}) == set()


def _words(schema):
    """Names of arguments and fields, and the words of what names them; words of a common enum are values, not names."""
    properties = schema.get("properties", {})
    for name, one in properties.items():
        yield name
        if name == "sort":
            yield from one["enum"]
        if name == "fields" and "items" in one:
            yield from (one["items"].get("anyOf", [one["items"]]))[0].get("enum", ())
        yield from _words(one)
        yield from _words(one.get("items", {}))


@every
def test_the_digest_does_not_depend_on_what_is_hidden(provider, model, method):
    mapping = CATALOG.compiled(provider, model)
    assert {define(mapping, method, hidden=hidden).digest for hidden in classes(model)} == {define(mapping, method).digest}


@every
def test_no_annotation_is_weaker_than_the_verb(provider, model, method):
    mapping = CATALOG.compiled(provider, model)
    hints = define(mapping, method).annotations
    operation = mapping.operation(method)
    assert set(hints) == {"title", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
    assert hints["readOnlyHint"] is (method_class(method) == "read")
    if hints["readOnlyHint"]:
        assert operation.verb in READS
        assert {one.verb for one in operation.before.values()} <= READS
        assert hints["destructiveHint"] is False
    if operation.verb in WRITES or method in {"delete", "update", "upsert"} or method_class(method) == "custom":
        assert hints["destructiveHint"] is True
    if hints["idempotentHint"]:
        assert hints["readOnlyHint"] or operation.verb in {"PUT", "DELETE"} or method == "upsert"
        assert method != "create"


@every
def test_nothing_that_a_call_needs_is_hidden_unnoticed(provider, model, method):
    mapping = CATALOG.compiled(provider, model)
    whole = define(mapping, method).input_schema
    needed = set(whole.get("required", ())) | set(whole["properties"].get("filter", {}).get("required", ()))
    for hidden in classes(model):
        made = define(mapping, method, hidden=hidden).input_schema
        left = set(made.get("required", ())) | set(made["properties"].get("filter", {}).get("required", ()))
        gone = needed - left - {"filter"}
        assert set(blocked_by(mapping, method, hidden)) == gone
