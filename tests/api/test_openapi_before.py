"""The OpenAPI document says what it said when it was written by hand; what became better since is listed here with its reason.

Schemas are compared by what they say. Their names changed with the structs': `…Shown` became `…View`, `…Made` `…Created`.
"""

import json
from pathlib import Path

import msgspec

from tests.cases import each
from unified.api.openapi.document import openapi_document
from unified.app import HANDLERS

BEFORE = json.loads((Path(__file__).parent / "data" / "openapi_before.json").read_text())
NOW = json.loads(msgspec.json.encode(openapi_document(HANDLERS)))
ADDED = {("parameters", "if_match"), ("headers", "ETag"), ("responses", "412")}
"""Shared parts for versions of records, which came later."""
WORDS = {"description", "summary", "title", "examples"}
"""For people to read."""
BETTER = {
    ("*", "parameter query limit"): (
        {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
        "a number with its bounds, where it was any text",
    ),
    ("/accounts", "parameter query status"): (
        {"type": "string", "enum": ["active", "connecting", "needs_reauth", "disabled"]},
        "the words that there are",
    ),
    ("/approvals", "parameter query status"): (
        {
            "type": "string",
            "enum": ["pending", "approved", "declined", "executed", "failed", "expired", "void", "unknown"],
        },
        "the words that there are",
    ),
    ("/audit", "parameter query decision"): ({"type": "string", "enum": ["allowed", "denied"]}, "the words that there are"),
    ("/audit", "parameter query kind"): (
        {"type": "string", "enum": ["call", "refusal", "management"]},
        "the words that there are",
    ),
    ("/api-keys/{id}", "parameter query descendants"): (
        {"type": "string", "enum": ["true", "false"], "default": "false"},
        "the words that there are",
    ),
    ("/tools", "parameter query format"): ({"type": "string", "default": "mcp"}, "what is meant when it is left out"),
    ("/accounts/{id}/resources", "body"): (
        {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {"ids": {"type": "array", "items": {"type": "string"}}},
                "required": ["ids"],
                "additionalProperties": False,
            },
        },
        "other keys than `ids` have always been refused",
    ),
}
"""Path and part → the schema now, and why it is better."""


def resolved(part, document, seen=()):
    """A part with its references followed, in one spelling for what means the same, without words."""
    if isinstance(part, list):
        return [resolved(one, document, seen) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        reference = part["$ref"]
        if reference in seen:
            return {"recursive": reference}
        target = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        return resolved(target, document, (*seen, reference))
    return {name: resolved(one, document, seen) for name, one in normal(part).items()}


def normal(part):
    found = {name: one for name, one in part.items() if name not in WORDS or isinstance(one, dict)}
    if "anyOf" in found:
        found["oneOf"] = found.pop("anyOf")
    choices = found.get("oneOf")
    if choices and all(set(one) == {"type"} for one in choices):
        del found["oneOf"]
        found["type"] = [one["type"] for one in choices]
    if isinstance(found.get("type"), list):
        found["type"] = sorted(found["type"])
    if found.get("additionalProperties") == {}:
        del found["additionalProperties"]
    if isinstance(found.get("required"), list):
        found["required"] = sorted(found["required"])
    return found


def operations(document):
    found = {}
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            parts = {
                "id": operation["operationId"],
                "tags": operation["tags"],
                "security": operation.get("security", "key"),
                "extensions": {name: one for name, one in operation.items() if name.startswith("x-")},
                "body": resolved(operation.get("requestBody"), document),
            }
            for one in resolved(operation.get("parameters", []), document):
                parts[f"parameter {one['in']} {one['name']}"] = one
            for code, response in operation["responses"].items():
                parts[f"response {code}"] = resolved(response, document)
            found[path, verb] = parts
    return found


def without_later(parts, verb, path):
    """The parts of an operation without what came later for versions and warnings of records, which must be there."""
    is_change = (
        parts["extensions"].get("x-method-class") in {"write", "custom"} and "{id}" in path and "x-model" in parts["extensions"]
    )
    later = {"parameter header If-Match", "response 412", "response 409"} if is_change else set()
    assert later <= set(parts), (verb, path)
    kept = {name: one for name, one in parts.items() if name not in later}
    for code in ("200", "201"):
        kept.get(f"response {code}", {}).get("headers", {}).pop("ETag", None)
    meta = (
        kept.get("response 200", {})
        .get("content", {})
        .get("application/json", {})
        .get("schema", {})
        .get("properties", {})
        .get("meta")
    )
    if meta is not None:
        about = meta["properties"]["warnings"]["items"]["properties"]
        assert {about.pop("fields")["type"], about.pop("records")["type"]} == {"array"}
    if path.endswith("/batch"):
        del batch_items(kept["body"])["version"]
        del kept["response 200"]["content"]["application/json"]["schema"]["properties"]["results"]["items"]["properties"][
            "version"
        ]
    return kept


def batch_items(body):
    return body["content"]["application/json"]["schema"]["properties"]["items"]["items"]["properties"]


OLD = operations(BEFORE)
NEW = {(path, verb): without_later(parts, verb, path) for (path, verb), parts in operations(NOW).items()}


def test_the_same_operations_are_described():
    assert set(NEW) == set(OLD)


@each("key", sorted(OLD), ids=" ".join)
def test_each_operation_is_described_as_before(key):
    old, new = OLD[key], NEW[key]
    changed = {part for part in old.keys() | new.keys() if old.get(part) != new.get(part)}
    assert {part: (old.get(part), new.get(part)) for part in changed if not is_better(key, part)} == {}


def is_better(key, part):
    """Whether a part is listed, is what the list says, and changed in nothing but its schema."""
    listed = BETTER.get((key[0], part)) or BETTER.get(("*", part))
    if listed is None or part not in OLD[key] or part not in NEW[key]:
        return False
    schema, _ = listed
    return schema_of(NEW[key][part]) == schema and without_schema(NEW[key][part]) == without_schema(OLD[key][part])


def schema_of(part):
    return part["schema"] if "schema" in part else part["content"]["application/json"]["schema"]


def without_schema(part):
    return {name: one for name, one in part.items() if name not in {"schema", "content"}}


def test_what_is_listed_as_better_did_change():
    parts = {(path, part) for (path, _), one in OLD.items() for part in one if one[part] != NEW[path, _].get(part)}
    assert {("*" if ("*", part) in BETTER else path, part) for path, part in parts} == set(BETTER)


def test_what_operations_share_is_described_as_before():
    for name in ("security", "tags"):
        assert [resolved(one, NOW) for one in NOW[name]] == [resolved(one, BEFORE) for one in BEFORE[name]]
    for name in ("securitySchemes", "parameters", "headers", "responses"):
        kept = {key: one for key, one in NOW["components"][name].items() if (name, key) not in ADDED}
        assert resolved(kept, NOW) == resolved(BEFORE["components"][name], BEFORE), name


def test_only_what_changes_or_shows_one_record_is_about_its_version():
    """Of models of which a record can be changed, read or made: `If-Match` at the changes, `ETag` at all but deletes."""
    now = operations(NOW)
    with_tag = {
        parts["extensions"].get("x-method")
        for parts in now.values()
        if any("ETag" in one.get("headers", {}) for name, one in parts.items() if name.startswith("response 20"))
    }
    with_condition = {parts["extensions"]["x-method"] for parts in now.values() if "parameter header If-Match" in parts}
    assert not with_tag & {"list", "batch", "schema", "delete"}
    assert {"get", "create", "update"} <= with_tag
    assert {"update", "delete"} <= with_condition
    assert not with_condition & {"get", "list", "create", "batch", "schema"}
