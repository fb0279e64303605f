"""Errors for a provider that refuses, fails, or answers wrongly."""

from unified.errors.access import Forbidden
from unified.errors.error import UnifiedError
from unified.errors.requests import Unprocessable


class ProviderForbidden(Forbidden):
    """The provider refused the connected user."""

    code, title = "provider_forbidden", "Refused by the provider"


class ProviderValidation(Unprocessable):
    """The provider refused the values."""

    code, title = "provider_validation", "Refused by the provider"


class ConnectionUnauthorized(UnifiedError):
    """The provider no longer accepts the account's credentials."""

    status, code, title = 424, "connection_unauthorized", "Connection needs re-authorization"
    account_id: str | None = None
    """The account, where a tool was called for it."""


class ProviderRateLimited(UnifiedError):
    """A limit of the provider was reached."""

    status, code, title, retryable = 429, "provider_rate_limited", "Rate limited by the provider", True


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
    """The request was not sent: its URL, or the address of its host, is refused by the egress policy."""

    code, title = "destination_refused", "Destination refused"


class OAuthAppInvalid(UnifiedError):
    """The provider refuses the OAuth app of the account; the account itself is not the problem."""

    status, code, title, retryable = 503, "oauth_app_invalid", "OAuth app refused by the provider", True


class ProviderDisabled(UnifiedError):
    """The data files of the provider could not be loaded, so that no call to it is made; other providers are not affected."""

    status, code, title = 503, "provider_disabled", "Provider disabled"


class CircuitOpen(UnifiedError):
    """Calls to this account are paused after repeated failures."""

    status, code, title, retryable = 503, "circuit_open", "Paused after failures", True


class ProviderTimeout(UnifiedError):
    """The provider did not answer within the deadline."""

    status, code, title, retryable = 504, "provider_timeout", "Provider timeout", True
