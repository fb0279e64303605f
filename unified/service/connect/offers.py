"""Describes a link to the person who opens it: who requests access, to which products, and what will be read and written."""

from datetime import datetime
from typing import Any

import msgspec

from unified.catalog.provider import Provider, Setting
from unified.errors.access import LinkPaused
from unified.errors.error import UnifiedError
from unified.errors.requests import LinkOver, NotFound
from unified.models.registry import MethodClass, method_class
from unified.service.access.consent import allowed_methods, covers, stored_consent
from unified.service.access.policy import allows_pass_through
from unified.service.access.raw_requests import RAW, missing_for_raw
from unified.service.access.scope.scopes import Scopes, reaches_all_models, records_of
from unified.service.access.suspension import require_active
from unified.service.accounts.oauth_apps import list_apps, shared_app
from unified.service.connect.links import LINK_PREFIX, TOO_MANY_TRIES
from unified.service.connect.return_address import current_return_url, failure_address
from unified.service.languages import Language, known_language
from unified.service.runtime.services import Services
from unified.service.tenant_colors import Colors
from unified.service.tenants import colors_of
from unified.store import accounts, bearer_tokens, connect_links, tenant_logos, tenants
from unified.store.accounts import AccountRow
from unified.store.api_keys import KEYS
from unified.store.connect_links import ConnectLinkRow
from unified.transform.outline import Outline
from unified.transport.account_settings import asked_settings
from unified.transport.auth import entered_keys, name_of, rules_for
from unified.transport.connection import settings_needed
from unified.vault.tokens import has_valid_checksum

USED_UP = "this link has ended, because the product refused what was entered too often; ask for a new one"
PAUSED = "this link is paused, so it connects nothing for now; ask whoever sent it to you"
CLASSES: tuple[MethodClass, ...] = ("read", "write", "custom")


class KindOffer(msgspec.Struct, frozen=True, kw_only=True):
    """One way to authorise, with what must be filled in; nothing for OAuth."""

    kind: str
    """A type of credentials, such as `oauth2` or `basic`."""
    fields: tuple[str, ...]
    """Required keys of `ConnectChoice.credentials`, such as `username` and `password`."""
    settings: tuple[str, ...]
    """Settings that are required with this kind."""
    optional: tuple[str, ...] = ()
    """Settings that may be entered with this kind."""


class ModelOffer(msgspec.Struct, frozen=True, kw_only=True):
    """One common model, with what can be done to its records."""

    model: str
    """Such as `crm.contacts`."""
    title: str
    """The name of its records for people, such as `contacts`."""
    classes: tuple[MethodClass, ...]
    """Some of `read`, `write` and `custom`."""
    methods: tuple[str, ...] = ()
    """The access that the link asks for, of the provider's offer."""


class ProviderOffer(msgspec.Struct, frozen=True, kw_only=True):
    """One product that can be connected."""

    name: str
    title: str
    docs: str
    settings: dict[str, Setting]
    kinds: tuple[KindOffer, ...]
    """Without OAuth if neither the tenant nor the installation has an OAuth app."""
    models: tuple[ModelOffer, ...]
    """The models that the link asks for."""
    records: dict[str, dict[str, Any]] = {}
    """Conditions on records that the link asks for, by model, as a scope has them."""
    raw: tuple[MethodClass, ...] = ()
    """The access to the provider's own API, past the models: only if neither models, tags nor records are limited."""


class OpenLink(msgspec.Struct, frozen=True, kw_only=True):
    """A usable link, opened with its token."""

    id: str
    tenant_id: str
    tenant_name: str
    colors: Colors | None = None
    has_logo: bool = False
    frame_ancestors: tuple[str, ...] = ()
    language: Language | None = None
    """The language that the link names; without it, the browser decides."""
    name: str | None
    """The name for the account; without it, the provider's title."""
    external_id: str | None
    return_url: str | None
    expires_at: datetime
    failure: str | None
    """Why the last attempt failed, as a stable code; `unified.service.connect.failure_messages` has the text."""
    account: AccountRow | None
    """The account to connect again; its settings are filled in already."""
    is_wider: bool = False
    """Whether the link asks for more than the owner of the account agreed to before."""
    providers: tuple[ProviderOffer, ...]
    """The providers to select from; one if the link names it."""


async def open_link(services: Services, link_id: str, token: str) -> OpenLink:
    """Return a link as its page needs it. Opening does not use it up, because mail scanners open links too.

    Raises:
        NotFound: it is unknown or the token is wrong, with one message.
        LinkOver: the token is right, and the link expired, was used or withdrawn, or ended by too many refused attempts.
        TenantSuspended: the link's tenant is suspended.
        LinkPaused: the API key that made it is paused.
    """
    row = await _usable(services, link_id, token)
    if row is None:
        raise await _why_over(services, link_id, token)
    await require_served(services, row)
    tenant = await tenants.get(services.database, row.tenant_id)
    if tenant is None:
        raise unusable()
    account = await _account(services, row)
    return OpenLink(
        id=row.id,
        tenant_id=row.tenant_id,
        tenant_name=tenant.name,
        colors=colors_of(tenant),
        has_logo=await tenant_logos.get(services.database, tenant.id) is not None,
        frame_ancestors=tuple(tenant.frame_ancestors or ()),
        language=known_language(row.language),
        name=row.name,
        external_id=row.external_id,
        return_url=current_return_url(row.return_url, tenant, services.settings),
        expires_at=row.expires_at,
        failure=row.status_reason,
        account=account,
        is_wider=_is_wider(row, account),
        providers=await _providers(services, row, link_limits(row, account)),
    )


def unusable() -> NotFound:
    """Return the one error for a link that cannot be used, for any reason."""
    return NotFound("this link is not known, has expired or was used already; ask for a new one")


def used_up() -> NotFound:
    """Return the error for a link that ended because a provider refused too many attempts."""
    return NotFound(USED_UP)


async def require_served(services: Services, row: ConnectLinkRow) -> None:
    """Require that a link may connect for now. Its errors have the language of the link.

    Raises:
        TenantSuspended: its tenant is suspended.
        LinkPaused: the API key that made it is paused.
    """
    try:
        await require_active(services, row.tenant_id)
        await _require_running_maker(services, row)
    except UnifiedError as problem:
        problem.language = row.language
        raise


async def _require_running_maker(services: Services, row: ConnectLinkRow) -> None:
    if row.made_by is None:
        return
    maker = await bearer_tokens.get(services.database, KEYS, row.tenant_id, row.made_by)
    if maker is not None and maker.paused is not None:
        raise LinkPaused(PAUSED)


async def _why_over(services: Services, link_id: str, token: str) -> NotFound:
    """Return why a link cannot be used: in words for those who have its token, and alike for all others."""
    row = None
    if has_valid_checksum(token, LINK_PREFIX):
        row = await connect_links.find_any(services.database, link_id, services.digest(token))
    tenant = None if row is None else await tenants.get(services.database, row.tenant_id)
    if row is None or tenant is None:
        return unusable()
    await require_served(services, row)
    reason = _ending(row)
    detail = USED_UP if reason == "tries" else unusable().detail
    back = failure_address(current_return_url(row.return_url, tenant, services.settings), f"link_{reason}")
    over = LinkOver(detail, reason=reason, tenant=tenant.name, return_url=back)
    over.language = row.language
    return over


def _ending(row: ConnectLinkRow) -> str:
    if row.status_reason == TOO_MANY_TRIES:
        return "tries"
    return {"completed": "used", "revoked": "revoked"}.get(row.status, "expired")


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


def link_limits(row: ConnectLinkRow, account: AccountRow | None) -> Scopes:
    """Return what the page lists: what the link asks for, or else what the owner of the account agreed to before.

    An account that was connected without a consent has no separate limits.
    """
    return stored_consent(row.scope if row.scope is not None or account is None else account.consent)


def _is_wider(row: ConnectLinkRow, account: AccountRow | None) -> bool:
    before = () if account is None else stored_consent(account.consent)
    now = stored_consent(row.scope)
    return bool(before and now) and not covers(before[0], now[0])


async def _providers(services: Services, row: ConnectLinkRow, limits: Scopes) -> tuple[ProviderOffer, ...]:
    own = {app.provider for app in await list_apps(services, row.tenant_id)}
    names = row.providers or services.catalog.providers() if row.provider is None else (row.provider,)
    known = (name for name in names if name in services.catalog.providers())
    offers = [_offer(services, name, limits, has_app=name in own or shared_app(services, name) is not None) for name in known]
    return tuple(one for one in offers if row.provider or (one.kinds and one.models))


def _offer(services: Services, name: str, limits: Scopes = (), *, has_app: bool) -> ProviderOffer:
    provider = services.catalog.provider(name)
    kinds = [name_of(rules) for rules in provider.auth]
    models = (_model(one, limits) for one in services.catalog.outlines(name))
    return ProviderOffer(
        name=provider.name,
        title=provider.title,
        docs=provider.docs,
        settings={name: rule for kind in kinds for name, rule in asked_settings(provider, kind).items()},
        kinds=tuple(_kind(provider, kind) for kind in kinds if kind != "oauth2" or has_app),
        models=tuple(one for one in models if one.methods),
        records={name: found for scope in limits for name, found in records_of(scope).items()},
        raw=_raw(services, limits),
    )


def _raw(services: Services, limits: Scopes) -> tuple[MethodClass, ...]:
    """Return what callers may ask of the provider's own API; nothing if the policy of the installation refuses it."""
    if not allows_pass_through(services.settings) or not reaches_all_models(limits) or any(map(records_of, limits)):
        return ()
    return tuple(one for one in RAW if not any(missing_for_raw(scope, one) for scope in limits))


def _kind(provider: Provider, kind: str) -> KindOffer:
    needed, asked = settings_needed(provider, kind), asked_settings(provider, kind)
    required = tuple(name for name, rule in asked.items() if rule.required or name in needed)
    return KindOffer(
        kind=kind,
        fields=() if kind == "oauth2" else entered_keys(rules_for(provider, kind), kind),
        settings=required,
        optional=tuple(name for name in asked if name not in required),
    )


def _model(outline: Outline, limits: Scopes) -> ModelOffer:
    methods = allowed_methods(limits, outline)
    classes = {method_class(method) for method in methods}
    return ModelOffer(
        model=outline.model_id,
        title=outline.model.plural.replace("_", " "),
        classes=tuple(one for one in CLASSES if one in classes),
        methods=methods,
    )
