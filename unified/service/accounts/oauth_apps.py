"""OAuth apps: the client that asks a provider for consent. A tenant's own app takes precedence over the installation's."""

import msgspec

from unified.catalog.authentication import OAuth2
from unified.catalog.provider import Provider
from unified.errors.names import unknown_name
from unified.errors.requests import NotFound, ValidationFailed
from unified.secret import Secret, mask
from unified.service.accounts.accounts import known_provider
from unified.service.public_urls import goes_to_loopback
from unified.service.runtime.sealing import open_text, seal_text
from unified.service.runtime.services import Services
from unified.service.validation import is_printable_text
from unified.store import app_states, oauth_apps
from unified.store.integrity.sealed import OAUTH_CLIENT
from unified.store.oauth_apps import OAuthAppRow, SealedApp
from unified.transport.oauth import OAuthApp

MAX_TEXT = 4096
MAX_SCOPES = 200
DEMO_APP = ("demo-client", "demo-secret")
"""The app that the sandbox's stand-ins accept; used only if a stand-in on this machine replaces the provider."""


class NewApp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An OAuth app as it is registered at a provider."""

    client_id: str
    """As the provider shows it."""
    client_secret: str
    """As the provider shows it; it is sealed, and not shown again."""
    scopes: tuple[str, ...] | None = None
    """The scopes to ask for, with every link; without them, those of the provider file that a link needs."""

    def __repr__(self) -> str:
        """Leave out what is secret."""
        return f"NewApp(scopes={self.scopes!r})"


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed part of an app."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        """Show nothing: both values are sealed for a reason."""
        return "Client(…)"


async def set_app(services: Services, tenant_id: str, provider_name: str, requested: NewApp) -> OAuthAppRow:
    """Store the tenant's app for a provider.

    Raises:
        ValidationFailed: the provider is unknown or has no OAuth 2, or a value cannot be used.
    """
    provider = known_provider(services, provider_name)
    oauth_rules(provider)
    _check(requested)
    plain = msgspec.json.encode(Client(client_id=requested.client_id, client_secret=requested.client_secret))
    sealed = SealedApp(
        client=seal_text(services.vault, OAUTH_CLIENT, tenant_id, provider.name, plain),
        client_id_masked=mask(requested.client_id),
        client_secret_masked=mask(requested.client_secret),
        scopes=requested.scopes,
    )
    written = await oauth_apps.put(services.database, tenant_id, provider.name, sealed)
    await app_states.clear(services.database, tenant_id, provider.name)
    return written


def oauth_rules(provider: Provider) -> OAuth2:
    """Return the provider's OAuth 2 rules.

    Raises:
        ValidationFailed: it has none.
    """
    rules = next((one for one in provider.auth if isinstance(one, OAuth2)), None)
    if rules is None:
        raise ValidationFailed(f"{provider.title} is not connected by OAuth 2; see its types of credentials")
    return rules


def _check(requested: NewApp) -> None:
    for name in ("client_id", "client_secret"):
        value: str = getattr(requested, name)
        if not is_printable_text(value, MAX_TEXT) or not value.isascii() or value != value.strip():
            raise ValidationFailed.at(
                f"/{name}", f"expected 1 to {MAX_TEXT} printable ASCII characters without spaces around them"
            )
    for index, scope in enumerate(requested.scopes or ()):
        if not is_printable_text(scope, MAX_TEXT) or not scope.isascii() or " " in scope:
            raise ValidationFailed.at(f"/scopes/{index}", "expected one scope: printable ASCII text without spaces")
    if len(requested.scopes or ()) > MAX_SCOPES:
        raise ValidationFailed.at("/scopes", f"expected at most {MAX_SCOPES} scopes, got {len(requested.scopes or ())}")


async def list_apps(services: Services, tenant_id: str) -> tuple[OAuthAppRow, ...]:
    """Return the tenant's own apps."""
    return await oauth_apps.list_all(services.database, tenant_id)


async def get_app(services: Services, tenant_id: str, provider: str) -> OAuthAppRow:
    """Return the tenant's own app for a provider.

    Raises:
        NotFound: it has none.
    """
    row = await oauth_apps.get(services.database, tenant_id, provider)
    if row is None:
        raise _no_app(services, provider)
    return row


def _no_app(services: Services, provider: str) -> NotFound:
    known = services.catalog.providers()
    return NotFound("no such OAuth app" if provider in known else unknown_name("provider", provider, known))


async def delete_app(services: Services, tenant_id: str, provider: str) -> None:
    """Delete the tenant's own app for a provider.

    Raises:
        NotFound: it has none.
    """
    if not await oauth_apps.delete(services.database, tenant_id, provider):
        raise _no_app(services, provider)
    await app_states.clear(services.database, tenant_id, provider)


async def has_own(services: Services, tenant_id: str, provider: str) -> bool:
    """Return whether the tenant has its own app for a provider."""
    return await oauth_apps.get(services.database, tenant_id, provider) is not None


async def app_for(services: Services, tenant_id: str, provider: str) -> OAuthApp:
    """Return the app for a tenant's accounts at a provider: its own, the installation's, or the sandbox's.

    Raises:
        ValidationFailed: there is none; the text says how to set one.
        VaultError: the stored app cannot be decrypted.
    """
    row = await oauth_apps.get(services.database, tenant_id, provider)
    if row is not None:
        plain = open_text(services.vault, OAUTH_CLIENT, tenant_id, provider, row.client)
        client = msgspec.json.decode(plain, type=Client)
        return _app(client.client_id, client.client_secret, None if row.scopes is None else tuple(row.scopes))
    shared = shared_app(services, provider)
    if shared is None:
        title = known_provider(services, provider).title
        raise ValidationFailed(
            f"{title} has no OAuth app yet: set one with PUT /oauth-apps/{provider}, `unified oauth-apps set {provider}` "
            "or UNIFIED_OAUTH_APPS"
        )
    return shared


def shared_app(services: Services, provider: str) -> OAuthApp | None:
    """Return the app for tenants without their own, or None."""
    settings = services.settings
    client = settings.oauth_apps.get(provider)
    if client is None and settings.allow_loopback and goes_to_loopback(settings.provider_urls.get(provider)):
        client = DEMO_APP
    return None if client is None else _app(*client)


def _app(client_id: str, client_secret: str, scopes: tuple[str, ...] | None = None) -> OAuthApp:
    return OAuthApp(client_id=Secret(client_id), client_secret=Secret(client_secret), scopes=scopes)
