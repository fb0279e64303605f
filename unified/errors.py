"""The error tree: every error that the product reports, with its HTTP status and stable code.

UnifiedError
├── MalformedRequest, InvalidCursor, InvalidId, ConnectFailed           400
├── Unauthenticated                                                     401
├── Forbidden
│   ├── MethodNotAllowedByScope, OutsideTags, OutsideModels             403
│   ├── OutsideAccounts, OutsideResources, FieldHidden                  403
│   ├── WritesDenied, FormRefused, ScopeExceedsParent, ProviderForbidden 403
│   └── OriginRefused                                                   403
├── NotFound, UnknownTool 404, MethodNotAllowed 405, NotAcceptable 406, RequestTimeout 408
├── Conflict 409 (ApprovalStale), IdempotencyInProgress 409
├── TooLarge 413, UnsupportedMediaType 415, HostRefused 421
├── Unprocessable
│   ├── ValidationFailed, UnsupportedFilter, UnsupportedField           422
│   └── ReadOnlyField, ProviderValidation, IdempotencyMismatch, EmptyScope
├── ConnectionUnauthorized 424
├── RateLimited, ProviderRateLimited                                    429
├── Internal 500, NotSupported 501
├── ProviderFailure
│   ├── ProviderError, ProviderMalformed, MappingFailed, UpstreamTooLarge 502
│   └── DestinationRefused                                              502
├── Overloaded, OAuthAppInvalid, CircuitOpen 503
└── ProviderTimeout 504
CatalogError (a KeyError: an unknown provider, model or mapping; or an invalid data file)
ConfigurationError (an invalid setting)

A message never carries provider data or a secret: it says where the problem is, what was expected and what to do.
"""

import difflib
from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec


class FieldProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One problem in a body or query, as shown in `errors[]`."""

    pointer: str
    """JSON pointer into the body (`/emails/0/email`), or the query parameter's name."""
    code: str
    message: str


class ProviderProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider reported, shortened; the only place where its words may reach a caller."""

    name: str
    status: int | None = None
    code: str | None = None
    message: str | None = None


BUSY = frozenset({429, 503})
"""Statuses of which the answer says when to try again."""
USUAL_WAIT_SECONDS = 30.0
"""How long to wait after a temporary refusal that did not say how long it lasts."""


PARTLY_DONE = (
    "the provider accepted the first part of this write and refused a later one, so check the record before trying again"
)


class UnifiedError(Exception):
    """The base class of all errors; `status`, `code` and `title` are what HTTP shows of the class."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        detail: str,
        *,
        errors: tuple[FieldProblem, ...] = (),
        retry_after: float | None = None,
        provider: ProviderProblem | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after
        self.provider = provider
        self.is_partly_done = False

    def partly_done(self) -> None:
        """Mark a write as partly done: the provider accepted an earlier request of it."""
        self.is_partly_done = True
        self.detail = f"{PARTLY_DONE}: {self.detail}"

    @property
    def wait(self) -> float | None:
        """Seconds that the caller should wait, at least one; never None with 429 and 503.

        `retry_after` keeps the reported value, so that retries within a request do not wait longer than necessary.
        """
        if self.retry_after is not None:
            return max(1.0, self.retry_after)
        return USUAL_WAIT_SECONDS if self.status in BUSY else None


class MalformedRequest(UnifiedError):
    """The request cannot be read: invalid JSON, or an invalid parameter."""

    status, code, title = 400, "malformed_request", "Malformed request"


class InvalidCursor(UnifiedError):
    """The cursor was edited, is too old, or belongs to another account, model or query."""

    status, code, title = 400, "invalid_cursor", "Invalid cursor"


class InvalidId(UnifiedError):
    """The id cannot be placed in a provider's path without changing the path."""

    status, code, title = 400, "invalid_id", "Invalid id"


class ConnectFailed(UnifiedError):
    """The connection attempt failed; no account was created."""

    status, code, title = 400, "connect_failed", "Not connected"

    def __init__(self, detail: str, *, reason: str, provider: str | None = None) -> None:
        """Take `reason`, a stable code, and `provider`, the title of the product when it is known."""
        super().__init__(detail, errors=(FieldProblem(pointer="", code=reason, message=detail),))
        self.reason = reason
        self.product = provider


class Unauthenticated(UnifiedError):
    """The key is missing, wrong, expired or revoked; the answer is the same for all four."""

    status, code, title = 401, "unauthenticated", "Authentication required"


class Forbidden(UnifiedError):
    """The caller is known, but the scope does not allow the call."""

    status, title = 403, "Outside the scope"


class MethodNotAllowedByScope(Forbidden):
    """The method class is not in the scope."""

    code = "method_not_allowed_by_scope"


class OutsideTags(Forbidden):
    """The operation carries none of the scope's tags."""

    code = "outside_tags"


class OutsideModels(Forbidden):
    """The model is not in the scope."""

    code = "outside_models"


class OutsideAccounts(Forbidden):
    """The account is not in the scope."""

    code = "outside_accounts"


class OutsideResources(Forbidden):
    """The record lies outside the account's chosen resources."""

    code = "outside_resources"


class FieldHidden(Forbidden):
    """The field is hidden from this scope."""

    code = "field_hidden"


class WritesDenied(Forbidden):
    """The scope denies writes."""

    code = "writes_denied"


class FormRefused(Forbidden):
    """The form was not sent from a page that this service gave to this browser, or the page is too old."""

    code, title = "form_refused", "Form refused"


class ForbiddenByPolicy(Forbidden):
    """The installation's policy does not allow it, whatever the scope says."""

    code = "forbidden_by_policy"


class ScopeExceedsParent(Forbidden):
    """A scope asks for more than the key that creates it has."""

    code = "scope_exceeds_parent"


class ProviderForbidden(Forbidden):
    """The provider refused the connected user."""

    code, title = "provider_forbidden", "Refused by the provider"


class OriginRefused(Forbidden):
    """A web page of an origin that is not allowed made the request through a user's browser."""

    code, title = "origin_refused", "Origin not allowed"


class NotFound(UnifiedError):
    """It does not exist, or belongs to another tenant; the answer is the same for both."""

    status, code, title = 404, "not_found", "Not found"


class UnknownTool(NotFound):
    """The tool does not exist, or is not offered to the caller; the answer is the same for both."""


class MethodNotAllowed(UnifiedError):
    """The route exists, but not with this HTTP method."""

    status, code, title = 405, "method_not_allowed", "Method not allowed"


class NotAcceptable(UnifiedError):
    """The client does not accept answers in JSON."""

    status, code, title = 406, "not_acceptable", "Not acceptable"


class RequestTimeout(UnifiedError):
    """The request's body did not arrive in time."""

    status, code, title, retryable = 408, "request_timeout", "Request timeout", True


class Conflict(UnifiedError):
    """The state of the record, here or at the provider, forbids the write."""

    status, code, title = 409, "conflict", "Conflict"


class VersionConflict(Conflict):
    """The record has changed since the version that the write names was read; nothing of the write was done."""

    status, code, title = 412, "version_conflict", "Record changed meanwhile"

    def without_version(self) -> Conflict:
        """Return the refusal for a write that named no version, and could not have prevented this."""
        return Conflict(self.detail, errors=self.errors, provider=self.provider)


class ApprovalStale(Conflict):
    """What would be sent differs from what was reviewed; `approval` in the answer shows what it is now."""

    code, title = "approval_stale", "Approval out of date"

    def __init__(self, detail: str, *, row: Any = None, details: Any = None) -> None:
        """Take `row` and `details`, the approval as it would be shown now."""
        super().__init__(detail)
        self.row = row
        self.details = details


class IdempotencyInProgress(UnifiedError):
    """The first request with this Idempotency-Key is still running."""

    status, code, title, retryable = 409, "idempotency_in_progress", "Still in progress", True


class TooLarge(UnifiedError):
    """The request body is over the limit."""

    status, code, title = 413, "too_large", "Request too large"


class UnsupportedMediaType(UnifiedError):
    """The body is not JSON in UTF-8."""

    status, code, title = 415, "unsupported_media_type", "Unsupported media type"


class HostRefused(UnifiedError):
    """The request was sent to a host name that is not one of this service's."""

    status, code, title = 421, "host_refused", "Unknown host"


class Unprocessable(UnifiedError):
    """The request can be read, but cannot be carried out in this form."""

    status, title = 422, "Unprocessable request"


class ValidationFailed(Unprocessable):
    """A body or query breaks the contract; `errors` lists each problem."""

    code, title = "validation_failed", "Validation failed"

    @classmethod
    def at(cls, pointer: str, message: str) -> "ValidationFailed":
        """Return the error for one place, named in the text and in `errors`."""
        return cls(f"{pointer}: {message}", errors=(FieldProblem(pointer=pointer, code="invalid", message=message),))


class UnsupportedFilter(Unprocessable):
    """Neither the provider nor a bounded scan by this service can apply the filter."""

    code, title = "unsupported_filter", "Unsupported filter"


class UnsupportedField(Unprocessable):
    """The model, or this mapping, does not have the field."""

    code, title = "unsupported_field", "Unsupported field"


class ReadOnlyField(Unprocessable):
    """The field cannot be written."""

    code, title = "read_only_field", "Read-only field"


class ProviderValidation(Unprocessable):
    """The provider refused the values."""

    code, title = "provider_validation", "Refused by the provider"


class IdempotencyMismatch(Unprocessable):
    """The Idempotency-Key was already used with another request."""

    code, title = "idempotency_mismatch", "Idempotency key reused"


class EmptyScope(Unprocessable):
    """A scope that allows nothing."""

    code, title = "empty_scope", "Empty scope"


class ConnectionUnauthorized(UnifiedError):
    """The provider no longer accepts the account's credentials."""

    status, code, title = 424, "connection_unauthorized", "Connection needs re-authorization"


class RateLimited(UnifiedError):
    """A limit of this service was reached."""

    status, code, title, retryable = 429, "rate_limited", "Rate limited", True


class ProviderRateLimited(UnifiedError):
    """A limit of the provider was reached."""

    status, code, title, retryable = 429, "provider_rate_limited", "Rate limited by the provider", True


class Internal(UnifiedError):
    """A fault of this service."""

    retryable = True


class NotSupported(UnifiedError):
    """The provider does not offer the operation, or no mapping covers it."""

    status, code, title = 501, "not_supported", "Not supported"


class ProviderFailure(UnifiedError):
    """The provider answered, but not with something usable."""

    status = 502


class ProviderError(ProviderFailure):
    """The provider failed (5xx, or a response that breaks the rules of HTTP)."""

    code, title, retryable = "provider_error", "Provider error", True


class ProviderMalformed(ProviderFailure):
    """The provider's body does not have the format that it declares."""

    code, title = "provider_malformed", "Unreadable answer from the provider"


class MappingFailed(ProviderFailure):
    """The mapping could not turn the response into the common model."""

    code, title = "mapping_failed", "Mapping failed"


class UpstreamTooLarge(ProviderFailure):
    """The provider's response is over the limit."""

    code, title = "upstream_too_large", "Answer too large"


class DestinationRefused(ProviderFailure):
    """The request was not sent: its URL, or the address of its host, does not pass the egress policy."""

    code, title = "destination_refused", "Destination refused"


class Overloaded(UnifiedError):
    """The service is at its capacity."""

    status, code, title, retryable = 503, "overloaded", "Overloaded", True


class OAuthAppInvalid(UnifiedError):
    """The provider refuses the OAuth app of the account; the account itself is not the problem."""

    status, code, title, retryable = 503, "oauth_app_invalid", "OAuth app refused by the provider", True


class CircuitOpen(UnifiedError):
    """Calls to this account are paused after repeated failures."""

    status, code, title, retryable = 503, "circuit_open", "Paused after failures", True


class ProviderTimeout(UnifiedError):
    """The provider did not answer within the deadline."""

    status, code, title, retryable = 504, "provider_timeout", "Provider timeout", True


class CatalogError(KeyError):
    """An unknown name in the catalog, or an invalid data file; the message lists the known names."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """Return the message without the quotes that KeyError puts around its key."""
        return self.message


class ConfigurationError(Exception):
    """An invalid setting; the message says which, what came and what is accepted."""


def known_names(names: Iterable[str], limit: int = 60) -> str:
    """List known names for messages about unknown ones; bounded so that a message stays readable."""
    ordered = sorted(names)
    shown = ", ".join(ordered[:limit])
    return shown + (f" and {len(ordered) - limit} more" if len(ordered) > limit else "")


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return a hint such as ` Did you mean 'contacts'?`, or an empty text when no known name is close."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""
