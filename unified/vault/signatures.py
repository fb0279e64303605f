"""Signs webhooks as Standard Webhooks says, so that receivers verify them with a library that they have already.

The scheme: HMAC-SHA256 over `id.timestamp.body`, base64, with the version `v1` before it; a secret is `whsec_` and
24 to 64 random bytes in base64 (standardwebhooks/standard-webhooks, spec/standard-webhooks.md, "Signature scheme").
"""

import base64
import hmac
import secrets
from collections.abc import Iterable

SECRET_PREFIX = "whsec_"  # noqa: S105 - the beginning of secrets, not one
SECRET_BYTES = 32


def new_signing_secret() -> str:
    """A fresh secret for one webhook; its receiver is given it once."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def webhook_signature(signing_secrets: Iterable[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature for each secret, parted by blanks; receivers need one that fits.

    `timestamp` is in seconds since 1970 and sent beside it, so that an old message cannot be sent again as a new one.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signature(secret, signed)}" for secret in signing_secrets)


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
