"""The client of token endpoints: codes, refresh tokens and client credentials become access tokens (RFC 6749).

Each call is one request: no retry, since a code or a one-time refresh token may be spent although no answer came.
Nothing of an answer leaves but the tokens, their life, the scopes, and a code out of a closed list.
"""

import asyncio
import base64
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx2
import msgspec

from unified.catalog.provider import ClientCredentials, OAuth2, Provider
from unified.catalog.wire import ProviderAnswer
from unified.errors import ProviderMalformed, UnifiedError, UpstreamTooLarge
from unified.secret import Secret
from unified.transport.auth import rules_for
from unified.transport.client import Client
from unified.transport.connection import fill_settings, replaced
from unified.transport.rate_limit_headers import seconds_to_wait
from unified.transport.response_body import decode_json

TokenRules = OAuth2 | ClientCredentials
DEADLINE = 10.0
"""Seconds for one token call."""
MAX_BYTES = 1024 * 1024
MAX_TOKEN = 16_384
"""Characters of a token; longer ones fit no header."""
LONGEST_LIFE = 10 * 365 * 86_400
"""Seconds; a longer life is told as ten years."""
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
"""Words of RFC 6749, 5.2 that are told on as they are, with one that some providers take over from 4.1.2.1."""


class OAuthApp(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are at the provider."""

    client_id: Secret
    client_secret: Secret
    scopes: tuple[str, ...] | None = None
    """The scopes to ask for; None asks for those of the provider file."""


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a token endpoint gave."""

    access_token: Secret
    refresh_token: Secret | None
    """None when the answer has none: after a refresh the old one goes on (RFC 6749, 6)."""
    expires_at: datetime | None
    """None when no usable life was told: the token is used until the provider refuses it."""
    scopes: tuple[str, ...] | None
    """None when they are those that were asked for (RFC 6749, 5.1)."""


class TokenRefused(Exception):
    """No token was given."""

    def __init__(self, code: str, *, status: int | None = None, definite: bool, retry_after: float | None = None) -> None:
        """What is known of the failure, and nothing that the provider wrote.

        Args:
            code: a word of RFC 6749, 5.2 (`invalid_grant` …), or `rate_limited`, `server_error`, `timeout`,
                `unreachable`, `malformed`, `too_large`, `redirected`, `refused` (another 4xx).
            status: of the answer; None when there was none.
            retry_after: seconds for which the endpoint asks to be left alone.
            definite: whether it is certain that nothing was spent or rotated: the provider refused, or was never reached.
        """
        super().__init__(code)
        self.code = code
        self.status = status
        self.definite = definite
        self.retry_after = retry_after


def _now() -> datetime:
    return datetime.now(UTC)


class TokenClient:
    """Calls token endpoints through the pool and the egress rules of provider calls."""

    def __init__(self, client: Client, *, clock: Callable[[], datetime] = _now, deadline: float = DEADLINE) -> None:
        self._client = client
        self._clock = clock
        self._deadline = deadline

    async def exchange_code(
        self,
        provider: Provider,
        settings: dict[str, str],
        origin: str | None,
        app: OAuthApp,
        *,
        code: str,
        verifier: str | None,
        redirect_uri: str,
    ) -> TokenAnswer:
        """The tokens for an authorization code (RFC 6749, 4.1.3; verifier: RFC 7636, 4.5); raises TokenRefused."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        form |= {} if verifier is None else {"code_verifier": verifier}
        return await self._ask(_rules(provider, "oauth2"), settings, origin, app, form)

    async def refresh(
        self, provider: Provider, settings: dict[str, str], origin: str | None, app: OAuthApp, refresh_token: Secret
    ) -> TokenAnswer:
        """Fresh tokens for a refresh token (RFC 6749, 6); raises TokenRefused."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
        return await self._ask(_rules(provider, "oauth2"), settings, origin, app, form)

    async def client_credentials(
        self, provider: Provider, settings: dict[str, str], origin: str | None, app: OAuthApp
    ) -> TokenAnswer:
        """A token for the client itself (RFC 6749, 4.4); raises TokenRefused."""
        rules = _rules(provider, "client_credentials")
        scopes = app.scopes or tuple(dict.fromkeys(one for texts in rules.scopes.values() for one in texts))
        form = {"grant_type": "client_credentials"} | ({"scope": " ".join(scopes)} if scopes else {})
        return await self._ask(rules, settings, origin, app, form)

    async def _ask(
        self, rules: TokenRules, settings: dict[str, str], origin: str | None, app: OAuthApp, form: dict[str, str]
    ) -> TokenAnswer:
        headers, content = _written(rules, app, form)
        url = replaced(fill_settings(rules.token_url, settings), origin)
        asked_at = self._clock()
        answer = await self._post(url, headers, content)
        return read_answer(answer, asked_at)

    async def _post(self, url: str, headers: dict[str, str], content: bytes) -> ProviderAnswer:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._client.post(url, headers, content, max_bytes=MAX_BYTES)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.InvalidURL):
            raise TokenRefused("unreachable", status=None, definite=True) from None
        except (TimeoutError, httpx2.TimeoutException):
            raise TokenRefused("timeout", status=None, definite=False) from None
        except UpstreamTooLarge:
            raise TokenRefused("too_large", status=None, definite=False) from None
        except httpx2.HTTPError:
            raise TokenRefused("unreachable", status=None, definite=False) from None
        except UnifiedError:  # by the rules of egress, before anything was sent
            raise TokenRefused("unreachable", status=None, definite=True) from None


def _rules(provider: Provider, kind: str) -> TokenRules:
    rules = rules_for(provider, kind)
    if not isinstance(rules, OAuth2 | ClientCredentials):
        raise TypeError(f"expected rules with a token endpoint for {kind}, got {type(rules).__name__}")
    return rules


def _written(rules: TokenRules, app: OAuthApp, form: dict[str, str]) -> tuple[dict[str, str], bytes]:
    """Headers and body of a token call, in the provider's way."""
    headers: dict[str, str] = {}
    if rules.client == "basic":
        # RFC 6749, 2.3.1: both are form-encoded before they are joined.
        pair = f"{quote_plus(app.client_id.reveal())}:{quote_plus(app.client_secret.reveal())}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
    else:
        form = form | {"client_id": app.client_id.reveal(), "client_secret": app.client_secret.reveal()}
    if rules.token_body == "json":  # noqa: S105 - the body's form, not a token
        return headers | {"Content-Type": "application/json"}, msgspec.json.encode(form)
    return headers | {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form).encode("ascii")


def read_answer(answer: ProviderAnswer, asked_at: datetime) -> TokenAnswer:
    """Read a token endpoint's answer; raises TokenRefused.

    The rules for answers that leave something out or are odd:
    no refresh token, null or empty → None; no life, or one that is no number over 0 → None; a life in text → the number;
    a life over ten years → ten years; scopes as text (spaces or commas) or as a list; an access token that fits no header,
    a body that is no JSON object → `malformed`; an `error` in a 200 counts as refused.
    """
    body = _object(answer)
    if body is None or not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES or "error" in body:
        raise _refused(answer.status, body, seconds_to_wait(answer.headers.get("retry-after", ""), asked_at))
    access, refresh = _token(body.get("access_token")), body.get("refresh_token")
    if access is None or (refresh not in (None, "") and _token(refresh) is None):
        raise TokenRefused("malformed", status=answer.status, definite=False)
    return TokenAnswer(
        access_token=access,
        refresh_token=_token(refresh),
        expires_at=_expiry(body.get("expires_in"), asked_at),
        scopes=_scopes(body.get("scope", body.get("scopes"))),
    )


def _object(answer: ProviderAnswer) -> dict[str, Any] | None:
    try:
        body = decode_json(answer.content)
    except ProviderMalformed:
        return None
    return body if isinstance(body, dict) else None


def _refused(status: int, body: Mapping[str, Any] | None, wait: float | None) -> TokenRefused:
    """What a refusal means. A gateway's 5xx may stand for a lost answer, so a grant may be spent; after 503 it is not."""
    word = (body or {}).get("error")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TokenRefused("rate_limited", status=status, definite=True, retry_after=wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        definite = status == HTTPStatus.SERVICE_UNAVAILABLE
        return TokenRefused("server_error", status=status, definite=definite, retry_after=wait)
    if isinstance(word, str) and word in DENIALS:
        return TokenRefused(word, status=status, definite=True)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return TokenRefused("redirected", status=status, definite=False)
    if body is None and status < HTTPStatus.MULTIPLE_CHOICES:
        return TokenRefused("malformed", status=status, definite=False)
    return TokenRefused("refused", status=status, definite=True, retry_after=wait)


def _token(value: object) -> Secret | None:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TOKEN:
        return None
    return Secret(value) if value.isascii() and value.isprintable() and " " not in value else None


def _expiry(told: object, asked_at: datetime) -> datetime | None:
    """The end of a token's life, counted from before it was asked for, so that it is never thought to live too long."""
    if isinstance(told, str) and re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", told.strip()):
        told = float(told)
    if isinstance(told, bool) or not isinstance(told, int | float) or not math.isfinite(told) or told <= 0:
        return None
    return asked_at + timedelta(seconds=min(told, LONGEST_LIFE))


def _scopes(told: object) -> tuple[str, ...] | None:
    if isinstance(told, str):
        return tuple(one for one in re.split(r"[\s,]+", told) if one)
    if isinstance(told, list) and all(isinstance(one, str) for one in told):
        return tuple(told)
    return None
