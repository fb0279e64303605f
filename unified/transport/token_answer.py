"""Responses of token endpoints (RFC 6749, 5): only tokens, their lifetime, the scopes and codes of a closed list are used."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import msgspec

from unified.catalog.authentication import TokenKey
from unified.catalog.wire import ProviderAnswer
from unified.errors.error import UnifiedError
from unified.errors.providers import ProviderMalformed
from unified.secret import Secret
from unified.text.parsing_times import parse_time
from unified.transport.account_settings import found_at
from unified.transport.bodies.response_body import decode_json_body
from unified.transport.rate_limit_headers import seconds_to_wait

MAX_TOKEN_CHARACTERS = 16_384
"""The longest token; longer ones fit no header."""
MAX_LIFETIME_SECONDS = 10 * 365 * 86_400
"""The longest lifetime of a token; a longer one counts as ten years."""
DENIALS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "access_denied",
    }
)
"""Codes of RFC 6749, 5.2 that are reported unchanged, and one that some providers use from 4.1.2.1."""


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The successful response of a token endpoint."""

    access_token: Secret
    refresh_token: Secret | None
    """None when the response has none: after a refresh, the old one stays valid (RFC 6749, 6)."""
    expires_at: datetime | None
    """None when no usable lifetime was given: the token is used until the provider refuses it."""
    scopes: tuple[str, ...] | None
    """None when they are the requested ones (RFC 6749, 5.1)."""
    settings: dict[str, str] = {}
    """Settings of the account that the answer says."""


class TokenRefused(Exception):
    """The token endpoint issued no token."""

    def __init__(self, code: str, *, status: int | None = None, definite: bool, retry_after: float | None = None) -> None:
        """Record what is known of the failure, and nothing that the provider wrote.

        Args:
            code: A code of RFC 6749, 5.2 (`invalid_grant` …), or `rate_limited`, `server_error`, `timeout`,
                `unreachable`, `malformed`, `too_large`, `redirected`, `refused` (another 4xx).
            status: The HTTP status; None without a response.
            retry_after: Seconds that the endpoint asks to wait.
            definite: Whether certainly nothing was spent or rotated: the provider refused, or was never reached.
        """
        super().__init__(code)
        self.code = code
        self.status = status
        self.definite = definite
        self.retry_after = retry_after


def read_answer(answer: ProviderAnswer, requested_at: datetime, places: Mapping[TokenKey, str] | None = None) -> TokenAnswer:
    """Read the response of a token endpoint; `places` say where it has values that are not where RFC 6749, 5.1 puts them.

    Incomplete and odd responses are read as follows:
    no refresh token, null or empty → None; no lifetime, or one that is not a number over 0 → None; a lifetime in text → the
    number; a lifetime over ten years → ten years; scopes as text (spaces or commas) or as a list; an access token that fits
    no header, or a body that is not a JSON object → `malformed`; an `error` in a 200 counts as refused.

    Raises:
        TokenRefused: The response holds no usable token.
    """
    body = object_of(answer)
    if body is None or not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES or "error" in body:
        raise _refused(answer.status, body, seconds_to_wait(answer.headers.get("retry-after", ""), requested_at))
    body = body | {name: found_at(place, body) for name, place in (places or {}).items()}
    access, refresh = _token(body.get("access_token")), body.get("refresh_token")
    if access is None or (refresh not in (None, "") and _token(refresh) is None):
        raise TokenRefused("malformed", status=answer.status, definite=False)
    return TokenAnswer(
        access_token=access,
        refresh_token=_token(refresh),
        expires_at=_expiry(body.get("expires_in"), requested_at) or _moment(body.get("expires_at"), requested_at),
        scopes=_scopes(body.get("scope", body.get("scopes"))),
    )


def object_of(answer: ProviderAnswer) -> dict[str, Any] | None:
    """Return the JSON object in a response, if it holds one."""
    try:
        body = decode_json_body(answer.content)
    except ProviderMalformed:
        return None
    return body if isinstance(body, dict) else None


def _refused(status: int, body: Mapping[str, Any] | None, wait: float | None) -> TokenRefused:
    """Interpret a refusal. A gateway's 5xx may hide a lost response, so a grant may be spent; after 503 it is not."""
    code = (body or {}).get("error")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TokenRefused("rate_limited", status=status, definite=True, retry_after=wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        definite = status == HTTPStatus.SERVICE_UNAVAILABLE
        return TokenRefused("server_error", status=status, definite=definite, retry_after=wait)
    if isinstance(code, str) and code in DENIALS:
        return TokenRefused(code, status=status, definite=True)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return TokenRefused("redirected", status=status, definite=False)
    if body is None and status < HTTPStatus.MULTIPLE_CHOICES:
        return TokenRefused("malformed", status=status, definite=False)
    return TokenRefused("refused", status=status, definite=True, retry_after=wait)


def _token(value: object) -> Secret | None:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TOKEN_CHARACTERS:
        return None
    return Secret(value) if value.isascii() and value.isprintable() and " " not in value else None


def _expiry(lifetime: object, requested_at: datetime) -> datetime | None:
    """Return when a token expires, counted from the time of the request, so that its lifetime is never overestimated."""
    if isinstance(lifetime, str) and re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", lifetime.strip()):
        lifetime = float(lifetime)
    if isinstance(lifetime, bool) or not isinstance(lifetime, int | float):
        return None
    seconds = min(lifetime, MAX_LIFETIME_SECONDS)  # first, because a long integer fits no float
    return requested_at + timedelta(seconds=seconds) if math.isfinite(seconds) and seconds > 0 else None


def _moment(value: object, requested_at: datetime) -> datetime | None:
    """Return when a token expires, where the answer says so as a time, in text (RFC 3339) or in seconds since 1970."""
    try:
        moment = parse_time("", value) if isinstance(value, str) else datetime.fromtimestamp(value, UTC)  # type: ignore[arg-type]
    except (UnifiedError, TypeError, ValueError, OverflowError, OSError):
        return None
    return _expiry((moment - requested_at).total_seconds(), requested_at)


def _scopes(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return tuple(one for one in re.split(r"[\s,]+", value) if one)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    return None
