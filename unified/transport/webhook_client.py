"""Sending of one webhook: what is sent is bounded; of the response only the status is used."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

import msgspec

from unified.catalog.wire import ProviderAnswer
from unified.errors.error import UnifiedError
from unified.errors.requests import ValidationFailed
from unified.settings.settings import Settings
from unified.transport.egress.addresses import egress_of
from unified.transport.egress.url_policy import check_given_target
from unified.transport.http1.failures import ConnectError, WireError, WireTimeout
from unified.transport.http1.messages import Network, Outgoing
from unified.transport.http1.urls import split_url
from unified.transport.rate_limit_headers import seconds_to_wait

DEADLINE_SECONDS = 15.0
"""How long a receiver may take to answer with a status."""
DRAIN_SECONDS = 2.0
"""How long the rest of the response is read before the connection is closed."""
MAX_BODY_BYTES = 20_000
"""The largest event (Standard Webhooks: payloads should be under 20 kB)."""
MAX_RESPONSE_BYTES = 64 * 1024
"""How much of a response is read so that the connection can be reused."""
MAX_URL = 2_000
_WITH_RETRY_AFTER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class WebhookRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One signed attempt."""

    url: str
    headers: dict[str, str]
    body: bytes
    owner: str | None = None
    """The id of the webhook, which has separate connections. None: the connection is closed afterwards."""


class WebhookAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The stored result of an attempt: nothing that the receiver could have written."""

    status: int | None = None
    error: str | None = None
    """None for 2xx, otherwise one of the codes of docs/webhooks.md."""
    retry_after: float | None = None
    """Seconds to wait, if the receiver asked for it with 429 or 503; a day at most."""


async def post_webhook(
    network: Network, request: WebhookRequest, *, deadline: float = DEADLINE_SECONDS, drain: float = DRAIN_SECONDS
) -> WebhookAnswer:
    """Send one attempt; every failure is returned with its code, nothing is raised."""
    if len(request.body) > MAX_BODY_BYTES:
        return WebhookAnswer(error="too_large")
    try:
        url = split_url(request.url)
        outgoing = Outgoing(method="POST", url=url, headers=request.headers, content=request.body, owner=request.owner)
        async with asyncio.timeout(deadline):
            return _read(await network.send(outgoing, max_bytes=MAX_RESPONSE_BYTES, drain=drain))
    except UnifiedError:  # the guard at the connection: the name leads to an address that calls may not reach
        return WebhookAnswer(error="destination_refused")
    except (TimeoutError, WireTimeout):
        return WebhookAnswer(error="timeout")
    except ConnectError:
        return WebhookAnswer(error="unreachable")
    except WireError:
        return WebhookAnswer(error="broken_answer")


def _read(answer: ProviderAnswer) -> WebhookAnswer:
    status = answer.status
    retry_after = answer.headers.get("retry-after", "") if status in _WITH_RETRY_AFTER else ""
    return WebhookAnswer(status=status, error=_code(status), retry_after=seconds_to_wait(retry_after, datetime.now(UTC)))


def _code(status: int) -> str | None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if status == HTTPStatus.GONE:
        return "gone"
    return "redirect" if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST else "http_error"


def check_webhook_url(url: str, settings: Settings) -> None:
    """Check that a webhook may be sent to this URL; its addresses are checked at each connection.

    Raises:
        ValidationFailed: It may not; the message shows nothing of the URL.
    """
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or set(" \\#") & set(url):
        message = f"expected at most {MAX_URL} printable ASCII characters without spaces, backslashes and fragments"
        raise ValidationFailed.at("/url", message)
    check_given_target(url, egress_of(settings), "/url")
