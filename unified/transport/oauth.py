"""The client of token endpoints: turns codes, refresh tokens, client credentials and signed assertions into access tokens.

Each call is one request without retries, because a code or a one-time refresh token may be spent even if no response
arrived. Of a response only the tokens, their lifetime, the scopes and a code from a closed list are used.
"""

import asyncio
import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote_plus, urlencode

import msgspec

from unified.catalog.authentication import ClientCredentials, JwtBearer, OAuth2
from unified.catalog.provider import Provider
from unified.catalog.wire import ProviderAnswer
from unified.errors.error import UnifiedError
from unified.errors.providers import UpstreamTooLarge
from unified.secret import Secret
from unified.transport.account_settings import TOKEN, learned_settings
from unified.transport.auth import certificate_of, rules_for
from unified.transport.client import Client
from unified.transport.connection import fill_scopes, fill_settings, names_in_template, replaced, with_installation
from unified.transport.http1.certificates import Certificate
from unified.transport.http1.failures import NotSent, WireError, WireTimeout
from unified.transport.token_answer import TokenAnswer, TokenRefused, object_of, read_answer

TokenRules = OAuth2 | ClientCredentials | JwtBearer
DEADLINE_SECONDS = 10.0
"""How long one token call may take."""
MAX_RESPONSE_BYTES = 1024 * 1024
URN = "urn:ietf:params:oauth"


class OAuthApp(msgspec.Struct, frozen=True, kw_only=True):
    """The OAuth client that we are at the provider."""

    client_id: Secret
    client_secret: Secret
    scopes: tuple[str, ...] | None = None
    """The scopes to request; None for those of the provider file."""
    certificate: Certificate | None = None
    """The certificate that the connection shows in TLS."""


def _now() -> datetime:
    return datetime.now(UTC)


class TokenClient:
    """Calls token endpoints through the pool and the egress policy of provider calls."""

    def __init__(
        self,
        client: Client,
        *,
        installation: Callable[[str], Mapping[str, str]] = lambda _provider: {},
        clock: Callable[[], datetime] = _now,
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        self._client = client
        self._installation = installation
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
        form = {"grant_type": "client_credentials"} | _scope(rules, settings, app.scopes)
        return await self._request(provider, settings, origin, app, form)

    async def assertion(self, provider: Provider, values: dict[str, str], origin: str | None, token: Secret) -> TokenAnswer:
        """Exchange a signed assertion for a token (RFC 7523); `values` are the account's settings and parts.

        Raises:
            TokenRefused: No token was issued.
        """
        rules = _rules(provider, "jwt_bearer")
        if not isinstance(rules, JwtBearer):
            raise TypeError(f"expected rules for assertions, got {type(rules).__name__}")
        headers, form = PROOFS[rules.send](token.reveal())
        form |= {} if rules.send == "header" else _scope(rules, values)
        form |= self._grant(provider, rules, values)
        url = replaced(fill_settings(rules.token_url or "", values), origin)
        return await self._exchange(provider, rules, url, (headers, form), certificate_of(rules, values))

    def now(self) -> datetime:
        """Return the time by the clock of token calls."""
        return self._clock()

    async def _request(
        self, provider: Provider, settings: dict[str, str], origin: str | None, app: OAuthApp, form: dict[str, str]
    ) -> TokenAnswer:
        rules = _rules(provider, "client_credentials" if form["grant_type"] == "client_credentials" else "oauth2")
        more = self._grant(provider, rules, settings)
        url = replaced(fill_settings(rules.token_url or "", settings), origin)
        return await self._exchange(provider, rules, url, _proved(rules, app, form | more), app.certificate)

    def _grant(self, provider: Provider, rules: TokenRules, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the provider's own fields of a token request; one with a value that the installation lacks is left out."""
        values = with_installation(settings, self._installation(provider.name))
        sent = {name: text for name, text in rules.grant.items() if names_in_template(text) <= values.keys()}
        return {name: fill_settings(text, values) for name, text in sent.items()}

    async def _exchange(
        self,
        provider: Provider,
        rules: TokenRules,
        url: str,
        sent: tuple[dict[str, str], dict[str, str]],
        certificate: Certificate | None,
    ) -> TokenAnswer:
        headers, content = _encoded(rules, *sent)
        requested_at = self._clock()
        answer = await self._post(url, headers, content, certificate)
        granted = read_answer(answer, requested_at, rules.answer)
        return msgspec.structs.replace(granted, settings=learned_settings(provider, TOKEN, object_of(answer)))

    async def _post(self, url: str, headers: dict[str, str], content: bytes, certificate: Certificate | None) -> ProviderAnswer:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._client.post(url, headers, content, max_bytes=MAX_RESPONSE_BYTES, certificate=certificate)
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
    if not isinstance(rules, TokenRules):
        raise TypeError(f"expected rules with a token endpoint for {kind}, got {type(rules).__name__}")
    return rules


def _scope(rules: TokenRules, settings: Mapping[str, str], scopes: tuple[str, ...] | None = None) -> dict[str, str]:
    """Return the scopes to ask for: these, or all of the provider file."""
    asked = fill_scopes(scopes or (one for texts in rules.scopes.values() for one in texts), settings)
    return {"scope": rules.scope_separator.join(asked)} if asked else {}


def _proved(rules: TokenRules, app: OAuthApp, form: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return headers and fields of a token call with the proof of the client, in the provider's place."""
    if getattr(rules, "client", "body") == "basic":
        # RFC 6749, 2.3.1: both are form-encoded before they are joined.
        pair = f"{quote_plus(app.client_id.reveal())}:{quote_plus(app.client_secret.reveal())}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"}, form
    return {}, form | {"client_id": app.client_id.reveal(), "client_secret": app.client_secret.reveal()}


def _encoded(rules: TokenRules, headers: dict[str, str], form: dict[str, str]) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a token call, in the provider's form."""
    if rules.token_body == "json":  # noqa: S105 - the body's form, not a token
        return headers | {"Content-Type": "application/json"}, msgspec.json.encode(form)
    return headers | {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form).encode("ascii")


Proof = Callable[[str], tuple[dict[str, str], dict[str, str]]]
PROOFS: dict[str, Proof] = {
    "assertion": lambda token: ({}, {"grant_type": f"{URN}:grant-type:jwt-bearer", "assertion": token}),
    "client_assertion": lambda token: (
        {},
        {
            "grant_type": "client_credentials",
            "client_assertion_type": f"{URN}:client-assertion-type:jwt-bearer",
            "client_assertion": token,
        },
    ),
    "header": lambda token: ({"Authorization": f"Bearer {token}"}, {}),
}
"""`send` of an assertion → headers and fields with it (RFC 7523, 2.1 and 2.2)."""
