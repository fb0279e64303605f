"""Webhooks in the document: the request of each event, with its type of payload."""

from typing import Any

import msgspec

from unified.api.openapi.parts import json_content
from unified.api.openapi.schemas.enums import REF, camel, reference
from unified.api.openapi.schemas.normal_form import Schema, described, normal_forms
from unified.api.openapi.schemas.struct_texts import with_texts
from unified.service.runtime.events import PAYLOADS

_HEADERS = {
    "webhook-id": "The id of the event, the same in every attempt.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970.",
    "webhook-signature": "`v1,` and the signature in base64, one or two separated by a space (Standard Webhooks).",
}


def webhook_operations() -> dict[str, Any]:
    """Return what is sent to a webhook, by event."""
    return {name: {"post": _operation(name)} for name in PAYLOADS}


def _operation(name: str) -> dict[str, Any]:
    headers = [
        {"name": key, "in": "header", "required": True, "schema": {"type": "string"}, "description": text}
        for key, text in _HEADERS.items()
    ]
    return {
        "operationId": f"receive_{name.replace('.', '_')}",
        "summary": f"The event {name}",
        "tags": ["webhooks"],
        "security": [],
        "parameters": headers,
        "requestBody": {"required": True, "content": json_content(reference(_component(name)))},
        "responses": {"200": {"description": "Received. Any status from 200 to 299 will do; any other is tried again."}},
    }


def event_schemas() -> dict[str, Schema]:
    """Return the schemas of all events and of their data."""
    payloads = tuple(dict.fromkeys(PAYLOADS.values()))
    _, data = msgspec.json.schema_components(payloads, ref_template=f"{REF}{{name}}")
    events = {_component(name): _event(name, kind) for name, kind in PAYLOADS.items()}
    return with_texts(normal_forms(data), payloads) | events


def _event(name: str, kind: type[msgspec.Struct]) -> Schema:
    properties: dict[str, Schema] = {
        "type": {"type": "string", "const": name, "description": "What happened."},
        "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
        "data": reference(kind.__name__),
    }
    return described(properties, required=properties, description=f"The event {name}.")


def _component(name: str) -> str:
    return camel(name.replace(".", "_")) + "Event"
