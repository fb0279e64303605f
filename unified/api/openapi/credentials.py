"""Schemas of an account's credentials: one for each type, which `type` distinguishes."""

from unified.api.openapi.schemas.enums import camel, reference
from unified.api.openapi.schemas.forms import CREDENTIAL
from unified.api.openapi.schemas.normal_form import Schema
from unified.transport.auth import KEYS

_ENTERED = frozenset({"parts", "jwt_bearer", "client_credentials"})
"""Types whose further values are named in the provider file."""
_TEXTS = {
    "bearer": "A token.",
    "basic": "User name and password.",
    "api_key": "An API key.",
    "parts": "Several values, which `/catalog/providers` names in `parts`.",
    "jwt_bearer": "What assertions are signed with: values that `/catalog/providers` names in `parts`.",
    "oauth2": "Tokens of an authorization that another system has made.",
    "client_credentials": "An OAuth client of the account itself; some providers name further values in `parts`.",
}
_VALUES = {
    "token": "The token.",
    "username": "The user name.",
    "password": "The password; some providers take a token here, as their page says.",
    "key": "The API key.",
    "client_id": "The client's id.",
    "client_secret": "The client's secret.",
    "access_token": "The access token.",
    "refresh_token": "Without it, the account needs new credentials when the access token expires.",
    "expires_at": "When the access token expires; without it, it is used until the provider refuses it.",
}


_FORMS: dict[str, Schema] = {"expires_at": {"type": "string", "format": "date-time"}, "refresh_token": {"type": "string"}}
"""Forms of those that may be left out."""


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
    values = {one: _value(one) for one in (*needed, *allowed)}
    return {
        "type": "object",
        "description": _TEXTS[kind],
        "required": ["type", *needed],
        "properties": {"type": {"type": "string", "const": kind, "description": "Which of the types it is."}, **values},
        "additionalProperties": CREDENTIAL if kind in _ENTERED else False,
    }


def _value(key: str) -> Schema:
    return {**_FORMS.get(key, CREDENTIAL), "description": _VALUES[key]}
