"""Connect links as the tenant's programs see them: creation and status."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from unified.errors.access import EmptyScope
from unified.errors.names import known_names, unknown_name
from unified.errors.requests import NotFound, ValidationFailed
from unified.errors.writes import Conflict
from unified.service.access.consent import LinkScope, allowed_methods, consent_values, link_consent, may_ask_for, stored_consent
from unified.service.access.issuing import end_of_maker, require_usable_maker
from unified.service.access.permissions import reaches_every_account, require_every_account
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import Scope, allows_account, require_account
from unified.service.access.suspension import require_active
from unified.service.accounts.accounts import get_account, known_provider
from unified.service.connect.return_address import refuse_reserved
from unified.service.languages import Language
from unified.service.public_urls import checked_return_url, public_base
from unified.service.row_limits import require_room
from unified.service.runtime.services import Services
from unified.service.tenants import get_tenant, page_origins
from unified.service.validation import checked_link_external_id, checked_name
from unified.store import connect_links
from unified.store.accounts import AccountRow
from unified.store.connect_links import USABLE, ConnectLinkRow, LinkState
from unified.store.queries.pages import Page
from unified.vault.tokens import has_valid_checksum, new_id, new_token

LINK_PREFIX = "uc_"
REVOKED, TOO_MANY_TRIES = "link_revoked", "too_many_tries"
"""Reasons for which a link ended before its time."""
DEFAULT_SECONDS, MIN_SECONDS, MAX_SECONDS = 3600, 60, 7 * 86_400
"""The lifetime of a link."""
ShownState = Literal["open", "completed", "expired", "failed"]
ENDABLE: tuple[ShownState, ...] = ("open", "failed")
"""The states in which a link can be withdrawn."""


class NewLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request to create a link; everything may be left out."""

    provider: str | None = None
    """Without it the end user selects one of `providers`."""
    providers: tuple[str, ...] | None = None
    """The providers to select from; all of them if left out."""
    account_id: str | None = None
    """The account to connect again; it keeps its id."""
    name: str | None = None
    """Of the new account; the provider's name if left out."""
    external_id: str | None = None
    """Your own id of the customer, to find the account by."""
    return_url: str | None = None
    """Where the browser goes afterwards; its origin is one of the tenant's `return_origins`."""
    expires_in: int | None = None
    """Seconds, 60 to 604800; an hour if left out."""
    scope: LinkScope | None = None
    """The access asked for, within the API key's scope; the account keeps it as its consent. Without it, the link of a new
    account asks for reading only, and an account that is connected again keeps the consent that it has."""
    language: Language | None = None
    """The language of the pages; without it, the one that the browser prefers."""


class LinkStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a link; after `failed` the link can be tried again until it expires."""

    status: ShownState
    account_id: str | None
    reason: str | None
    """Why the last attempt failed, or `link_revoked` for a link that was withdrawn, as a stable code."""
    expires_at: datetime


async def create_link(services: Services, principal: Principal, requested: NewLink) -> tuple[ConnectLinkRow, str]:
    """Create a link; return its row, and its URL, which holds the token and is never shown again.

    Raises:
        ValidationFailed: a value cannot be used, or `return_url` has an origin that the tenant does not list.
        NotFound: the account to connect again is unknown or another tenant's.
        OutsideAccounts: the key is limited to other accounts, or to some of them and requests a new one.
        ScopeExceedsParent: `scope` is more than the key may do.
        EmptyScope: `scope` allows nothing, or nothing at any of the providers.
        Conflict: the account is disabled, or there are as many links or accounts as are allowed.
        ScopeExceedsParent, Unauthenticated: the key expired or was revoked meanwhile.
    """
    if requested.account_id is None:
        require_every_account(principal.scopes)
    base = public_base(services.settings)
    account = await _account(services, principal, requested)
    provider = _provider(services, requested, account)
    providers = _providers(services, requested, provider)
    scope = _scope(services, principal, requested)
    if scope is not None:
        _require_something(services, scope, providers or ((provider,) if provider else services.catalog.providers()))
    await require_room(services, principal.tenant_id, "links", made_by=principal.key_id)
    if account is None:
        await require_room(services, principal.tenant_id, "accounts")
    token = new_token(LINK_PREFIX)
    row = await connect_links.add(
        services.database,
        principal.tenant_id,
        new_id("con_"),
        digest=services.digest(token),
        provider=provider,
        providers=None if providers is None else list(providers),
        scope=None if scope is None else consent_values(scope),
        language=requested.language,
        reconnects=requested.account_id,
        name=None if requested.name is None else checked_name(requested.name),
        external_id=checked_link_external_id(requested.external_id),
        return_url=await _return_url(services, principal.tenant_id, requested.return_url),
        made_by=principal.maker_id,
        expires_at=await _end(services, principal, requested),
    )
    await require_usable_maker(
        services, _maker(principal), lambda: connect_links.end(services.database, principal.tenant_id, row.id)
    )
    return row, f"{base}/connect/{row.id}?token={token}"


async def _account(services: Services, principal: Principal, requested: NewLink) -> AccountRow | None:
    """Return the account to connect again; None for a new one."""
    if requested.account_id is None:
        return None
    require_account(principal.scopes, requested.account_id)
    account = await get_account(services, principal.tenant_id, requested.account_id)
    if account.status == "disabled":
        raise Conflict("the account is disabled; enable it first: PATCH /accounts/{id} with status active")
    return account


def _provider(services: Services, requested: NewLink, account: AccountRow | None) -> str | None:
    named = None if requested.provider is None else known_provider(services, requested.provider).name
    if account is None:
        return named
    if named not in {None, account.provider}:
        raise ValidationFailed.at(
            "/provider", f"the account is one at {account.provider}; leave `provider` out, or make a new account"
        )
    return account.provider


def _providers(services: Services, requested: NewLink, provider: str | None) -> tuple[str, ...] | None:
    """Return the providers to select from, each once; None for all, and where the link is for one."""
    if requested.providers is None:
        return None
    known = services.catalog.providers()
    if not requested.providers:
        raise ValidationFailed.at("/providers", "expected at least one name; leave the key out for all providers")
    for index, name in enumerate(requested.providers):
        if name in services.catalog.disabled:
            raise services.catalog.refusal(name)
        if name not in known:
            raise ValidationFailed.at(f"/providers/{index}", unknown_name("provider", name, known))
    if provider is not None and provider not in requested.providers:
        raise ValidationFailed.at("/providers", f"expected {provider} among them, since the link is for it")
    return None if provider is not None else tuple(dict.fromkeys(requested.providers))


def _maker(principal: Principal) -> Principal | None:
    return None if principal.maker_id is None else principal


def _scope(services: Services, principal: Principal, requested: NewLink) -> Scope | None:
    """Return what the page will list and the account will keep; None for an account that keeps the consent that it has.

    Connecting again must neither take anything away nor add anything by accident, so only a link with a `scope` changes it.
    """
    if requested.account_id is not None and requested.scope is None:
        return None
    return link_consent(services.catalog, principal.scopes, requested.scope or LinkScope())


def _require_something(services: Services, scope: Scope, providers: Iterable[str]) -> None:
    """Raise EmptyScope unless one of the providers has an operation that the scope allows."""
    named = tuple(providers)
    if not any(allowed_methods((scope,), one) for name in named for one in services.catalog.outlines(name)):
        raise EmptyScope.at("scope", f"it allows nothing that can be done at {known_names(named)}")


async def _return_url(services: Services, tenant_id: str, text: str | None) -> str | None:
    if text is None:
        return None
    tenant = await get_tenant(services, tenant_id)
    checked = checked_return_url(text, tuple(tenant.return_origins or ()), allow_loopback=services.settings.allow_loopback)
    refuse_reserved(checked)  # only then, as it takes time for each of the parameters
    return checked


async def _end(services: Services, principal: Principal, requested: NewLink) -> datetime:
    """Return when the link expires: as requested, and never after the key that creates it."""
    moment = services.clock() + timedelta(seconds=_lifetime(requested.expires_in))
    maker_end = await end_of_maker(services, _maker(principal))
    return moment if maker_end is None else min(moment, maker_end)


def _lifetime(seconds: int | None) -> int:
    if seconds is None:
        return DEFAULT_SECONDS
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise ValidationFailed.at("/expires_in", f"expected {MIN_SECONDS} to {MAX_SECONDS} seconds, got {seconds}")
    return seconds


async def list_links(
    services: Services, principal: Principal, *, status: LinkState | None = None, limit: int, cursor: str | None = None
) -> Page[ConnectLinkRow]:
    """Return a page of the links that the caller may see, newest first.

    Raises:
        InvalidCursor: the cursor is not one of this list.
    """
    return await connect_links.list_page(
        services.database,
        principal.tenant_id,
        status=status,
        limit=limit,
        cursor=cursor,
        is_seen=lambda row: _is_seen(principal, row),
    )


def _is_seen(principal: Principal, row: ConnectLinkRow) -> bool:
    """Return whether the caller could have made the link: only then can the caller see or withdraw it."""
    if not all(may_ask_for(principal.scopes, one) for one in stored_consent(row.scope)):
        return False
    account_id = row.account_id or row.reconnects
    if account_id is None:
        return reaches_every_account(principal.scopes)
    return allows_account(principal.scopes, account_id)


async def link_status(services: Services, principal: Principal, link_id: str) -> LinkStatus:
    """Return the state of a link.

    Raises:
        NotFound: it is unknown, another tenant's, or outside of what the caller's links may ask for.
    """
    return status_of(services, await get_link(services, principal, link_id))


async def get_link(services: Services, principal: Principal, link_id: str) -> ConnectLinkRow:
    """Return a link that the caller may see.

    Raises:
        NotFound: it is unknown, another tenant's, or outside of what the caller's links may ask for.
    """
    row = await connect_links.get(services.database, principal.tenant_id, link_id)
    if row is None or not _is_seen(principal, row):
        raise NotFound("no such connect link")
    return row


async def withdraw_link(services: Services, principal: Principal, link_id: str) -> ConnectLinkRow:
    """End a link that was not used, together with an attempt that is in progress; return it as it is now.

    A link that has ended already stays as it is.

    Raises:
        NotFound: it is unknown, another tenant's, or outside of what the caller's links may ask for.
        Conflict: it connected an account, which it cannot take back.
    """
    row = await get_link(services, principal, link_id)
    if state_of(row, services.clock()) in ENDABLE:
        await connect_links.end(services.database, row.tenant_id, row.id)
        row = await get_link(services, principal, link_id)
    if row.status == "completed":
        raise Conflict(
            f"the link connected the account {row.account_id} already; to end that, disable the account "
            "(PATCH /accounts/{id} with status disabled) or delete it"
        )
    return row


async def status_for_holder(services: Services, link_id: str, token: str) -> tuple[LinkStatus, frozenset[str]]:
    """Return the state of a link for whoever has its token, and the origins of the tenant's pages, which may read it.

    Raises:
        NotFound: it is unknown, was deleted, or the token is wrong, with one message.
        TenantSuspended: the link's tenant is suspended.
    """
    row = None
    if has_valid_checksum(token, LINK_PREFIX):
        row = await connect_links.find_any(services.database, link_id, services.digest(token))
    if row is None:
        raise NotFound("no such connect link")
    await require_active(services, row.tenant_id)
    tenant = await get_tenant(services, row.tenant_id)
    return status_of(services, row), page_origins(tenant)


def status_of(services: Services, row: ConnectLinkRow) -> LinkStatus:
    """Return the state of a link now, as programs see it."""
    return LinkStatus(
        status=state_of(row, services.clock()),
        account_id=row.account_id,
        reason=REVOKED if is_withdrawn(row) else row.status_reason,
        expires_at=row.expires_at,
    )


def is_withdrawn(row: ConnectLinkRow) -> bool:
    """Return whether a link was withdrawn, by itself or with the key that created it, and did not end in another way."""
    return row.status == "revoked" and row.status_reason != TOO_MANY_TRIES


def state_of(row: ConnectLinkRow, now: datetime) -> ShownState:
    """Return the state of a link at this time, as programs and people see it."""
    if row.status == "revoked" or (row.status in USABLE and row.expires_at <= now):
        return "expired"
    return row.status
