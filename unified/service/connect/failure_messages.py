"""Why a connection attempt failed: stable codes, and texts for people. They contain nothing of the provider's own text."""

from unified.errors import ConnectFailed

_AGAIN = "Open the link again and start once more."
_LATER = "Try again in a few minutes."
_APP = "The OAuth app at {0} is not set up for this; whoever sent you the link can correct it."

WORDS: dict[str, str] = {
    # the callback
    "unknown_state": f"This sign-in was finished already, or took longer than ten minutes. {_AGAIN}",
    "other_browser": f"The sign-in began in another browser than this one. {_AGAIN}",
    "other_provider": f"The sign-in came back from another product than the one that you chose. {_AGAIN}",
    "issuer_mismatch": f"The answer does not come from {{0}}. {_AGAIN}",
    "malformed_callback": f"The answer cannot be read. {_AGAIN}",
    # the provider's `error` (RFC 6749, 4.1.2.1)
    "access_denied": "Access was not granted at {0}. You can try again when you want to connect.",
    "invalid_request": _APP,
    "unauthorized_client": _APP,
    "unsupported_response_type": _APP,
    "invalid_scope": _APP,
    "server_error": f"{{0}} failed. {_LATER}",
    "temporarily_unavailable": f"{{0}} cannot answer now. {_LATER}",
    "provider_refused": f"{{0}} refused to connect. {_AGAIN}",
    # the token endpoint
    "no_app": "{0} cannot be connected by signing in yet: no OAuth app is set up. Whoever sent you the link can set one up.",
    "code_refused": f"{{0}} no longer accepts the consent that was given. {_AGAIN}",
    "client_refused": _APP,
    "token_unreachable": f"{{0}} could not be reached to finish the connection. {_LATER}",
    "token_malformed": f"{{0}} gave an answer that cannot be used. {_LATER}",
    # the check of the credentials, and the end
    "credentials_refused": "{0} does not accept these credentials. Check them, and enter them again.",
    "too_many_tries": "{0} refused what was entered too often, so this link has ended. Ask whoever sent it for a new one.",
    "not_permitted": "{0} knows you, but does not let you read what is needed. Ask an administrator of your {0} to connect.",
    "check_failed": f"{{0}} could not be asked whether it accepts the connection. {_LATER}",
    "setting_unknown": "{0} accepts the connection, but does not say which account it is for. Ask an administrator of {0}.",
    "account_changed": f"The account was deleted or disabled, or it changed meanwhile. {_AGAIN}",
    "link_used": "An account was connected with this link already.",
}
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
    return ConnectFailed(WORDS[reason].format(title), reason=reason, provider=title)
