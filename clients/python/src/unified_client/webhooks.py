"""Verifying webhooks (Standard Webhooks): that Unified sent a message, and when."""

import base64
import binascii
import builtins
import hashlib
import hmac
import time
from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

import msgspec

T = TypeVar("T")
PREFIX, ANY = "whsec_", "surrogatepass"
"""How secrets begin; and how text is encoded that no one can have signed, such as headers that were not UTF-8."""


class Headers(Protocol):
    """The headers of a request, as web frameworks have them, and `http.server` in a message."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Return their names and values."""


class WebhookRejected(Exception):
    """The message was not signed with the secret, is too old, or is not an event."""


class WebhookEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A verified event; types that are newer than this client are passed on."""

    id: str = ""
    """The same for every attempt to deliver the event."""
    type: str
    timestamp: str = ""
    data: dict[str, Any] = {}

    def data_as(self, kind: builtins.type[T]) -> T:
        """Return the data as a class, such as `management.AccountChange` of account events.

        Raises:
            msgspec.ValidationError: The event has other data.
        """
        return msgspec.convert(self.data, kind)


def verify_webhook(
    body: bytes | str,
    headers: Headers,
    secret: str | Iterable[str],
    *,
    tolerance: float = 300.0,
    now: float | None = None,
) -> WebhookEvent:
    """Return the event of a message.

    Args:
        body: the body as it was received, before any parsing.
        headers: the headers of the request, in any case.
        secret: the webhook's secret, `whsec_…`, or several while one is replaced.
        tolerance: how many seconds the message may be older or newer than now.
        now: seconds since 1970, for tests.

    Raises:
        WebhookRejected: the message must not be acted on.
        ValueError: a secret cannot be used.
    """
    content = body.encode(errors=ANY) if isinstance(body, str) else body
    named = {name.lower(): value for name, value in headers.items()}
    event_id, sent, signatures = (named.get(f"webhook-{one}", "") for one in ("id", "timestamp", "signature"))
    if not event_id or not signatures or not (sent.isascii() and sent.isdigit()) or len(sent) > len(str(2**40)):
        raise WebhookRejected("expected the headers webhook-id, webhook-timestamp and webhook-signature")
    signed = f"{event_id}.{sent}.".encode(errors=ANY) + content
    expected = [_signature(one, signed) for one in ([secret] if isinstance(secret, str) else secret)]
    given = [one.removeprefix("v1,").encode(errors=ANY) for one in signatures.split(" ") if one.startswith("v1,")]
    if not any(hmac.compare_digest(one, mine) for one in given for mine in expected):
        raise WebhookRejected("no signature fits: was the body changed before this, is it this webhook's secret?")
    # Written so that nan lets nothing pass.
    if not abs((time.time() if now is None else now) - int(sent)) <= tolerance:
        raise WebhookRejected(f"webhook-timestamp: expected a time within {tolerance:g} seconds of now")
    try:
        event = msgspec.json.decode(content, type=WebhookEvent)
    except (msgspec.DecodeError, RecursionError):
        raise WebhookRejected("body: expected an event in JSON") from None
    return msgspec.structs.replace(event, id=event_id)


def _signature(secret: str, signed: bytes) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError("secret: expected whsec_ and base64, as it was shown when the webhook was created")
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
