"""Schemas of an account's credentials: one for each type, which `type` distinguishes."""

from unified.api.openapi.enums import camel, reference
from unified.api.openapi.normal_form import Schema
from unified.transport.auth import KEYS

_ENTERED = frozenset({"parts", "jwt_bearer", "client_credentials"})
"""Types of which the provider file names further values."""
_TEXTS = {
    "bearer": "A token.",
    "basic": "User name and password.",
    "api_key": "An API key.",
    "parts": "Several values, which `/catalog/providers` names in `parts`.",
    "jwt_bearer": "What assertions are signed with: values that `/catalog/providers` names in `parts`.",
    "oauth2": "Tokens of an authorization that another system has made.",
    "client_credentials": "An OAuth client of the account itself; some providers name further values in `parts`.",
}


def credentials_schemas() -> dict[str, Schema]:
    """Return a schema for each type of credentials, and `Credentials`, which is any of them."""
    names = {kind: f"{camel(kind)}Credentials" for kind in KEYS} | {"client_credentials": "ClientCredentials"}
    union: Schema = {
        "description": "Credentials of an account; `auth` in `/catalog/providers` lists the types that a provider takes.",
        "oneOf": [reference(name) for name in names.values()],
        "discriminator": {
            "propertyName": "type",
            "mapping": {kind: reference(name)["$ref"] for kind, name in names.items()},
        },
    }
    return {**{name: _schema(kind) for kind, name in names.items()}, "Credentials": union}


def _schema(kind: str) -> Schema:
    needed, allowed = (sorted(one) for one in KEYS[kind])
    times = {"expires_at": {"type": "string", "format": "date-time"}}
    values: dict[str, Schema] = {one: times.get(one, {"type": "string"}) for one in (*needed, *allowed)}
    return {
        "type": "object",
        "description": _TEXTS[kind],
        "required": ["type", *needed],
        "properties": {"type": {"type": "string", "const": kind}, **values},
        "additionalProperties": {"type": "string"} if kind in _ENTERED else False,
    }
