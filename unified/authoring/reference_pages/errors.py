"""docs/reference/errors.md, from the error tree."""

from unified.authoring.reference_pages.tables import table
from unified.errors.error import UnifiedError
from unified.errors.service import Internal
from unified.errors.tree import every_error

HEAD = """\
# Errors

Generated from `unified/errors` by `unified docs`. Every refusal is `application/problem+json` (RFC 9457) with
`type`, `title`, `status`, `detail`, `code`, `request_id`, `retryable`, `retry_after`, `errors` (each refused place
with `pointer`, `code`, `message`) and `provider` (what the provider said). The code is stable; decide by it, not by
the text. Where `retryable` is yes the same request may work later, after `retry_after` seconds when it is given.
"""

WHAT_TO_DO: dict[str, str] = {
    "malformed_request": "Correct the request; the detail names what cannot be read.",
    "unknown_version": "Send one of the versions that the message lists, or leave the header `Unified-Version` out.",
    "invalid_cursor": "Start again without a cursor, and keep account, model and query the same from page to page.",
    "invalid_id": "Send the id exactly as list or get returned it, percent-encoded.",
    "connect_failed": "Read the reason in `errors[0].code`; most attempts can be repeated from the same link.",
    "unauthenticated": "Send `Authorization: Bearer uk_…` with a key that is valid; make one with `unified keys add`.",
    "method_not_allowed_by_scope": "Use a key with a scope that includes the method, or the permission that the detail names.",
    "outside_tags": "Use a key with a scope that includes one of the operation's tags.",
    "outside_models": "Use a key with a scope that includes the model.",
    "outside_accounts": "Use a key with a scope that includes the account.",
    "outside_consent": "Have the account connected again with a wider link: `POST /connect` with `account_id` and `scope`.",
    "outside_resources": "Request a record inside the account's chosen resources, or have more of them chosen.",
    "field_hidden": "Leave the field out of the query or body, or use a key that may see it.",
    "forbidden_by_policy": "The operator decides what `UNIFIED_POLICY` allows; ask the operator to change it.",
    "writes_denied": "Use a key with `writes: direct`.",
    "form_refused": "Reload the page and try again; cookies need https. Programs should use the API, not the forms.",
    "scope_exceeds_parent": "Request no more than the scope of the key that creates the new one.",
    "tenant_suspended": "Stop calling, and ask whom the message names. The same keys work again once the tenant is resumed.",
    "paused": "Stop calling, and ask whoever manages the key or server to resume it; the detail says who paused it, and why.",
    "outside_hours": "Wait until the time that the detail names, or have the hours of the key or server changed.",
    "limit_used_up": "Ask whoever manages the key or server; waiting does not help.",
    "provider_forbidden": "Grant the connected user the permission at the provider, or connect another user.",
    "not_found": "Check the id and the account; another tenant's records look the same.",
    "origin_refused": "Operators: list the page's origin in UNIFIED_ALLOWED_ORIGINS.",
    "not_acceptable": "Send `Accept: application/json, text/event-stream`, as MCP clients have to.",
    "request_timeout": "Send the whole body without pauses.",
    "host_refused": "Operators: set UNIFIED_PUBLIC_URL to the address that clients use.",
    "method_not_allowed": "Use one of the methods of the `Allow` header.",
    "approval_stale": "Review `approval` in the response, and approve with its `digest` if that is what you want.",
    "conflict": "Read the record again and repeat the change.",
    "version_conflict": "Read the record again, and repeat the change with its `ETag` if it is still wanted.",
    "idempotency_in_progress": "Wait, then send the same request with the same key.",
    "outcome_unknown": "Look at the record, as the detail says; use a new idempotency key if the write is still wanted.",
    "gone": "Use a new idempotency key to create the record again.",
    "too_large": "Send less at once.",
    "unsupported_media_type": "Send JSON in UTF-8 with `Content-Type: application/json`.",
    "validation_failed": "Correct each place that `errors` names.",
    "unsupported_filter": "Leave the condition out, or use one that the model's `/schema` lists.",
    "scan_limit": "List the records, narrowed by a filter, and follow the cursor; whether the record exists is not known.",
    "unsupported_field": "Use fields that the model's `/schema` lists.",
    "read_only_field": "Leave the field out of the body.",
    "provider_validation": "Correct what `provider.message` says.",
    "idempotency_mismatch": "Use a new idempotency key for another request.",
    "empty_scope": "Leave the key out to allow everything that the parent allows, or list what is allowed.",
    "connection_unauthorized": "Connect the account again.",
    "rate_limited": "Wait for `Retry-After`.",
    "limit_reached": "Wait for `Retry-After`; the detail names the limit and who has it.",
    "loop_stopped": "Have the agent do something else; the detail says what repeats. It can continue after `Retry-After`.",
    "provider_rate_limited": "Wait for `Retry-After`; the provider's limit holds for all of its callers.",
    "internal": "Try again if it is `retryable`, else look whether it was done; if it persists, report the `request_id`.",
    "not_supported": "Check the coverage table for what the provider offers.",
    "provider_error": "Try again later.",
    "provider_malformed": "Report it: the provider's responses have changed, or a proxy alters them.",
    "mapping_failed": "Report it with the detail; it names the mapping and the place.",
    "upstream_too_large": "Ask for fewer records or fields, or raise UNIFIED_UPSTREAM_MAX_BYTES.",
    "destination_refused": "Operators: docs/egress.md lists what can be reached; the log says why this address was refused.",
    "overloaded": "Wait for `Retry-After`. Operators: docs/operations.md lists the causes; at capacity, run more workers.",
    "oauth_app_invalid": "The operator sets the app's client secret (`PUT /oauth-apps/{provider}`, `UNIFIED_OAUTH_APPS`); "
    "the account then works again by itself. Do not reconnect it.",
    "provider_disabled": "Operators: the log of the start and `unified lint` say why; correct the files, and start again.",
    "circuit_open": "Wait for `Retry-After`; look at the provider's status.",
    "provider_timeout": "Try again with a smaller page, or raise UNIFIED_REQUEST_DEADLINE.",
}
"""Code → what the reader can do."""


def error_classes() -> tuple[type[UnifiedError], ...]:
    """Return every error that has its own code, by status."""
    found = list(every_error())
    own = {one.code: one for one in reversed(found) if "code" in vars(one)}
    own["internal"] = Internal
    return tuple(sorted(own.values(), key=lambda one: (one.status, found.index(one))))


def errors_page() -> str:
    """Return the page of all error codes."""
    rows = (
        (str(one.status), f"`{one.code}`", (one.__doc__ or ""), "yes" if one.retryable else "no", WHAT_TO_DO[one.code])
        for one in error_classes()
    )
    return f"{HEAD}\n{table(('status', 'code', 'meaning', 'retryable', 'what to do'), rows)}"
