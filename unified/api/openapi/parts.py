"""Parts that operations refer to: parameters, headers and error responses, and which of those each kind of operation has."""

from collections.abc import Iterable
from typing import Any

from unified.api.openapi.schemas.enums import error_codes, reference
from unified.api.openapi.schemas.forms import CURSOR, IDEMPOTENCY_KEY, IF_MATCH, NAMES, TEXT
from unified.api.openapi.schemas.normal_form import Schema
from unified.errors.error import BUSY
from unified.transform.queries.query import DEFAULT_LIMIT, MAX_LIMIT

Part = dict[str, Any]
LISTING = ("limit", "cursor", "updated_after", "updated_before", "created_after", "created_before")
"""Parameters of every list of records, besides those of `READING` and of its model."""
READING = ("fields", "include_raw", "include_deleted", "remote_query")
"""Parameters of lists and single records."""


def _parameter(name: str, schema: Schema, description: str, **more: Any) -> Part:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description, **more}


_TIME: Schema = {"type": "string", "format": "date-time"}
_FLAG: Schema = {"type": "boolean"}

PARAMETERS: dict[str, Part] = {
    "account_id": _parameter(
        "account_id",
        TEXT,
        "Id of the connected account, `acc_…`. Requests that are written by hand may name it in the header `Unified-Account`.",
        required=True,
    ),
    "id": {"name": "id", "in": "path", "required": True, "schema": TEXT, "description": "The record's id."},
    "limit": _parameter(
        "limit",
        {"type": "integer", "minimum": 1},
        f"Records a page, {DEFAULT_LIMIT} if left out; at most {MAX_LIMIT}, and clipped to what the provider takes.",
    ),
    "cursor": _parameter("cursor", CURSOR, "`next_cursor` of the page before, with the same query."),
    "updated_after": _parameter("updated_after", _TIME, "Changed at or after, such as 2026-01-31T12:00:00Z."),
    "updated_before": _parameter("updated_before", _TIME, "Changed before."),
    "created_after": _parameter("created_after", _TIME, "Created at or after."),
    "created_before": _parameter("created_before", _TIME, "Created before."),
    "fields": _parameter(
        "fields", NAMES, "Only these fields, separated by commas; `custom_fields.<key>` asks for a provider's own."
    ),
    "include_raw": _parameter("include_raw", _FLAG, "The provider's record in `remote_data`."),
    "include_deleted": _parameter("include_deleted", _FLAG, "Deleted records too."),
    "remote_query": _parameter(
        "remote_query",
        {"type": "object", "additionalProperties": {"type": "string"}},
        "`remote_query[name]=value` is passed to the provider unless the mapping sets it.",
        style="deepObject",
        explode=True,
        example={},
    ),
    "idempotency_key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": IDEMPOTENCY_KEY,
        "description": "A repeated write with the same key is done once. Kept for 24 hours: digests, status and id; no body.",
    },
    "if_match": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "schema": IF_MATCH,
        "description": "The `ETag` that came with the record: if it has changed since, nothing is done, and the answer is 412. "
        "Refused with 501 where records have no `ETag`.",
    },
}
HEADERS: dict[str, Part] = {
    "RateLimit": {
        "description": "What is left of each limit: `r` calls, and `t` seconds until there are more. `provider` is the "
        "provider's own, as of its last answer.",
        "schema": {"type": "string", "examples": ['"key";r=598;t=42, "provider";r=97;t=8']},
    },
    "RateLimit-Policy": {
        "description": "The limits themselves: `q` calls in `w` seconds.",
        "schema": {"type": "string", "examples": ['"key";q=600;w=60, "provider";q=100']},
    },
    "ETag": {
        "description": "The version of the record, for `If-Match`; only where the provider reports versions.",
        "schema": {"type": "string", "examples": ['"56d00c178bc7393b2a206ed6a86afcb4"']},
    },
    "Location": {"description": "The address of what was created.", "schema": {"type": "string"}},
    "Idempotent-Replayed": {
        "description": "`true` if an earlier request with this `Idempotency-Key` did it.",
        "schema": {"type": "string"},
    },
    "Unified-Warning": {
        "description": "Warnings, such as a field that the provider returns in part; lists of records have `meta.warnings`.",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait before trying again.", "schema": {"type": "integer"}},
}


def parameter(name: str) -> Part:
    """Return a reference to a shared parameter."""
    return {"$ref": f"#/components/parameters/{name}"}


def header(*names: str) -> Part:
    """Return references to shared headers, by name."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def json_content(schema: Schema) -> Part:
    """Return the content of a body or response that is JSON."""
    return {"application/json": {"schema": schema}}


LIMIT_HEADERS: Part = header("RateLimit", "RateLimit-Policy")


def error_responses() -> dict[str, Part]:
    """Return a response for each status, which names its codes."""
    return {str(status): _error_response(status, names) for status, names in error_codes().items()}


def _error_response(status: int, names: list[str]) -> Part:
    content = {"application/problem+json": {"schema": reference("Problem")}}
    described = {"description": "One of the codes " + ", ".join(f"`{name}`" for name in names) + ".", "content": content}
    return described | ({"headers": header("Retry-After")} if status in BUSY else {})


ALWAYS = ("400", "500", "503")
"""A query or version that cannot be read, a fault, and a service or database that is too busy."""
OF_KEYS = ("401", "403", "404", "422", "429")
"""Refusals because of a key, its scope, an id, a parameter or a limit."""
OF_BODIES = ("408", "413", "415")
"""Bodies that come too slowly, are too large, or are not JSON."""
OF_PROVIDERS = ("424", "501", "502", "504")
"""Refusals because a provider fails, or answers wrongly."""
OF_WRITES = ("409", "410")
"""Repetitions of a write by its `Idempotency-Key`."""
OF_VERSIONS = ("412",)
"""Changes of a record that has changed meanwhile."""


def references(statuses: Iterable[str]) -> Part:
    """Return references to shared error responses, by status."""
    return {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(set(statuses))}
