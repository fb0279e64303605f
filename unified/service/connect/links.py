"""Connect links as the tenant's programs see them: creation and status."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from unified.errors import Conflict, NotFound, ValidationFailed
from unified.service.access.key_config import end_of_maker, require_usable_maker
from unified.service.access.permissions import reaches_every_account, require_every_account
from unified.service.access.principals import Principal
from unified.service.access.scopes import allows_account, require_account
from unified.service.accounts.accounts import get_account, known_provider
from unified.service.public_urls import checked_return_url, public_base
from unified.service.runtime.services import Services
from unified.service.tenants import get_tenant
from unified.service.validation import checked_link_external_id, checked_name
from unified.store import connect_links
from unified.store.connect_links import USABLE, ConnectLinkRow
from unified.vault.tokens import new_id, new_token

LINK_PREFIX = "uc_"
DEFAULT_SECONDS, MIN_SECONDS, MAX_SECONDS = 3600, 60, 7 * 86_400
"""The lifetime of a link."""


class NewLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request to create a link; everything may be left out."""

    provider: str | None = None
    """Without it the end user selects one of all providers."""
    account_id: str | None = None
    """The account to connect again; it keeps its id."""
    name: str | None = None
    external_id: str | None = None
    return_url: str | None = None
    """Where the browser goes afterwards; its origin is one of the tenant's `return_origins`."""
    expires_in: int | None = None
    """Seconds, 60 to 604800; an hour if left out."""


class LinkStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a link; after `failed` the link can be tried again until it expires."""

    status: Literal["open", "completed", "expired", "failed"]
    account_id: str | None
    reason: str | None
    """Why the last attempt failed, as a stable code."""
    expires_at: datetime


async def create_link(services: Services, principal: Principal, requested: NewLink) -> tuple[ConnectLinkRow, str]:
    """Create a link; return its row, and its URL, which holds the token and is never shown again.

    Raises:
        ValidationFailed: a value cannot be used, or `return_url` has an origin that the tenant does not list.
        NotFound: the account to connect again is unknown or another tenant's.
        OutsideAccounts: the key is limited to other accounts, or to some of them and requests a new one.
        Conflict: the account is disabled.
        ScopeExceedsParent, Unauthenticated: the key expired or was revoked meanwhile.
    """
    if requested.account_id is None:
        require_every_account(principal.scopes)
    base = public_base(services.settings)
    provider = await _provider(services, principal, requested)
    token = new_token(LINK_PREFIX)
    row = await connect_links.add(
        services.database,
        principal.tenant_id,
        new_id("con_"),
        digest=services.digest(token),
        provider=provider,
        reconnects=requested.account_id,
        name=None if requested.name is None else checked_name(requested.name),
        external_id=checked_link_external_id(requested.external_id),
        return_url=await _return_url(services, principal.tenant_id, requested.return_url),
        made_by=principal.key_id,
        expires_at=await _end(services, principal, requested),
    )
    await require_usable_maker(services, principal, lambda: connect_links.end(services.database, principal.tenant_id, row.id))
    return row, f"{base}/connect/{row.id}?token={token}"


async def _provider(services: Services, principal: Principal, requested: NewLink) -> str | None:
    named = None if requested.provider is None else known_provider(services, requested.provider).name
    if requested.account_id is None:
        return named
    require_account(principal.scopes, requested.account_id)
    account = await get_account(services, principal.tenant_id, requested.account_id)
    if named not in {None, account.provider}:
        raise ValidationFailed.at(
            "/provider", f"the account is one at {account.provider}; leave `provider` out, or make a new account"
        )
    if account.status == "disabled":
        raise Conflict("the account is disabled; enable it first: PATCH /accounts/{id} with status active")
    return account.provider


async def _return_url(services: Services, tenant_id: str, text: str | None) -> str | None:
    if text is None:
        return None
    tenant = await get_tenant(services, tenant_id)
    return checked_return_url(text, tuple(tenant.return_origins or ()), allow_loopback=services.settings.allow_loopback)


async def _end(services: Services, principal: Principal, requested: NewLink) -> datetime:
    """Return when the link expires: as requested, and never after the key that creates it."""
    moment = services.clock() + timedelta(seconds=_lifetime(requested.expires_in))
    maker_end = await end_of_maker(services, principal)
    return moment if maker_end is None else min(moment, maker_end)


def _lifetime(seconds: int | None) -> int:
    if seconds is None:
        return DEFAULT_SECONDS
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise ValidationFailed.at("/expires_in", f"expected {MIN_SECONDS} to {MAX_SECONDS} seconds, got {seconds}")
    return seconds


def _is_seen(principal: Principal, row: ConnectLinkRow) -> bool:
    account_id = row.account_id or row.reconnects
    if account_id is None:
        return reaches_every_account(principal.scopes)
    return allows_account(principal.scopes, account_id)


async def link_status(services: Services, principal: Principal, link_id: str) -> LinkStatus:
    """Return the state of a link.

    Raises:
        NotFound: it is unknown, another tenant's, or its account is outside the scope.
    """
    row = await connect_links.get(services.database, principal.tenant_id, link_id)
    if row is None or not _is_seen(principal, row):
        raise NotFound("no such connect link")
    is_over = row.status in USABLE and row.expires_at <= services.clock()
    return LinkStatus(
        status="expired" if is_over or row.status == "revoked" else row.status,
        account_id=row.account_id,
        reason=row.status_reason,
        expires_at=row.expires_at,
    )
