"""Makes the document more precise than the structs, for values that are checked or decoded after the struct.

Such a value has an open type in its struct, so that a refusal can name the known words, or because its type depends on
another part of the service.
"""

from collections.abc import Mapping

from unified.api.openapi.schemas.enums import enumeration, reference
from unified.api.openapi.schemas.forms import CURSOR, EXTERNAL_ID, IDEMPOTENCY_KEY, LINK_EXTERNAL_ID, NAME, WEBHOOK_URL
from unified.api.openapi.schemas.normal_form import Schema, or_null
from unified.service.batch import MAX_ITEMS
from unified.service.tools.formats import FORMATS

_MANY_EVENTS: Schema = {"type": "array", "items": reference("EventName")}
_ASKED_EVENTS: Schema = {**_MANY_EVENTS, "minItems": 1}
_METHODS: Schema = {"type": "array", "items": reference("ScopeMethod")}
_TAGS: Schema = {"type": "array", "items": reference("ScopeTag")}
_MODELS: Schema = {"type": "array", "items": reference("ModelId")}
_SCOPE: Schema = {"anyOf": [reference("Scope"), {"type": "string", "const": "unlimited"}]}
_TIME: Schema = {"type": "string", "format": "date-time"}

PROPERTIES: dict[str, dict[str, Schema]] = {
    "AccountPatch": {"credentials": reference("Credentials"), "name": NAME, "external_id": EXTERNAL_ID},
    "BatchBody": {"items": {"type": "array", "items": reference("BatchItem"), "minItems": 1, "maxItems": MAX_ITEMS}},
    "CredentialsView": {"type": or_null(reference("CredentialsType"))},
    "DeliveryView": {"event": reference("SentEventName")},
    "KeyCreated": {"scope": _SCOPE},
    "KeyView": {"scope": _SCOPE},
    "NewAccount": {"credentials": reference("Credentials"), "name": NAME, "external_id": EXTERNAL_ID},
    "NewKey": {"scope": or_null(_SCOPE), "name": NAME},
    "NewLink": {"name": or_null(NAME), "external_id": LINK_EXTERNAL_ID},
    "NewWebhook": {"events": _ASKED_EVENTS, "url": WEBHOOK_URL},
    "Problem": {"code": reference("ErrorCode")},
    "Scope": {"methods": _METHODS, "tags": _TAGS, "models": _MODELS},
    "ToolCall": {"arguments": {"type": "object", "additionalProperties": True}},
    "TenantPatch": {"name": NAME},
    "ServerConfig": {"methods": _METHODS, "tags": _TAGS, "models": _MODELS},
    "WebhookCreated": {"events": _MANY_EVENTS},
    "WebhookPatch": {"events": _ASKED_EVENTS, "url": WEBHOOK_URL},
    "WebhookView": {"events": _MANY_EVENTS},
}
"""Component and property → its schema."""
PARAMETERS: dict[tuple[str, str], Schema] = {
    ("get_api_key_usage", "since"): _TIME,
    ("get_mcp_server_usage", "since"): _TIME,
    ("list_audit", "since"): _TIME,
    ("list_audit", "until"): _TIME,
    ("list_tools", "format"): enumeration(FORMATS),
}
"""Operation and parameter → its schema."""
_EVERYWHERE: dict[str, Schema] = {
    "limit": {"type": "integer", "minimum": 1},
    "cursor": CURSOR,
    "Idempotency-Key": IDEMPOTENCY_KEY,
}
"""Of parameters that all operations read alike, as text."""


def parameter_schema(operation: str, name: str) -> Schema | None:
    """Return the schema of a parameter, where its annotation says too little."""
    return _EVERYWHERE.get(name) or PARAMETERS.get((operation, name))


def refined(schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return components with the schemas of `PROPERTIES`."""
    return {name: _refined(one, PROPERTIES.get(name, {})) for name, one in schemas.items()}


def _refined(schema: Schema, more: dict[str, Schema]) -> Schema:
    texts = {key: {"description": one["description"]} for key, one in schema["properties"].items() if "description" in one}
    described = {key: {**texts.get(key, {}), **one} for key, one in more.items()}
    return {**schema, "properties": {**schema["properties"], **described}} if more else schema
