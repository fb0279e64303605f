"""Sign webhooks as Standard Webhooks specifies, so that receivers verify them with a library that they already have.

The scheme: HMAC-SHA256 over `id.timestamp.body`, base64, with the version `v1` before it; a secret is `whsec_` and
24 to 64 random bytes in base64 (standardwebhooks/standard-webhooks, spec/standard-webhooks.md, "Signature scheme").
"""

import base64
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from standardwebhooks import Webhook

SECRET_PREFIX = "whsec_"  # noqa: S105 - the beginning of secrets, not one
SECRET_BYTES = 32


def new_signing_secret() -> str:
    """Return a fresh secret for one webhook; its receiver is given it once."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def webhook_signature(signing_secrets: Iterable[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: one signature for each secret, separated by spaces.

    A receiver needs one that fits. `timestamp` is in seconds since 1970 and is sent beside the signature, so that an old
    message cannot be sent again as a new one.
    """
    moment, text = datetime.fromtimestamp(timestamp, UTC), body.decode()
    return " ".join(Webhook(secret).sign(message_id, moment, text) for secret in signing_secrets)
