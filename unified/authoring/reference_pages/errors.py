"""docs/reference/errors.md, from the error tree."""

import inspect

from unified import errors
from unified.authoring.reference_pages.tables import table
from unified.errors import UnifiedError

HEAD = """\
# Errors

Generated from `unified/errors.py` by `unified docs`. Every refusal is `application/problem+json` (RFC 9457) with
`type`, `title`, `status`, `detail`, `code`, `request_id`, `retryable`, `retry_after`, `errors` (each refused place
with `pointer`, `code`, `message`) and `provider` (what the provider said). The code is stable; decide by it, not by
the text. Where `retryable` is yes the same request may work later, after `retry_after` seconds when it is given.
"""

WHAT_TO_DO: dict[str, str] = {
    "malformed_request": "Correct the request; the detail names what cannot be read.",
    "invalid_cursor": "Start again without a cursor, and keep account, model and query the same from page to page.",
    "invalid_id": "Send the id as a list or get gave it, percent-encoded.",
    "connect_failed": "Read the reason in `errors[0].code`; most tries can be made again from the same link.",
    "unauthenticated": "Send `Authorization: Bearer uk_…` with a key that is valid; make one with `unified keys add`.",
    "method_not_allowed_by_scope": "Use a key whose scope has the method, or the permission that the detail names.",
    "outside_tags": "Use a key whose scope has one of the operation's tags.",
    "outside_models": "Use a key whose scope has the model.",
    "outside_accounts": "Use a key whose scope has the account.",
    "outside_resources": "Ask for a record inside of the account's chosen resources, or widen them.",
    "field_hidden": "Leave the field out of the query or body, or use a key that may see it.",
    "forbidden_by_policy": "Do without it; the operator decides what `UNIFIED_POLICY` allows.",
    "writes_denied": "Use a key with `writes: direct`.",
    "form_refused": "Load the page again and repeat; cookies need https. Programs have no forms to send.",
    "scope_exceeds_parent": "Ask for no more than the key that makes the new one has.",
    "provider_forbidden": "Give the connected user the right at the provider, or connect another user.",
    "not_found": "Check the id and the account; another tenant's records look the same.",
    "origin_refused": "Operators: list the page's origin in UNIFIED_ALLOWED_ORIGINS.",
    "not_acceptable": "Send `Accept: application/json, text/event-stream`, as MCP clients have to.",
    "request_timeout": "Send the body without a pause.",
    "host_refused": "Operators: set UNIFIED_PUBLIC_URL to the address that clients use.",
    "method_not_allowed": "Use one of the methods of the `Allow` header.",
    "approval_stale": "Look at `approval` in the answer, and approve with its `digest` if that is what you mean.",
    "conflict": "Read the record again and repeat the change.",
    "idempotency_in_progress": "Wait, then send the same request with the same key.",
    "too_large": "Send less at once.",
    "unsupported_media_type": "Send JSON in UTF-8 with `Content-Type: application/json`.",
    "validation_failed": "Correct each place that `errors` names.",
    "unsupported_filter": "Leave the condition out, or use one that the model's `/schema` lists.",
    "unsupported_field": "Use fields that the model's `/schema` lists.",
    "read_only_field": "Leave the field out of the body.",
    "provider_validation": "Correct what `provider.message` says.",
    "idempotency_mismatch": "Use a new Idempotency-Key for another request.",
    "empty_scope": "Leave the key out to allow all of the parent's, or name what is allowed.",
    "connection_unauthorized": "Connect the account again.",
    "rate_limited": "Wait for `Retry-After`.",
    "provider_rate_limited": "Wait for `Retry-After`; the provider's limit holds for all of its callers.",
    "internal": "Try again; if it stays, report it with the `request_id`.",
    "not_supported": "Look up in the coverage table what the provider offers.",
    "provider_error": "Try again later.",
    "provider_malformed": "Report it: the provider's answers have changed, or something stands between.",
    "mapping_failed": "Report it with the detail; it names the mapping and the place.",
    "upstream_too_large": "Ask for fewer records or fields, or raise UNIFIED_UPSTREAM_MAX_BYTES.",
    "destination_refused": "Operators: docs/egress.md says what can be reached, and the log why this was not.",
    "overloaded": "Wait for `Retry-After`, or run more workers.",
    "oauth_app_invalid": "The operator sets the app's client secret (`PUT /oauth-apps/{provider}`, `UNIFIED_OAUTH_APPS`); "
    "the account then works again by itself. Do not reconnect it.",
    "circuit_open": "Wait for `Retry-After`; look at the provider's status.",
    "provider_timeout": "Try again with a smaller page, or raise UNIFIED_REQUEST_DEADLINE.",
}
"""Code → what the one who reads it can do."""


def error_classes() -> tuple[type[UnifiedError], ...]:
    """Every error with a code of its own, in the order of the file."""
    found = [one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, UnifiedError)]
    own = {one.code: one for one in reversed(found) if "code" in vars(one) and one is not UnifiedError}
    own["internal"] = errors.Internal
    return tuple(sorted(own.values(), key=lambda one: (one.status, found.index(one))))


def errors_page() -> str:
    """Return the page."""
    rows = (
        (str(one.status), f"`{one.code}`", (one.__doc__ or ""), "yes" if one.retryable else "no", WHAT_TO_DO[one.code])
        for one in error_classes()
    )
    return f"{HEAD}\n{table(('status', 'code', 'meaning', 'retryable', 'what to do'), rows)}"
