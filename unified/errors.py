"""The error tree: every refusal the product can give, with its HTTP status and stable code.

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
CatalogError (a KeyError: an unknown provider, model or mapping; or a data file that does not hold)
ConfigurationError (a setting that cannot work)

A message never carries provider data or a secret: it names the place, what was expected and what to do.
"""

import difflib
from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec


class FieldProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One refused place of a body or query, as it stands in `errors[]`."""

    pointer: str
    """JSON pointer into the body (`/emails/0/email`), or the query parameter's name."""
    code: str
    message: str


class ProviderProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider said, bounded; the only place where its words may reach a caller."""

    name: str
    status: int | None = None
    code: str | None = None
    message: str | None = None


BUSY = frozenset({429, 503})
"""Statuses whose answers say when to try again."""
USUAL_WAIT = 30.0
"""Seconds to wait after a refusal that is over soon, where nobody said how many."""


PARTLY_DONE = (
    "the provider took the first part of this write and refused a later one, so look at the record before trying again"
)


class UnifiedError(Exception):
    """The root of every refusal; `status`, `code` and `title` are the HTTP face of the class."""

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
        """Say of the refusal of a write that it is in part done: the provider took an earlier request of it."""
        self.is_partly_done = True
        self.detail = f"{PARTLY_DONE}: {self.detail}"

    @property
    def wait(self) -> float | None:
        """Seconds that a caller is told to wait, one at least; never None with 429 and 503.

        `retry_after` stays what somebody said, so that our own tries do not wait for longer than they have to.
        """
        if self.retry_after is not None:
            return max(1.0, self.retry_after)
        return USUAL_WAIT if self.status in BUSY else None


class MalformedRequest(UnifiedError):
    """The request cannot be read: broken JSON, a broken parameter."""

    status, code, title = 400, "malformed_request", "Malformed request"


class InvalidCursor(UnifiedError):
    """The cursor was edited, is too old, or belongs to another account, model or query."""

    status, code, title = 400, "invalid_cursor", "Invalid cursor"


class InvalidId(UnifiedError):
    """The id cannot be placed in a provider's path without changing the path."""

    status, code, title = 400, "invalid_id", "Invalid id"


class ConnectFailed(UnifiedError):
    """No account came of a try to connect one."""

    status, code, title = 400, "connect_failed", "Not connected"

    def __init__(self, detail: str, *, reason: str, provider: str | None = None) -> None:
        """`reason` is a stable code, `provider` the title of the product when it is known."""
        super().__init__(detail, errors=(FieldProblem(pointer="", code=reason, message=detail),))
        self.reason = reason
        self.product = provider


class Unauthenticated(UnifiedError):
    """The key is missing, wrong, expired or revoked; one body for all four."""

    status, code, title = 401, "unauthenticated", "Authentication required"


class Forbidden(UnifiedError):
    """The caller is known, the call lies outside of what it may do."""

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
    """The form was not sent from a page that this browser got from here, or the page is too old."""

    code, title = "form_refused", "Form refused"


class ForbiddenByPolicy(Forbidden):
    """The policy of the installation does not allow it, whatever the scope says."""

    code = "forbidden_by_policy"


class ScopeExceedsParent(Forbidden):
    """A scope asks for more than the key that makes it has."""

    code = "scope_exceeds_parent"


class ProviderForbidden(Forbidden):
    """The provider refused the connected user."""

    code, title = "provider_forbidden", "Refused by the provider"


class OriginRefused(Forbidden):
    """A page of an origin that may not call asked, through somebody's browser."""

    code, title = "origin_refused", "Origin not allowed"


class NotFound(UnifiedError):
    """Unknown, or another tenant's; one body for both."""

    status, code, title = 404, "not_found", "Not found"


class UnknownTool(NotFound):
    """The tool does not exist, or is not offered to the caller; one body for both."""


class MethodNotAllowed(UnifiedError):
    """The route exists, the HTTP method does not."""

    status, code, title = 405, "method_not_allowed", "Method not allowed"


class NotAcceptable(UnifiedError):
    """The client does not take answers in JSON."""

    status, code, title = 406, "not_acceptable", "Not acceptable"


class RequestTimeout(UnifiedError):
    """The request's body did not arrive in time."""

    status, code, title, retryable = 408, "request_timeout", "Request timeout", True


class Conflict(UnifiedError):
    """The record's state at the provider, or here, forbids the write."""

    status, code, title = 409, "conflict", "Conflict"


class ApprovalStale(Conflict):
    """What would be sent is not what the digest stands for; `approval` in the answer shows what it is now."""

    code, title = "approval_stale", "Approval out of date"

    def __init__(self, detail: str, *, row: Any = None, details: Any = None) -> None:
        """`row` and `details` are the approval as it would be shown now."""
        super().__init__(detail)
        self.row = row
        self.details = details


class IdempotencyInProgress(UnifiedError):
    """The first request with this Idempotency-Key has not ended."""

    status, code, title, retryable = 409, "idempotency_in_progress", "Still in progress", True


class TooLarge(UnifiedError):
    """The request body is over the limit."""

    status, code, title = 413, "too_large", "Request too large"


class UnsupportedMediaType(UnifiedError):
    """The body is not JSON in UTF-8."""

    status, code, title = 415, "unsupported_media_type", "Unsupported media type"


class HostRefused(UnifiedError):
    """The request came under a name that is none of this service's."""

    status, code, title = 421, "host_refused", "Unknown host"


class Unprocessable(UnifiedError):
    """The request can be read, but not done as it stands."""

    status, title = 422, "Unprocessable request"


class ValidationFailed(Unprocessable):
    """A body or query breaks the contract; `errors` names each place."""

    code, title = "validation_failed", "Validation failed"

    @classmethod
    def at(cls, pointer: str, message: str) -> "ValidationFailed":
        """The refusal of one place, named in the text and in `errors`."""
        return cls(f"{pointer}: {message}", errors=(FieldProblem(pointer=pointer, code="invalid", message=message),))


class UnsupportedFilter(Unprocessable):
    """Neither the provider nor a bounded pass here can do the filter."""

    code, title = "unsupported_filter", "Unsupported filter"


class UnsupportedField(Unprocessable):
    """The field is unknown to the model or to this mapping."""

    code, title = "unsupported_field", "Unsupported field"


class ReadOnlyField(Unprocessable):
    """The field cannot be written."""

    code, title = "read_only_field", "Read-only field"


class ProviderValidation(Unprocessable):
    """The provider refused the values."""

    code, title = "provider_validation", "Refused by the provider"


class IdempotencyMismatch(Unprocessable):
    """The Idempotency-Key was used with another request."""

    code, title = "idempotency_mismatch", "Idempotency key reused"


class EmptyScope(Unprocessable):
    """A scope that allows nothing."""

    code, title = "empty_scope", "Empty scope"


class ConnectionUnauthorized(UnifiedError):
    """The provider no longer accepts the account's credentials."""

    status, code, title = 424, "connection_unauthorized", "Connection needs re-authorization"


class RateLimited(UnifiedError):
    """This service's own limit."""

    status, code, title, retryable = 429, "rate_limited", "Rate limited", True


class ProviderRateLimited(UnifiedError):
    """The provider's limit."""

    status, code, title, retryable = 429, "provider_rate_limited", "Rate limited by the provider", True


class Internal(UnifiedError):
    """A fault of ours."""

    retryable = True


class NotSupported(UnifiedError):
    """The provider does not offer the operation, or no mapping says how."""

    status, code, title = 501, "not_supported", "Not supported"


class ProviderFailure(UnifiedError):
    """The provider answered, but not with something usable."""

    status = 502


class ProviderError(ProviderFailure):
    """The provider failed (5xx, or an answer outside of HTTP's rules)."""

    code, title, retryable = "provider_error", "Provider error", True


class ProviderMalformed(ProviderFailure):
    """The provider's body is not what it says it is."""

    code, title = "provider_malformed", "Unreadable answer from the provider"


class MappingFailed(ProviderFailure):
    """The mapping could not turn the answer into the common model."""

    code, title = "mapping_failed", "Mapping failed"


class UpstreamTooLarge(ProviderFailure):
    """The provider's answer is over the limit."""

    code, title = "upstream_too_large", "Answer too large"


class DestinationRefused(ProviderFailure):
    """The call was not sent: its URL, or the address of its host, is not one that calls may reach."""

    code, title = "destination_refused", "Destination refused"


class Overloaded(UnifiedError):
    """This service has no room now."""

    status, code, title, retryable = 503, "overloaded", "Overloaded", True


class OAuthAppInvalid(UnifiedError):
    """The provider refuses the OAuth app through which the account was connected; the account itself is well."""

    status, code, title, retryable = 503, "oauth_app_invalid", "OAuth app refused by the provider", True


class CircuitOpen(UnifiedError):
    """Calls to this account are paused after repeated failures."""

    status, code, title, retryable = 503, "circuit_open", "Paused after failures", True


class ProviderTimeout(UnifiedError):
    """The provider did not answer within the deadline."""

    status, code, title, retryable = 504, "provider_timeout", "Provider timeout", True


class CatalogError(KeyError):
    """An unknown name in the catalog, or a data file that does not hold; always names what exists."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """Shown without the quotes that KeyError puts around its key."""
        return self.message


class ConfigurationError(Exception):
    """A setting that cannot work; says which, what came and what is accepted."""


def known_names(names: Iterable[str], limit: int = 60) -> str:
    """List what exists, for messages about unknown names; bounded so that a message stays readable."""
    ordered = sorted(names)
    shown = ", ".join(ordered[:limit])
    return shown + (f" and {len(ordered) - limit} more" if len(ordered) > limit else "")


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A hint such as ` Did you mean 'contacts'?`, or nothing when no known name is close."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""
