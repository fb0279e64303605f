"""Messages of the accounts page."""

ACCOUNTS: dict[str, str] = {
    "accounts.title": "Accounts",
    "accounts.filter": "Filter accounts",
    "accounts.provider": "Product",
    "accounts.status": "Status",
    "accounts.any": "All",
    "accounts.show": "Apply",
    "accounts.none": "No accounts yet",
    "accounts.none.hint": "Create a connect link with POST /connect and send it to the owner of the account.",
    "accounts.none.match": "No accounts match these filters.",
    "accounts.all": "Show all accounts",
    "accounts.pages": "More accounts",
    "accounts.next": "Next page",
    "accounts.first": "First page",
    "accounts.kept": "Credentials",
    "accounts.limits": "Calls left",
    "accounts.limits.value": "{remaining} of {limit}",
    "accounts.limits.remaining": "{remaining}",
    "accounts.limits.resets": "resets {when}",
    "accounts.changed": "Changed",
    "accounts.id": "ID",
    "accounts.own_id": "Your ID",
    "accounts.reconnect": "Reconnect",
    "accounts.check": "Check",
    "accounts.disable": "Disable",
    "accounts.enable": "Enable",
    "accounts.delete": "Delete",
    "accounts.of": "{action} {name}",
    "accounts.live": "{name}: {status}",
    "accounts.delete.title": "Delete {name}?",
    "accounts.delete.text": "This deletes the stored credentials for {product}, and calls to the account stop working. "
    "Nothing changes at {product}. You cannot undo this. If you connect the account again, it gets a new ID.",
    "accounts.delete.button": "Delete this account",
    "accounts.delete.keep": "Cancel",
    "status.active": "Working",
    "status.connecting": "Not connected yet",
    "status.needs_reauth": "Needs to be reconnected",
    "status.disabled": "Disabled",
    "status.waits_for_app": "Waiting for its OAuth app",
    "access.none": "None yet",
    "access.kept": "{kind} {masked}",
    "access.ends": "expires {when}",
    "access.ended": "expired {when}",
    "access.renews": "renews {when}",
    "access.renews.now": "renewing now",
    "access.retries": "next attempt {when}",
    "kind.bearer": "Access token",
    "kind.basic": "Password",
    "kind.api_key": "API key",
    "kind.parts": "Keys",
    "kind.jwt_bearer": "Signing key",
    "kind.oauth2": "Sign-in",
    "kind.client_credentials": "Client secret",
    "notice.works": "{name} works: {product} accepts its credentials.",
    "notice.fails": "{name}: {reason}",
    "notice.enabled": "{name} is enabled.",
    "notice.disabled": "{name} is disabled. Calls to it are refused until you enable it.",
    "notice.deleted": "The account was deleted.",
    "check.other": "the check failed. Try again in a minute.",
}

REASONS: dict[str, str] = {
    "invalid_grant": "The product ended this access. Someone may have revoked it or changed the password. Reconnect the "
    "account.",
    "refresh_interrupted": "The service stopped while it was renewing the access, and the new credentials were lost. "
    "Reconnect the account.",
    "credentials_refused": "The product no longer accepts these credentials. The key or password may have been changed or "
    "revoked there. Reconnect the account.",
    "oauth_app_invalid": "The product rejects the OAuth app used for this connection. Ask the app's operator to set the "
    "correct client secret. The account then works again; you do not need to reconnect it.",
    "client_refused": "The product no longer knows the OAuth app used for this connection. Ask the app's operator to fix it.",
    "credentials_unreadable": "The stored credentials can no longer be decrypted. Reconnect the account.",
    "missing_scopes": "Some of the requested permissions were not granted. Calls that need them are refused.",
    "no_refresh_token": "The product granted access that cannot be renewed. Reconnect the account when it expires.",
}
"""Explanations of an account's status by stable code; an unknown code is shown unchanged."""

CHECKS: dict[str, str] = {
    "connection_unauthorized": "the product does not accept its credentials. Reconnect the account.",
    "oauth_app_invalid": "the product rejects the OAuth app used for this connection. Ask the app's operator to fix it.",
    "provider_forbidden": "the product denies access: the connected user lacks a permission there.",
    "provider_rate_limited": "the product's rate limit is reached. Try again in a minute.",
    "provider_timeout": "the product did not respond in time. Try again later.",
    "provider_error": "the product reported an internal error. Try again later.",
    "not_found": "the product does not know this account. Check the account's settings.",
}
"""Results of a failed check, shown after the account's name."""
