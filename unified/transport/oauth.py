"""The client of token endpoints: turns codes, refresh tokens and client credentials into access tokens (RFC 6749).

Each call is one request without retries, because a code or a one-time refresh token may be spent even if no response
arrived. Of a response only the tokens, their lifetime, the scopes and a code from a closed list are used.
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

import msgspec

from unified.catalog.authentication import ClientCredentials, OAuth2, TokenKey
from unified.catalog.provider import Provider
from unified.catalog.wire import ProviderAnswer
from unified.errors import ProviderMalformed, UnifiedError, UpstreamTooLarge
from unified.secret import Secret
from unified.transport.account_settings import TOKEN, found_at, learned_settings
from unified.transport.auth import rules_for
from unified.transport.client import Client
from unified.transport.connection import fill_settings, replaced
from unified.transport.http1.failures import NotSent, WireError, WireTimeout
from unified.transport.rate_limit_headers import seconds_to_wait
from unified.transport.response_body import decode_json

TokenRules = OAuth2 | ClientCredentials
DEADLINE_SECONDS = 10.0
"""How long one token call may take."""
MAX_RESPONSE_BYTES = 1024 * 1024
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


class OAuthApp(msgspec.Struct, frozen=True, kw_only=True):
    """The OAuth client that we are at the provider."""

    client_id: Secret
    client_secret: Secret
    scopes: tuple[str, ...] | None = None
    """The scopes to request; None for those of the provider file."""


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


def _now() -> datetime:
    return datetime.now(UTC)


class TokenClient:
    """Calls token endpoints through the pool and the egress policy of provider calls."""

    def __init__(self, client: Client, *, clock: Callable[[], datetime] = _now, deadline: float = DEADLINE_SECONDS) -> None:
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
        """Exchange an authorization code for tokens (RFC 6749, 4.1.3; verifier: RFC 7636, 4.5).

        Raises:
            TokenRefused: No token was issued.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        form |= {} if verifier is None else {"code_verifier": verifier}
        return await self._request(provider, settings, origin, app, form)

    async def refresh(
        self, provider: Provider, settings: dict[str, str], origin: str | None, app: OAuthApp, refresh_token: Secret
    ) -> TokenAnswer:
        """Exchange a refresh token for new tokens (RFC 6749, 6).

        Raises:
            TokenRefused: No token was issued.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
        return await self._request(provider, settings, origin, app, form)

    async def client_credentials(
        self, provider: Provider, settings: dict[str, str], origin: str | None, app: OAuthApp
    ) -> TokenAnswer:
        """Request a token for the client itself (RFC 6749, 4.4).

        Raises:
            TokenRefused: No token was issued.
        """
        rules = _rules(provider, "client_credentials")
        scopes = app.scopes or tuple(dict.fromkeys(one for texts in rules.scopes.values() for one in texts))
        form = {"grant_type": "client_credentials"} | ({"scope": rules.scope_separator.join(scopes)} if scopes else {})
        return await self._request(provider, settings, origin, app, form)

    async def _request(
        self, provider: Provider, settings: dict[str, str], origin: str | None, app: OAuthApp, form: dict[str, str]
    ) -> TokenAnswer:
        rules = _rules(provider, "client_credentials" if form["grant_type"] == "client_credentials" else "oauth2")
        more = {name: fill_settings(value, settings) for name, value in rules.grant.items()}
        headers, content = _encoded(rules, app, form | more)
        url = replaced(fill_settings(rules.token_url, settings), origin)
        requested_at = self._clock()
        answer = await self._post(url, headers, content)
        granted = read_answer(answer, requested_at, rules.answer)
        return msgspec.structs.replace(granted, settings=learned_settings(provider, TOKEN, _object(answer)))

    async def _post(self, url: str, headers: dict[str, str], content: bytes) -> ProviderAnswer:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._client.post(url, headers, content, max_bytes=MAX_RESPONSE_BYTES)
        except NotSent:
            raise TokenRefused("unreachable", status=None, definite=True) from None
        except (TimeoutError, WireTimeout):
            raise TokenRefused("timeout", status=None, definite=False) from None
        except UpstreamTooLarge:
            raise TokenRefused("too_large", status=None, definite=False) from None
        except WireError:
            raise TokenRefused("unreachable", status=None, definite=False) from None
        except UnifiedError:  # by the egress policy, before anything was sent
            raise TokenRefused("unreachable", status=None, definite=True) from None


def _rules(provider: Provider, kind: str) -> TokenRules:
    rules = rules_for(provider, kind)
    if not isinstance(rules, OAuth2 | ClientCredentials):
        raise TypeError(f"expected rules with a token endpoint for {kind}, got {type(rules).__name__}")
    return rules


def _encoded(rules: TokenRules, app: OAuthApp, form: dict[str, str]) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a token call, in the provider's form."""
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


def read_answer(answer: ProviderAnswer, requested_at: datetime, places: Mapping[TokenKey, str] | None = None) -> TokenAnswer:
    """Read the response of a token endpoint; `places` say where it has what is not where RFC 6749, 5.1 puts it.

    Incomplete and odd responses are read as follows:
    no refresh token, null or empty → None; no lifetime, or one that is not a number over 0 → None; a lifetime in text → the
    number; a lifetime over ten years → ten years; scopes as text (spaces or commas) or as a list; an access token that fits
    no header, or a body that is not a JSON object → `malformed`; an `error` in a 200 counts as refused.

    Raises:
        TokenRefused: The response holds no usable token.
    """
    body = _object(answer)
    if body is None or not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES or "error" in body:
        raise _refused(answer.status, body, seconds_to_wait(answer.headers.get("retry-after", ""), requested_at))
    body = body | {name: found_at(place, body) for name, place in (places or {}).items()}
    access, refresh = _token(body.get("access_token")), body.get("refresh_token")
    if access is None or (refresh not in (None, "") and _token(refresh) is None):
        raise TokenRefused("malformed", status=answer.status, definite=False)
    return TokenAnswer(
        access_token=access,
        refresh_token=_token(refresh),
        expires_at=_expiry(body.get("expires_in"), requested_at),
        scopes=_scopes(body.get("scope", body.get("scopes"))),
    )


def _object(answer: ProviderAnswer) -> dict[str, Any] | None:
    try:
        body = decode_json(answer.content)
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


def _scopes(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return tuple(one for one in re.split(r"[\s,]+", value) if one)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    return None
