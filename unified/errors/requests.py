"""Refusals of a request: it cannot be read, what it names does not exist, or its values do not fit."""

from unified.errors.error import FieldProblem, UnifiedError


class MalformedRequest(UnifiedError):
    """The request cannot be read: invalid JSON, or an invalid parameter."""

    status, code, title = 400, "malformed_request", "Malformed request"


class UnknownVersion(UnifiedError):
    """The request asks for a version of the API that this service does not know."""

    status, code, title = 400, "unknown_version", "Unknown version of the API"


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
        self.return_url: str | None = None
        """Where the browser goes back, with the reason in its query; None if the link names no address, or is not known."""
        self.is_left_here = False
        """Whether the link names an address whose origin is no longer one of the tenant's."""


class NotFound(UnifiedError):
    """It does not exist, or belongs to another tenant; the answer is the same for both."""

    status, code, title = 404, "not_found", "Not found"


class LinkOver(NotFound):
    """The connect link can no longer be used; whoever has its token learns why, and who asked."""

    def __init__(self, detail: str, *, reason: str, tenant: str, return_url: str | None) -> None:
        """Take `reason` (`expired`, `used`, `tries` or `revoked`), the tenant's name, and where the browser may go back."""
        super().__init__(detail)
        self.reason = reason
        self.tenant = tenant
        self.return_url = return_url


class UnknownTool(NotFound):
    """The tool does not exist, or is not offered to the caller; the answer is the same for both."""


class MethodNotAllowed(UnifiedError):
    """The route exists, but not with this HTTP method."""

    status, code, title = 405, "method_not_allowed", "Method not allowed"

    def __init__(self, *, allow: str) -> None:
        """Take the methods that the route has, as `Allow` lists them (RFC 9110, 15.5.6)."""
        expected = f"expected {allow}" if allow else "no installed provider offers a method of this path"
        super().__init__(f"{expected}; see /openapi.json")
        self.allow = allow


class NotAcceptable(UnifiedError):
    """The client does not accept answers in JSON."""

    status, code, title = 406, "not_acceptable", "Not acceptable"


class RequestTimeout(UnifiedError):
    """The request's body did not arrive in time."""

    status, code, title, retryable = 408, "request_timeout", "Request timeout", True


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


class UnsupportedFilter(Unprocessable):
    """Neither the provider nor a bounded scan by this service can apply the filter."""

    code, title = "unsupported_filter", "Unsupported filter"


class ScanLimit(Unprocessable):
    """The provider has no request for what was asked, and it was not among the records that are read in search of it."""

    code, title = "scan_limit", "Not found within the scan limit"


class UnsupportedField(Unprocessable):
    """The model, or this mapping, does not have the field."""

    code, title = "unsupported_field", "Unsupported field"


class ReadOnlyField(Unprocessable):
    """The field cannot be written."""

    code, title = "read_only_field", "Read-only field"
