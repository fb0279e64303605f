"""What generators of clients need of the document, as rules over all of it; `make generators` runs four of them."""

import re

from tests.api.openapi.reading import (
    DOCUMENT,
    OF_MODELS,
    OPERATIONS,
    SCHEMAS,
    every_schema,
    named,
    parameters,
    reached,
    request_schemas,
    schemas_in,
    successes,
)
from tests.world import catalog
from unified.api.openapi.schemas.model_schemas import component
from unified.api.openapi.schemas.struct_texts import attribute_texts
from unified.api.views.api_keys import KeyCreated, KeyView
from unified.errors.error import UnifiedError
from unified.models import MODELS
from unified.service.access.scope.inheritance import scope_vocabulary
from unified.service.access.scope.scopes import PERMISSIONS
from unified.service.approvals.views import Difference
from unified.service.runtime.events import EVENTS
from unified.store.accounts import AccountStatus
from unified.store.queries.pages import Page
from unified.transform.list_options import list_options

EVERY = every_schema()


def values_of(literal):
    return set(literal.__args__)


def test_rules_see_the_whole_document():
    assert len(EVERY) > 2000
    assert {where.split("/")[0] for where, _ in EVERY} >= {"CrmContact", "Problem", "NewAccount"}


def test_nothing_has_a_default():
    """A generated client would send it, or make the key required; the texts say what is used when a key is left out."""
    assert [where for where, one in EVERY if "default" in one] == []


def test_nothing_has_a_title():
    """Titles become names of types, and two of the same name drop one of them; components have names."""
    assert [where for where, one in EVERY if "title" in one] == []


def test_components_have_one_plain_name_each():
    assert [one for one in SCHEMAS if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", one)] == []
    assert len({one.lower() for one in SCHEMAS}) == len(SCHEMAS)


def test_every_component_is_used():
    used = set()
    for where, one in EVERY:
        if where.split("/")[0] not in SCHEMAS or "/" in where or not where:
            used |= {one["$ref"].rpartition("/")[2]} if "$ref" in one else set()
    assert set(SCHEMAS) - used == set()


def test_objects_without_properties_are_open():
    """`Record<string, never>` is what an object without properties becomes unless it says what it may hold."""
    bare = [
        where
        for where, one in EVERY
        if "object" in _types(one) and "properties" not in one and not one.get("additionalProperties")
    ]
    assert bare == []


def _types(schema):
    found = schema.get("type", ())
    return (found,) if isinstance(found, str) else found


def test_open_maps_are_the_same_everywhere():
    for name, schema in SCHEMAS.items():
        for key in ("custom_fields", "mapped_fields", "remote_data", "remote_fields"):
            if key in schema.get("properties", {}):
                assert schema["properties"][key]["additionalProperties"] is True, (name, key)


def test_objects_with_properties_and_enumerations_are_components():
    """What is inline gets a name from its place, such as `Type21`, another one with each generator and version."""
    inline = [where for where, one in EVERY if ("enum" in one or "properties" in one) and where not in SCHEMAS]
    assert inline == []


def test_enumerations_are_text_and_name_each_word_once():
    for name, schema in SCHEMAS.items():
        if "enum" in schema:
            assert schema["type"] == "string", name
            assert len(schema["enum"]) == len(set(schema["enum"])) > 0, name


def test_formats_are_next_to_their_type():
    for where, one in EVERY:
        if "format" in one:
            assert "string" in _types(one), where
            assert not {"anyOf", "oneOf"} & set(one), where


def test_nullable_scalars_are_one_schema():
    """OpenAPI 3.1 writes them as a list of types; only references and enumerations need `anyOf`."""
    for where, one in EVERY:
        choices = one.get("anyOf", [])
        assert "oneOf" not in one or "discriminator" in one, where
        if {"type": "null"} in choices:
            rest = [choice for choice in choices if choice != {"type": "null"}]
            assert all("$ref" in choice for choice in rest) or len(rest) > 1, where


def test_times_say_that_they_are():
    for name, schema in SCHEMAS.items():
        for key, one in schema.get("properties", {}).items():
            if re.search(r"_(at|until|since)$", key) or key == "timestamp":
                assert one.get("format") == "date-time", (name, key)


def test_records_need_only_their_id():
    """`fields=` leaves out all the others."""
    for model in MODELS.values():
        if (schema := SCHEMAS.get(component(model))) is not None:
            assert schema["required"] == ["id"], model.id


def test_bodies_need_what_the_api_needs():
    for model in MODELS.values():
        schema = SCHEMAS.get(f"{component(model)}Update")
        if schema is not None:
            assert "required" not in schema, model.id


def test_bodies_take_nothing_read_only():
    for where, schema in request_schemas():
        for name in reached(schema):
            own = SCHEMAS[name].get("properties", {}) if name.endswith(("Create", "Update")) else {}
            assert [key for key, one in own.items() if one.get("readOnly")] == [], (where, name)


def test_no_schema_leads_back_to_itself():
    """Swagger UI follows every reference of an operation that is opened: relations in circles keep it busy for minutes."""
    assert [name for name, schema in SCHEMAS.items() if name in reached(schema)] == []


def test_lists_are_named_pages():
    for path, verb, operation in OPERATIONS:
        for status, response in successes(operation).items():
            for media in response.get("content", {}).values():
                schema = media["schema"]
                name = schema.get("$ref", "").rpartition("/")[2]
                is_page = "next_cursor" in SCHEMAS.get(name, {}).get("properties", {})
                assert is_page == name.endswith("Page"), (path, verb, status)
                if operation["operationId"].startswith("list_"):
                    assert is_page, (path, verb)


def test_filters_are_parameters_of_their_own():
    """`filter` as an object would be sent in a form that the API refuses."""
    for path, verb, operation in OF_MODELS:
        given = parameters(operation)
        assert "filter" not in {one["name"] for one in given}, (path, verb)
        for one in given:
            if one["name"].startswith("filter["):
                assert re.fullmatch(r"filter\[\w+\](\[\w+\])?", one["name"])
                assert one["x-providers"], (path, one["name"])
                assert all(name in one["description"] for name in one["x-providers"]), (path, one["name"])


def test_every_filter_is_there_with_its_providers():
    found = {}
    for _, _, operation in OF_MODELS:
        if operation["x-method"] == "list":
            for one in parameters(operation):
                if one["name"].startswith("filter["):
                    found[operation["x-model"], one["name"]] = set(one["x-providers"])
    expected = {}
    for provider, model in catalog().mappings():
        for one in list_options(catalog().compiled(provider, model)).filters:
            operators = {*one.native, *({"eq"} if one.emulated and "eq" in one.operators else ())}
            for operator in operators:
                name = f"filter[{one.name}]" + ("" if operator == "eq" else f"[{operator}]")
                expected.setdefault((model, name), set()).add(provider)
    assert {key: names for key, names in found.items() if names} == expected
    assert [key for key, names in found.items() if not names] == []


def test_operations_are_those_that_a_provider_has():
    found = {(one["x-model"], one["x-method"]): set(one["x-providers"]) for _, _, one in OF_MODELS}
    for (model, method), providers in found.items():
        assert providers, (model, method)
    expected = {}
    for provider, model in catalog().mappings():
        for method in catalog().compiled(provider, model).methods:
            expected.setdefault((model, method), set()).add(provider)
    assert {key: one for key, one in found.items() if key[1] not in {"batch", "schema"}} == expected
    assert ("ticketing.comments", "make_private") in found


def test_words_with_a_meaning_are_enumerations():
    words = scope_vocabulary(catalog())
    expected = {
        "AccountStatus": values_of(AccountStatus),
        "ErrorCode": set(_codes(UnifiedError)),
        "EventName": set(EVENTS),
        "Permission": set(PERMISSIONS),
        "ScopeMethod": set(words.methods),
        "ScopeTag": set(words.tags),
        "ModelId": set(MODELS),
    }
    assert {name: set(SCHEMAS[name]["enum"]) for name in expected} == expected
    uses = {
        ("Problem", "code"): "ErrorCode",
        ("AccountView", "status"): "AccountStatus",
        ("AccountPatch", "status"): "AccountStatus",
        ("Scope", "methods"): "ScopeMethod",
        ("Scope", "tags"): "ScopeTag",
        ("Scope", "models"): "ModelId",
        ("Scope", "manage"): "Permission",
        ("NewWebhook", "events"): "EventName",
        ("WebhookView", "events"): "EventName",
        ("NewAccount", "credentials"): "Credentials",
        ("AccountPatch", "credentials"): "Credentials",
        ("NewKey", "scope"): "Scope",
        ("KeyView", "scope"): "Scope",
    }
    for (name, key), wanted in uses.items():
        refs = {one.get("$ref", "").rpartition("/")[2] for _, one in schemas_in(SCHEMAS[name]["properties"][key])}
        assert wanted in refs, (name, key)


def _codes(kind):
    for child in kind.__subclasses__():
        yield from _codes(child)
    if "code" in vars(kind) and kind is not UnifiedError:
        yield kind.code


def test_optional_parameters_are_not_filled_in():
    """A page to try the API on fills in examples: what the caller did not choose would be sent."""
    for path, verb, operation in OPERATIONS:
        for one in parameters(operation):
            if not one.get("required"):
                assert not {"example", "examples"} & (set(one) | set(one["schema"])) or one.get("example") == {}, (
                    path,
                    verb,
                    one["name"],
                )


def test_requests_that_read_or_delete_have_no_body():
    """A generated client could not send it: `fetch` refuses a GET with one."""
    assert [named(one) for one in OPERATIONS if one[1] in {"get", "head", "delete"} and "requestBody" in one[2]] == []


def test_bounds_are_of_numbers():
    bounds = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    assert [where for where, one in EVERY if bounds & set(one) and not {"integer", "number"} & set(_types(one))] == []
    for path, verb, operation in OPERATIONS:
        for one in parameters(operation):
            assert not bounds & set(one["schema"]) or one["schema"]["type"] in {"integer", "number"}, (path, verb, one["name"])


def test_every_tag_is_described():
    used = {tag for _, _, operation in OPERATIONS for tag in operation["tags"]} | {"webhooks"}
    assert {one["name"] for one in DOCUMENT["tags"]} == used
    assert all(one["description"] for one in DOCUMENT["tags"])


def test_each_status_is_described_once():
    for path, verb, operation in OPERATIONS:
        method = operation.get("x-method")
        found = set(successes(operation))
        if method is None:
            continue
        waits = set() if operation["x-method-class"] == "read" or method == "batch" else {"202"}
        if method == "upsert":  # 201 only where a provider says that a record is new; `test_answers.py` finds out which
            found |= {"201"}
        done = {"create": {"201"}, "upsert": {"200", "201"}, "delete": {"204"}}.get(method, {"200"})
        assert found == done | waits, named((path, verb, operation))


def test_every_event_is_a_webhook_with_a_typed_payload():
    assert set(DOCUMENT["webhooks"]) == {*EVENTS, "webhook.test"}
    for name, verbs in DOCUMENT["webhooks"].items():
        schema = verbs["post"]["requestBody"]["content"]["application/json"]["schema"]
        event = SCHEMAS[schema["$ref"].rpartition("/")[2]]
        assert event["properties"]["type"]["const"] == name
        data = SCHEMAS[event["properties"]["data"]["$ref"].rpartition("/")[2]]
        assert set(data["required"]) <= set(data["properties"]) != set()


def test_every_parameter_has_a_text():
    for path, verb, operation in OPERATIONS:
        assert [one["name"] for one in parameters(operation) if not one.get("description")] == [], (path, verb)


OPEN = {
    "AccountView.settings": "a provider says which there are",
    "Approve.arguments": "the fields of any model",
    **dict.fromkeys(("BatchCreate.data", "BatchUpdate.data", "BatchUpsert.data"), "the fields of any model"),
    "BatchResult.data": "a record of any model",
    "Schema.json_schema": "JSON Schema",
    "ToolCall.arguments": "`GET /tools` says which a tool takes",
    "ToolsPage.data": "`format` says which form tools have",
}
"""Attributes outside of records whose keys no type can say, and why."""


def test_answers_and_bodies_are_typed():
    of_records = tuple(f"{one['x-model'].split('.')[0].capitalize()}" for _, _, one in OF_MODELS)
    found = {
        f"{name}.{key}"
        for name, schema in SCHEMAS.items()
        for key, one in schema.get("properties", {}).items()
        if not name.startswith(of_records)
        and any(part.get("additionalProperties") is True for part in (one, one.get("items", {})))
    }
    assert found == set(OPEN)


def test_every_attribute_has_a_text():
    """A reference has that of its type."""
    for name, schema in SCHEMAS.items():
        own = schema.get("properties", {})
        assert [key for key, one in own.items() if not one.get("description") and "$ref" not in one] == [], name


def test_texts_of_the_code_speak_of_json():
    assert [where for where, one in EVERY if re.search(r"\bNone\b", str(one.get("description", "")))] == []


def test_texts_below_attributes_are_those_of_the_document():
    texts = attribute_texts(KeyCreated)
    assert texts["made_by"] == SCHEMAS["KeyCreated"]["properties"]["made_by"]["description"]
    assert texts["made_by"] == attribute_texts(KeyView)["made_by"], "also of a base"
    assert attribute_texts(Difference)["from"], "by the name that JSON has"
    assert "items" not in attribute_texts(Page), "without a text there is none"
