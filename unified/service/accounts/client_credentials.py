"""Tokens for what was entered with an account itself: a client id and secret (RFC 6749, 4.4), or a signing key (RFC 7523)."""

from datetime import datetime
from http import HTTPStatus

import msgspec

from unified.catalog.provider import Provider
from unified.errors.error import FieldProblem, UnifiedError
from unified.errors.providers import ProviderError, ProviderRateLimited, ProviderTimeout
from unified.errors.requests import ValidationFailed
from unified.secret import Secret
from unified.service.accounts.assertions import token_by_assertion
from unified.service.runtime.services import Services
from unified.transport.auth import FETCHED, certificate_of, rules_for
from unified.transport.connection import Credentials
from unified.transport.oauth import OAuthApp, TokenClient
from unified.transport.token_answer import DENIALS, TokenAnswer, TokenRefused

PASSING: dict[str, type[UnifiedError]] = {"rate_limited": ProviderRateLimited, "timeout": ProviderTimeout}


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials with their token, and the settings that came with it."""

    credentials: Credentials
    settings: dict[str, str] = {}

    def __repr__(self) -> str:
        """Leave out the credentials."""
        return "Granted()"


async def with_token(services: Services, provider: Provider, settings: dict[str, str], credentials: Credentials) -> Granted:
    """Return credentials with a token fetched for them, as `add_token` does."""
    origin = services.settings.provider_urls.get(provider.name)
    return await add_token(services.tokens, provider, settings, origin, credentials)


async def add_token(
    tokens: TokenClient, provider: Provider, settings: dict[str, str], origin: str | None, credentials: Credentials
) -> Granted:
    """Return credentials of `FETCHED` types with a token fetched for them; those of other types unchanged.

    Raises:
        ValidationFailed: the provider refuses the client.
        ProviderError, ProviderRateLimited, ProviderTimeout: the provider could not be asked.
    """
    if credentials["type"] not in FETCHED:
        return Granted(credentials=credentials)
    try:
        answer = await fetch_token(tokens, provider, settings, origin, credentials)
    except TokenRefused as refused:
        raise _as_failure(provider, refused) from None
    whole = credentials | {"access_token": answer.access_token.reveal()} | until(answer.expires_at)
    return Granted(credentials=whole, settings=answer.settings)


async def fetch_token(
    tokens: TokenClient, provider: Provider, settings: dict[str, str], origin: str | None, credentials: Credentials
) -> TokenAnswer:
    """Fetch a token with what was entered for the account itself.

    A 401 says that this is not accepted, also where its body has no code (RFC 6749, 5.2: `invalid_client`).

    Raises:
        TokenRefused: the provider does not give one.
    """
    try:
        if credentials["type"] == "jwt_bearer":
            return await token_by_assertion(tokens, provider, settings, origin, credentials)
        return await tokens.client_credentials(provider, settings, origin, own_app(provider, credentials))
    except TokenRefused as refused:
        if refused.status == HTTPStatus.UNAUTHORIZED and refused.code == "refused":
            raise TokenRefused("invalid_client", status=refused.status, definite=True) from None
        raise


def own_app(provider: Provider, credentials: Credentials) -> OAuthApp:
    """Return the client that was given with the account itself."""
    return OAuthApp(
        client_id=Secret(credentials["client_id"]),
        client_secret=Secret(credentials["client_secret"]),
        certificate=certificate_of(rules_for(provider, credentials["type"]), credentials),
    )


def until(expires_at: datetime | None) -> Credentials:
    """Return a token's expiry as a part of credentials; empty if it is unknown."""
    return {} if expires_at is None else {"expires_at": expires_at.isoformat()}


def _as_failure(provider: Provider, refused: TokenRefused) -> UnifiedError:
    if refused.code in DENIALS or refused.code == "refused":
        message = f"{provider.title} gives no token for this client ({refused.code})"
        return ValidationFailed(message, errors=(FieldProblem(pointer="/credentials", code=refused.code, message=message),))
    kind = PASSING.get(refused.code, ProviderError)
    return kind(f"{provider.title} could not be asked for a token ({refused.code}); try again later")
