"""New tokens for an account from its provider's token endpoint; the only place that opens a refresh token."""

import msgspec

from unified.errors.requests import ValidationFailed
from unified.secret import Secret
from unified.service.accounts.client_credentials import fetch_token, until
from unified.service.accounts.credentials import (
    SealedFor,
    open_credentials,
    open_user,
    seal_credentials,
    sealed_again,
)
from unified.service.accounts.oauth_apps import app_for
from unified.service.accounts.refused_apps import place_of, refresh_as
from unified.service.runtime.services import Services
from unified.store.accounts import AccountRow, SealedCredentials
from unified.transport.auth import FETCHED
from unified.transport.connection import Credentials
from unified.transport.oauth import OAuthApp
from unified.transport.token_answer import TokenAnswer, TokenRefused


async def new_credentials(services: Services, row: AccountRow) -> SealedCredentials:
    """Fetch a new token, and return the credentials sealed.

    Raises:
        TokenRefused: the provider gives no token; with code `no_oauth_app` without an OAuth app, and `oauth_app_invalid` if the
            provider refuses the app and not the account.
        ConnectionUnauthorized: the stored credentials cannot be decrypted.
    """
    old = open_credentials(services, row)
    answer = await (_by_what_was_entered if old["type"] in FETCHED else _by_refresh_token)(services, row, old)
    provider = services.catalog.provider(row.provider)
    return seal_credentials(services.vault, provider, SealedFor.row(row), _renewed(old, answer), open_user(services, row))


def bound_to(services: Services, begun: AccountRow, now: AccountRow, new: SealedCredentials) -> SealedCredentials:
    """Return new credentials for an account whose settings changed while they were fetched.

    Raises:
        VaultError: a master key is missing.
    """
    again = sealed_again(services.vault, new.sealed, SealedFor.row(begun), SealedFor.row(now))
    return msgspec.structs.replace(new, sealed=again)


async def _tenants_app(services: Services, row: AccountRow) -> OAuthApp:
    try:
        return await app_for(services, row.tenant_id, row.provider)
    except ValidationFailed:
        raise TokenRefused("no_oauth_app", definite=True) from None


async def _by_refresh_token(services: Services, row: AccountRow, old: Credentials) -> TokenAnswer:
    provider, origin = services.catalog.provider(row.provider), services.settings.provider_urls.get(row.provider)
    app, token = await _tenants_app(services, row), Secret(old["refresh_token"])
    return await refresh_as(
        services,
        place_of(services, row),
        app,
        lambda: services.tokens.refresh(provider, row.settings, origin, app, token),
    )


async def _by_what_was_entered(services: Services, row: AccountRow, old: Credentials) -> TokenAnswer:
    provider, origin = services.catalog.provider(row.provider), services.settings.provider_urls.get(row.provider)
    return await fetch_token(services.tokens, provider, row.settings, origin, old)


def _renewed(old: Credentials, answer: TokenAnswer) -> Credentials:
    """Return the credentials with the new token; without a new refresh token the old one stays valid (RFC 6749, 6)."""
    new = {name: value for name, value in old.items() if name != "expires_at"}
    new["access_token"] = answer.access_token.reveal()
    if answer.refresh_token is not None:
        new["refresh_token"] = answer.refresh_token.reveal()
    return new | until(answer.expires_at)
