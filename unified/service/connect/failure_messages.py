"""Why a connection attempt failed: stable codes, and texts for people. They contain nothing of the provider's own text."""

from unified.errors.requests import ConnectFailed
from unified.service.languages import DEFAULT, texts, texts_below

WORDS: dict[str, str] = texts_below(texts(DEFAULT), "outcome.")
"""Reason → text in English, for programs; pages have the same messages in the language of the person."""
CONSENT_ERRORS = frozenset(
    {
        "access_denied",
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
    }
)
TOKEN_REASONS: dict[str, str] = {
    "invalid_grant": "code_refused",
    "access_denied": "code_refused",
    "invalid_client": "client_refused",
    "oauth_app_invalid": "client_refused",
    "unauthorized_client": "client_refused",
    "unsupported_grant_type": "client_refused",
    "invalid_scope": "client_refused",
    "invalid_request": "client_refused",
    "refused": "client_refused",
    "malformed": "token_malformed",
    "too_large": "token_malformed",
    "redirected": "token_malformed",
}
"""The reason for each `TokenRefused.code`; for other codes it is `token_unreachable`."""
CHECK_REASONS: dict[str, str] = {
    "connection_unauthorized": "credentials_refused",
    "provider_forbidden": "not_permitted",
}
"""The reason for each error code of the check request; for other codes it is `check_failed`."""


def connect_failed(reason: str, title: str = "The product") -> ConnectFailed:
    """Return the error for a reason, with its text; `title` is the product's."""
    return ConnectFailed(WORDS[reason].format(product=title), reason=reason, provider=title)
