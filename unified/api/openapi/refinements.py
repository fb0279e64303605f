"""What the document says more precisely than the structs: values that are checked, or decoded, after the struct is.

Such a value has an open type in its struct, so that a refusal can name the known words, or because its type depends on
another part of the service.
"""

from collections.abc import Mapping

from unified.api.openapi.enums import enumeration, reference
from unified.api.openapi.normal_form import Schema, or_null
from unified.service.tools.formats import FORMATS
from unified.store.pages import MAX_LIMIT

_MANY_EVENTS: Schema = {"type": "array", "items": reference("EventName")}
_METHODS: Schema = {"type": "array", "items": reference("ScopeMethod")}
_TAGS: Schema = {"type": "array", "items": reference("ScopeTag")}
_MODELS: Schema = {"type": "array", "items": reference("ModelId")}
_SCOPE: Schema = {"anyOf": [reference("Scope"), {"type": "string", "const": "unlimited"}]}
_TIME: Schema = {"type": "string", "format": "date-time"}

PROPERTIES: dict[str, dict[str, Schema]] = {
    "AccountPatch": {"credentials": reference("Credentials")},
    "CredentialsView": {"type": or_null(reference("CredentialsType"))},
    "DeliveryView": {"event": reference("SentEventName")},
    "KeyCreated": {"scope": _SCOPE},
    "KeyView": {"scope": _SCOPE},
    "NewAccount": {"credentials": reference("Credentials")},
    "NewKey": {"scope": or_null(_SCOPE)},
    "NewWebhook": {"events": _MANY_EVENTS},
    "Problem": {"code": reference("ErrorCode")},
    "Scope": {"methods": _METHODS, "tags": _TAGS, "models": _MODELS},
    "ToolCall": {"arguments": {"type": "object", "additionalProperties": True}},
    "ServerConfig": {"methods": _METHODS, "tags": _TAGS, "models": _MODELS},
    "WebhookCreated": {"events": _MANY_EVENTS},
    "WebhookPatch": {"events": _MANY_EVENTS},
    "WebhookView": {"events": _MANY_EVENTS},
}
"""Component and property → its schema."""
PARAMETERS: dict[tuple[str, str], Schema] = {
    ("list_audit", "since"): _TIME,
    ("list_audit", "until"): _TIME,
    ("list_tools", "format"): enumeration(FORMATS),
}
"""Operation and parameter → its schema."""
_PAGE_LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}
"""Of `limit`, which is read as text so that all lists read it alike."""


def parameter_schema(operation: str, name: str) -> Schema | None:
    """Return the schema of a parameter, where its annotation says too little."""
    return _PAGE_LIMIT if name == "limit" else PARAMETERS.get((operation, name))


def refined(schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return components with the schemas of `PROPERTIES`."""
    return {name: _refined(one, PROPERTIES.get(name, {})) for name, one in schemas.items()}


def _refined(schema: Schema, more: dict[str, Schema]) -> Schema:
    texts = {key: {"description": one["description"]} for key, one in schema["properties"].items() if "description" in one}
    described = {key: {**texts.get(key, {}), **one} for key, one in more.items()}
    return {**schema, "properties": {**schema["properties"], **described}} if more else schema
