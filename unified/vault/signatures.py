"""Signing of webhooks as Standard Webhooks specifies, so that receivers can verify them with an existing library.

The scheme: HMAC-SHA256 over `id.timestamp.body`, base64, prefixed with the version `v1`; a secret is `whsec_` and
24 to 64 random bytes in base64 (standardwebhooks/standard-webhooks, spec/standard-webhooks.md, "Signature scheme").
"""

import base64
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from standardwebhooks import Webhook

SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of secrets, not a secret
SECRET_BYTES = 32


def new_signing_secret() -> str:
    """Return a new secret for one webhook; it is shown to the webhook's owner once."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def webhook_signature(signing_secrets: Iterable[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: one signature for each secret, separated by spaces; any one may match.

    `timestamp` is in seconds since 1970. It is sent along, so that a captured message cannot be replayed later.
    """
    moment, text = datetime.fromtimestamp(timestamp, UTC), body.decode()
    return " ".join(Webhook(secret).sign(message_id, moment, text) for secret in signing_secrets)
