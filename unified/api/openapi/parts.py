"""Parts that operations refer to: parameters, error responses and schemas."""

from collections.abc import Iterable
from typing import Any

import msgspec

from unified.api.openapi.schemas import LIST_META, REF
from unified.api.problems import Problem
from unified.api.views.approvals import ApprovalRequired
from unified.errors import BUSY, UnifiedError
from unified.service.access.scopes import Scope
from unified.service.batch import BatchBody
from unified.transform.query import DEFAULT_LIMIT, MAX_LIMIT, OPERATORS

Part = dict[str, Any]


def _parameter(name: str, schema: Part, description: str, **more: Any) -> Part:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description, **more}


_TEXT: Part = {"type": "string"}
_TIME: Part = {"type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00Z"]}
_FLAG: Part = {"type": "boolean", "default": False}

PARAMETERS: dict[str, Part] = {
    "account_id": _parameter("account_id", _TEXT, "The account; or header `Unified-Account`."),
    "id": {"name": "id", "in": "path", "required": True, "schema": _TEXT, "description": "The record's id."},
    "limit": _parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        "Records a page; clipped to what the provider takes.",
    ),
    "cursor": _parameter("cursor", _TEXT, "`next_cursor` of the page before, with the same query."),
    "updated_after": _parameter("updated_after", _TIME, "Changed at or after."),
    "updated_before": _parameter("updated_before", _TIME, "Changed before."),
    "created_after": _parameter("created_after", _TIME, "Created at or after."),
    "created_before": _parameter("created_before", _TIME, "Created before."),
    "filter": _parameter(
        "filter",
        {"type": "object", "additionalProperties": True},
        "`filter[field]=value` or `filter[field][op]=value`; operators: "
        + ", ".join(OPERATORS)
        + ". Done by the provider, or here "
        "within a bound said in `meta.warnings`, or refused with 422.",
        style="deepObject",
        explode=True,
    ),
    "search": _parameter("search", _TEXT, "Free text, where the provider has it."),
    "sort": _parameter("sort", _TEXT, "`field`, or `-field` for descending order."),
    "fields": _parameter(
        "fields", _TEXT, "Only these fields, separated by commas; `custom_fields.<key>` asks for a provider's own."
    ),
    "expand": _parameter("expand", _TEXT, "Related records beside their ids, separated by commas: `owner,account`."),
    "include_raw": _parameter("include_raw", _FLAG, "The provider's record in `remote_data`."),
    "include_deleted": _parameter("include_deleted", _FLAG, "Deleted records too."),
    "remote_query": _parameter(
        "remote_query",
        {"type": "object", "additionalProperties": {"type": "string"}},
        "`remote_query[name]=value` is passed to the provider unless the mapping sets it.",
        style="deepObject",
        explode=True,
    ),
    "idempotency_key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "maxLength": 255},
        "description": "A repeated create with the same key is done once. Kept for 24 hours: digests, status, id; no body.",
    },
    "if_match": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "maxLength": 602, "examples": ['"56d00c178bc7393b2a206ed6a86afcb4"']},
        "description": "The `ETag` that came with the record: if it has changed since, nothing is done, and the answer is 412. "
        "Refused with 501 where records have no `ETag`.",
    },
}


def _all_errors(kind: type[UnifiedError] = UnifiedError) -> list[type[UnifiedError]]:
    found = [one for child in kind.__subclasses__() for one in _all_errors(child)]
    return found + ([kind] if "code" in vars(kind) and kind is not UnifiedError else [])


def error_codes() -> dict[int, list[str]]:
    """Every code by its status."""
    codes: dict[int, list[str]] = {}
    for kind in _all_errors():
        codes.setdefault(kind.status, []).append(kind.code)
    return {status: sorted(names) for status, names in sorted(codes.items())}


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
        "description": "The version of the record, for `If-Match`; only where the provider says versions.",
        "schema": {"type": "string", "examples": ['"56d00c178bc7393b2a206ed6a86afcb4"']},
    },
    "Retry-After": {"description": "Seconds to wait before trying again.", "schema": {"type": "integer"}},
}
LIMIT_HEADERS: Part = {name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit", "RateLimit-Policy")}


def error_responses() -> dict[str, Part]:
    """Return a response for each status, which names its codes."""
    return {str(status): _error_response(status, names) for status, names in error_codes().items()}


def _error_response(status: int, names: list[str]) -> Part:
    content = {"application/problem+json": {"schema": {"$ref": f"{REF}Problem"}}}
    described = {"description": "One of the codes " + ", ".join(f"`{name}`" for name in names) + ".", "content": content}
    waiting = {"headers": {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}}
    return described | (waiting if status in BUSY else {})


SHARED = (Problem, ApprovalRequired, BatchBody, Scope)
"""What no handler names: bodies and responses of the models' routes, and the scope that a key is given as an object."""


def shared_schemas(kinds: Iterable[Any]) -> dict[str, Part]:
    """Return the schemas of everything but the unified models: what the models' routes share, and these structs."""
    _, components = msgspec.json.schema_components((*SHARED, *kinds), ref_template=f"{REF}{{name}}")
    renamed = {"Batch": components.pop("BatchBody")}
    return {
        **components,
        **renamed,
        "ListMeta": LIST_META,
        "BatchResults": _BATCH_RESULTS,
        "Schema": {
            "type": "object",
            "description": "Methods, filters, and per field what can be done with it, with its JSON Schema.",
        },
    }


_BATCH_RESULTS: Part = {
    "type": "object",
    "required": ["results"],
    "properties": {
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "status"],
                "properties": {
                    "index": {"type": "integer"},
                    "status": {"type": "integer"},
                    "data": {"type": "object"},
                    "version": {"type": "string", "description": "Of the record, where it has one: that of its `ETag`."},
                    "error": {"$ref": f"{REF}Problem"},
                    "approval": {"$ref": f"{REF}ApprovalWaiting"},
                },
            },
        }
    },
}
