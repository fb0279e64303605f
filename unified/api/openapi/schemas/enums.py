"""Enumerations as components with names: an enumeration within another schema would get one from its place.

Those that several parts of the API share are named here; any other is named after the schema and the field that has it, such
as `CrmTaskStatus`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from unified.api.openapi.schemas.normal_form import Schema
from unified.errors.error import UnifiedError
from unified.models import MODELS
from unified.models.ticketing.tickets import TicketState
from unified.service.access import lineage
from unified.service.access.scope.inheritance import scope_vocabulary
from unified.service.access.scope.scopes import Permission, SensitivityClass
from unified.service.access.scope.write_rules import WritePolicy
from unified.service.audit import events as audit
from unified.service.runtime.events import EVENTS, TEST_EVENT, Owner
from unified.store.accounts import AccountStatus
from unified.store.api_keys import Role
from unified.store.approvals import ApprovalStatus
from unified.store.deliveries import DeliveryStatus
from unified.store.webhooks import WebhookStatus
from unified.transform.catalog import Catalog
from unified.transport.auth import KEYS

REF = "#/components/schemas/"
SHARED: dict[str, tuple[str, ...]] = {
    "AppOwner": get_args(Owner),
    "AccountStatus": get_args(AccountStatus),
    "ApprovalStatus": get_args(ApprovalStatus),
    "AuditDecision": get_args(audit.Decision),
    "AuditKind": get_args(audit.Kind),
    "CredentialsType": tuple(KEYS),
    "DeliveryStatus": get_args(DeliveryStatus),
    "DescendantKind": get_args(lineage.Kind),
    "KeyRole": get_args(Role),
    "Permission": get_args(Permission),
    "SensitivityClass": get_args(SensitivityClass),
    "TicketState": get_args(TicketState),
    "WebhookStatus": get_args(WebhookStatus),
    "WritePolicy": get_args(WritePolicy),
}
"""Enumerations of several places, by name; a schema with the same words refers to them."""


def enumeration(values: Iterable[str], description: str = "") -> Schema:
    """Return the schema of an enumeration."""
    return {"type": "string", **({"description": description} if description else {}), "enum": list(values)}


def reference(name: str) -> Schema:
    """Return a reference to a component."""
    return {"$ref": f"{REF}{name}"}


def vocabulary(catalog: Catalog) -> dict[str, Schema]:
    """Return the enumerations that the installed files and the code define, by name."""
    words = scope_vocabulary(catalog)
    codes = sorted({name for names in error_codes().values() for name in names})
    return {
        "ErrorCode": enumeration(codes, "What went wrong. New codes may be added: treat an unknown one by its HTTP status."),
        "EventName": enumeration(EVENTS, "What a webhook can subscribe to. New events may be added."),
        "SentEventName": enumeration((*EVENTS, TEST_EVENT), "What can be sent to a webhook."),
        "ModelId": enumeration(MODELS, "A common model: its category and its plural name."),
        "ScopeMethod": enumeration(sorted(words.methods), "A class of methods, or a single method."),
        "ScopeTag": enumeration(sorted(words.tags), "A tag of operations."),
        **{name: enumeration(values) for name, values in SHARED.items()},
    }


def error_codes() -> dict[int, list[str]]:
    """Return every error code by its status."""
    codes: dict[int, list[str]] = {}
    for kind in _error_kinds(UnifiedError):
        codes.setdefault(kind.status, []).append(kind.code)
    return {status: sorted(names) for status, names in sorted(codes.items())}


def _error_kinds(kind: type[UnifiedError]) -> list[type[UnifiedError]]:
    found = [one for child in kind.__subclasses__() for one in _error_kinds(child)]
    return found + ([kind] if "code" in vars(kind) and kind is not UnifiedError else [])


_NAME_OF = {frozenset(values): name for name, values in SHARED.items()}


def name_of(values: Iterable[str], otherwise: str) -> str:
    """Return the name of an enumeration: that of `SHARED` with the same words, or the other one."""
    return _NAME_OF.get(frozenset(values), otherwise)


def with_named_enumerations(schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return components in which every enumeration is a reference, and the enumerations as further components.

    Raises:
        ValueError: Two enumerations would have the same name.
    """
    found: dict[str, Schema] = {}
    rest = {name: one if "enum" in one else named(one, name, found) for name, one in schemas.items()}
    taken = [name for name in found if name in schemas and set(schemas[name].get("enum", ())) != set(found[name]["enum"])]
    if taken:
        raise ValueError(f"enumerations with the name of another component: {', '.join(taken)}; name them in SHARED")
    return {**found, **rest}


def named(schema: Schema, name: str, found: dict[str, Schema]) -> Schema:
    """Return a schema with references for its enumerations, which are put into `found`.

    Args:
        schema: A schema in normal form.
        name: What an enumeration at this place is called, unless it is one of `SHARED`.
        found: Enumerations by name.

    Raises:
        ValueError: Two enumerations would have the same name.
    """
    if "enum" in schema:
        own = name_of(schema["enum"], name)
        if set(found.setdefault(own, enumeration(schema["enum"]))["enum"]) != set(schema["enum"]):
            raise ValueError(f"two enumerations are called {own}; name one of them in SHARED")
        return {**{key: one for key, one in schema.items() if key not in {"enum", "type"}}, **reference(own)}
    parts: dict[str, Any] = {}
    if "properties" in schema:
        parts["properties"] = {key: named(one, name + camel(key), found) for key, one in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            parts[key] = named(schema[key], name, found)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            parts[key] = [named(one, name, found) for one in schema[key]]
    return {**schema, **parts}


def camel(name: str) -> str:
    """Return a name such as `time_off_request` as a part of the name of a component or class: `TimeOffRequest`."""
    return "".join(part[:1].upper() + part[1:] for part in name.replace("-", "_").split("_"))
