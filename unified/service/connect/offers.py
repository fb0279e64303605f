"""What a link offers to the person who opens it: who requests access, to which products, and what will be read and written."""

from datetime import datetime

import msgspec

from unified.catalog.provider import Provider, Setting
from unified.errors import NotFound
from unified.models.registry import MethodClass, method_class
from unified.service.accounts.oauth_apps import list_apps, shared_app
from unified.service.connect.links import LINK_PREFIX
from unified.service.runtime.services import Services
from unified.store import accounts, connect_links, tenants
from unified.store.accounts import AccountRow
from unified.store.connect_links import ConnectLinkRow
from unified.transform.mapping import Mapping
from unified.transport.auth import entered_keys, name_of, rules_for
from unified.transport.connection import settings_needed
from unified.vault.tokens import has_valid_checksum

TOO_MANY_TRIES = "too_many_tries"
USED_UP = "this link has ended, because the product refused what was entered too often; ask for a new one"
CLASSES: tuple[MethodClass, ...] = ("read", "write", "custom")


class KindOffer(msgspec.Struct, frozen=True, kw_only=True):
    """One way to authorise, with what must be filled in; nothing for OAuth."""

    kind: str
    """A type of credentials, such as `oauth2` or `basic`."""
    fields: tuple[str, ...]
    """Required keys of `ConnectChoice.credentials`, such as `username` and `password`."""
    settings: tuple[str, ...]
    """Settings that are required with this kind."""


class ModelOffer(msgspec.Struct, frozen=True, kw_only=True):
    """One common model, with what can be done to its records."""

    model: str
    """Such as `crm.contacts`."""
    title: str
    """What people call its records, such as `contacts`."""
    classes: tuple[MethodClass, ...]
    """Some of `read`, `write` and `custom`."""


class ProviderOffer(msgspec.Struct, frozen=True, kw_only=True):
    """One product that can be connected."""

    name: str
    title: str
    docs: str
    settings: dict[str, Setting]
    kinds: tuple[KindOffer, ...]
    """Without OAuth if neither the tenant nor the installation has an OAuth app."""
    models: tuple[ModelOffer, ...]


class OpenLink(msgspec.Struct, frozen=True, kw_only=True):
    """A usable link, opened with its token."""

    id: str
    tenant_id: str
    tenant_name: str
    name: str | None
    """The name for the account; without it, the provider's title."""
    external_id: str | None
    return_url: str | None
    expires_at: datetime
    failure: str | None
    """Why the last attempt failed, as a stable code; `unified.service.connect.failure_messages` has the text."""
    account: AccountRow | None
    """The account to connect again; its settings are filled in already."""
    providers: tuple[ProviderOffer, ...]
    """The providers to select from; one if the link names it."""


async def open_link(services: Services, link_id: str, token: str) -> OpenLink:
    """Return a link as its page needs it. Opening does not use it up, because mail scanners open links too.

    Raises:
        NotFound: it is unknown, expired or used, or the token is wrong, with one message; with another one if too many refused
            attempts ended it.
    """
    row = await _usable(services, link_id, token)
    if row is None and await _ended_by_tries(services, link_id, token):
        raise used_up()
    tenant = None if row is None else await tenants.get(services.database, row.tenant_id)
    if row is None or tenant is None:
        raise unusable()
    account = await _account(services, row)
    return OpenLink(
        id=row.id,
        tenant_id=row.tenant_id,
        tenant_name=tenant.name,
        name=row.name,
        external_id=row.external_id,
        return_url=row.return_url,
        expires_at=row.expires_at,
        failure=row.status_reason,
        account=account,
        providers=await _providers(services, row),
    )


def unusable() -> NotFound:
    """Return the one error for a link that cannot be used, whatever the reason."""
    return NotFound("this link is not known, has expired or was used already; ask for a new one")


def used_up() -> NotFound:
    """Return the error for a link that ended because a provider refused too many attempts."""
    return NotFound(USED_UP)


async def _ended_by_tries(services: Services, link_id: str, token: str) -> bool:
    if not has_valid_checksum(token, LINK_PREFIX):
        return False
    row = await connect_links.find_any(services.database, link_id, services.digest(token))
    return row is not None and row.status_reason == TOO_MANY_TRIES


async def _usable(services: Services, link_id: str, token: str) -> ConnectLinkRow | None:
    if not has_valid_checksum(token, LINK_PREFIX):
        return None
    return await connect_links.find_usable(services.database, link_id, services.digest(token))


async def _account(services: Services, row: ConnectLinkRow) -> AccountRow | None:
    if row.reconnects is None:
        return None
    account = await accounts.get(services.database, row.tenant_id, row.reconnects)
    if account is None or account.status == "disabled":
        raise unusable()
    return account


async def _providers(services: Services, row: ConnectLinkRow) -> tuple[ProviderOffer, ...]:
    own = {app.provider for app in await list_apps(services, row.tenant_id)}
    names = services.catalog.providers() if row.provider is None else (row.provider,)
    offers = [_offer(services, name, has_app=name in own or shared_app(services, name) is not None) for name in names]
    return tuple(one for one in offers if one.kinds or row.provider)


def _offer(services: Services, name: str, *, has_app: bool) -> ProviderOffer:
    provider = services.catalog.provider(name)
    kinds = [name_of(rules) for rules in provider.auth]
    return ProviderOffer(
        name=provider.name,
        title=provider.title,
        docs=provider.docs,
        settings={name: rule for name, rule in provider.settings.items() if rule.learned is None},
        kinds=tuple(_kind(provider, kind) for kind in kinds if kind != "oauth2" or has_app),
        models=tuple(_model(one) for one in services.catalog.offered(name)),
    )


def _kind(provider: Provider, kind: str) -> KindOffer:
    needed = settings_needed(provider, kind)
    entered = ((name, rule) for name, rule in provider.settings.items() if rule.learned is None)
    return KindOffer(
        kind=kind,
        fields=() if kind == "oauth2" else entered_keys(rules_for(provider, kind), kind),
        settings=tuple(name for name, rule in entered if rule.required or name in needed),
    )


def _model(mapping: Mapping) -> ModelOffer:
    classes = {method_class(method) for method in mapping.methods}
    return ModelOffer(
        model=mapping.model.id,
        title=mapping.model.plural.replace("_", " "),
        classes=tuple(one for one in CLASSES if one in classes),
    )
