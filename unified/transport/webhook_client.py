"""Sends one webhook: what is sent is bounded, what comes back is read for its status and thrown away."""

import asyncio
import contextlib
from datetime import UTC, datetime
from http import HTTPStatus

import httpx2
import msgspec

from unified.errors import UnifiedError, ValidationFailed
from unified.settings import Settings
from unified.transport.egress.addresses import egress_of
from unified.transport.egress.url_policy import check_given_target
from unified.transport.rate_limit_headers import seconds_to_wait

DEADLINE = 15.0
"""Seconds until a receiver must have answered with a status."""
DRAIN = 2.0
"""Seconds for the rest of the answer, after which the connection is closed."""
MAX_BODY = 20_000
"""Bytes of an event (Standard Webhooks: payloads should be under 20 kB)."""
MAX_ANSWER = 64 * 1024
"""Bytes of an answer that are read so that the connection can be used again."""
MAX_URL = 2_000
_DELAYS_ASKED = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class WebhookRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt, signed."""

    url: str
    headers: dict[str, str]
    body: bytes


class WebhookAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of an attempt: nothing that the receiver could have written itself."""

    status: int | None = None
    error: str | None = None
    """None for 2xx, else one of the codes of docs/webhooks.md."""
    retry_after: float | None = None
    """Seconds to wait, as a receiver asked that answered 429 or 503; a day at most."""


async def post_webhook(
    http: httpx2.AsyncClient, request: WebhookRequest, *, deadline: float = DEADLINE, drain: float = DRAIN
) -> WebhookAnswer:
    """Send one attempt; every way to fail is an answer with its code, nothing is raised."""
    if len(request.body) > MAX_BODY:
        return WebhookAnswer(error="too_large")
    try:
        return await _post(http, request, deadline, drain)
    except UnifiedError:  # the guard at the connection: the name leads to an address that calls may not reach
        return WebhookAnswer(error="destination_refused")
    except (TimeoutError, httpx2.TimeoutException):
        return WebhookAnswer(error="timeout")
    except httpx2.ConnectError:
        return WebhookAnswer(error="unreachable")
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return WebhookAnswer(error="broken_answer")


async def _post(http: httpx2.AsyncClient, request: WebhookRequest, deadline: float, drain: float) -> WebhookAnswer:
    async with contextlib.AsyncExitStack() as stack:
        async with asyncio.timeout(deadline):
            sending = http.stream(
                "POST", request.url, headers=request.headers, content=request.body, timeout=deadline, follow_redirects=False
            )
            response = await stack.enter_async_context(sending)
        await _throw_away(response, drain)
        return _read(response)


async def _throw_away(response: httpx2.Response, limit: float) -> None:
    """Read a little of the body as it came, never unpacked; the status stands whatever happens to the rest."""
    left = MAX_ANSWER
    with contextlib.suppress(TimeoutError, httpx2.HTTPError, UnifiedError):
        async with asyncio.timeout(limit):
            async for part in response.aiter_raw():
                left -= len(part)
                if left <= 0:
                    return


def _read(response: httpx2.Response) -> WebhookAnswer:
    status = response.status_code
    asked = response.headers.get("retry-after", "") if status in _DELAYS_ASKED else ""
    return WebhookAnswer(status=status, error=_code(status), retry_after=seconds_to_wait(asked, datetime.now(UTC)))


def _code(status: int) -> str | None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if status == HTTPStatus.GONE:
        return "gone"
    return "redirect" if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST else "http_error"


def check_webhook_url(url: str, settings: Settings) -> None:
    """Raise ValidationFailed, showing nothing of the URL, unless a webhook may be sent there; addresses are judged later."""
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or set(" \\#") & set(url):
        message = f"expected at most {MAX_URL} printable ASCII characters without blanks, backslashes and fragments"
        raise ValidationFailed.at("/url", message)
    check_given_target(url, egress_of(settings), "/url")
