"""OAuth apps: as whom we ask a provider for consent. A tenant's own goes before the installation's."""

import msgspec

from unified.catalog.provider import OAuth2, Provider
from unified.errors import NotFound, ValidationFailed
from unified.secret import Secret, mask
from unified.service.accounts.accounts import known_provider
from unified.service.public_urls import goes_to_loopback
from unified.service.runtime.sealing import open_text, seal_text
from unified.service.runtime.services import Services
from unified.service.validation import is_printable_text
from unified.store import app_states, oauth_apps
from unified.store.oauth_apps import OAuthAppRow, SealedApp
from unified.store.sealed import OAUTH_CLIENT
from unified.transport.oauth import OAuthApp

MAX_TEXT = 4096
MAX_SCOPES = 200
DEMO_APP = ("demo-client", "demo-secret")
"""The app that the sandbox's stand-ins know; used only where a provider is replaced by one on this machine."""


class NewApp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An OAuth app as it is registered at a provider."""

    client_id: str
    client_secret: str
    scopes: tuple[str, ...] | None = None
    """The scopes that the app may ask for; without them those of the provider file."""

    def __repr__(self) -> str:
        """Without what is a secret."""
        return f"NewApp(scopes={self.scopes!r})"


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """What is sealed of an app."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        """Nothing: both are what the seal is for."""
        return "Client(…)"


async def set_app(services: Services, tenant_id: str, provider_name: str, asked: NewApp) -> OAuthAppRow:
    """Write the tenant's app for a provider; ValidationFailed names what cannot be used."""
    provider = known_provider(services, provider_name)
    oauth_rules(provider)
    _check(asked)
    plain = msgspec.json.encode(Client(client_id=asked.client_id, client_secret=asked.client_secret))
    sealed = SealedApp(
        client=seal_text(services.vault, OAUTH_CLIENT, tenant_id, provider.name, plain),
        client_id_masked=mask(asked.client_id),
        client_secret_masked=mask(asked.client_secret),
        scopes=asked.scopes,
    )
    written = await oauth_apps.put(services.database, tenant_id, provider.name, sealed)
    await app_states.clear(services.database, tenant_id, provider.name)
    return written


def oauth_rules(provider: Provider) -> OAuth2:
    """The provider's OAuth 2 rules; ValidationFailed when it has none."""
    found = next((one for one in provider.auth if isinstance(one, OAuth2)), None)
    if found is None:
        raise ValidationFailed(f"{provider.title} is not connected by OAuth 2; see its types of credentials")
    return found


def _check(asked: NewApp) -> None:
    for name in ("client_id", "client_secret"):
        value: str = getattr(asked, name)
        if not is_printable_text(value, MAX_TEXT) or not value.isascii() or value != value.strip():
            raise ValidationFailed.at(
                f"/{name}", f"expected 1 to {MAX_TEXT} printable ASCII characters without spaces around them"
            )
    for index, scope in enumerate(asked.scopes or ()):
        if not is_printable_text(scope, MAX_TEXT) or not scope.isascii() or " " in scope:
            raise ValidationFailed.at(f"/scopes/{index}", "expected one scope: printable ASCII text without spaces")
    if len(asked.scopes or ()) > MAX_SCOPES:
        raise ValidationFailed.at("/scopes", f"expected at most {MAX_SCOPES} scopes, got {len(asked.scopes or ())}")


async def list_apps(services: Services, tenant_id: str) -> tuple[OAuthAppRow, ...]:
    """The tenant's own apps."""
    return await oauth_apps.list_all(services.database, tenant_id)


async def get_app(services: Services, tenant_id: str, provider: str) -> OAuthAppRow:
    """The tenant's own app for a provider; NotFound when it has none."""
    row = await oauth_apps.get(services.database, tenant_id, provider)
    if row is None:
        raise NotFound("no such OAuth app")
    return row


async def delete_app(services: Services, tenant_id: str, provider: str) -> None:
    """Delete the tenant's own app for a provider; NotFound when it has none."""
    if not await oauth_apps.delete_one(services.database, tenant_id, provider):
        raise NotFound("no such OAuth app")
    await app_states.clear(services.database, tenant_id, provider)


async def has_own(services: Services, tenant_id: str, provider: str) -> bool:
    """Whether the tenant has an app of its own for a provider."""
    return await oauth_apps.get(services.database, tenant_id, provider) is not None


async def app_for(services: Services, tenant_id: str, provider: str) -> OAuthApp:
    """The app for a tenant's accounts at a provider: its own, the installation's, or the sandbox's.

    Raises ValidationFailed that says how to set one.
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
    """The app for tenants without their own, or None."""
    settings = services.settings
    found = settings.oauth_apps.get(provider)
    if found is None and settings.allow_loopback and goes_to_loopback(settings.provider_urls.get(provider)):
        found = DEMO_APP
    return None if found is None else _app(*found)


def _app(client_id: str, client_secret: str, scopes: tuple[str, ...] | None = None) -> OAuthApp:
    return OAuthApp(client_id=Secret(client_id), client_secret=Secret(client_secret), scopes=scopes)
