"""Connect links as the tenant's programs see them: made, and asked what came of them."""

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
LIFETIME, SHORTEST, LONGEST = 3600, 60, 7 * 86_400
"""Seconds."""


class NewLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for when a link is made; everything may be left out."""

    provider: str | None = None
    """Without it the end user chooses among all providers."""
    account_id: str | None = None
    """The account to connect again; it keeps its id."""
    name: str | None = None
    external_id: str | None = None
    return_url: str | None = None
    """Where the browser goes afterwards; its origin is one of the tenant's `return_origins`."""
    expires_in: int | None = None
    """Seconds, 60 to 604800; an hour without it."""


class LinkStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a link; `failed` can still be tried again until it expires."""

    status: Literal["open", "completed", "expired", "failed"]
    account_id: str | None
    reason: str | None
    """Why the last try failed, as a stable code."""
    expires_at: datetime


async def create_link(services: Services, principal: Principal, asked: NewLink) -> tuple[ConnectLinkRow, str]:
    """Make a link; answers its row and its URL, which holds the token and is never shown again.

    Raises:
        ValidationFailed: the place that cannot be used; a `return_url` of an origin that the tenant did not list.
        NotFound: the account to connect again is unknown or another tenant's.
        OutsideAccounts: the key is limited to other accounts, or to some, and asks for a new one.
        Conflict: it is disabled.
    """
    if asked.account_id is None:
        require_every_account(principal.scopes)
    base = public_base(services.settings)
    provider = await _provider(services, principal, asked)
    token = new_token(LINK_PREFIX)
    row = await connect_links.add(
        services.database,
        principal.tenant_id,
        new_id("con_"),
        digest=services.digest(token),
        provider=provider,
        reconnects=asked.account_id,
        name=None if asked.name is None else checked_name(asked.name),
        external_id=checked_link_external_id(asked.external_id),
        return_url=await _return_url(services, principal.tenant_id, asked.return_url),
        made_by=principal.key_id,
        expires_at=await _end(services, principal, asked),
    )
    await require_usable_maker(services, principal, lambda: connect_links.end(services.database, principal.tenant_id, row.id))
    return row, f"{base}/connect/{row.id}?token={token}"


async def _provider(services: Services, principal: Principal, asked: NewLink) -> str | None:
    named = None if asked.provider is None else known_provider(services, asked.provider).name
    if asked.account_id is None:
        return named
    require_account(principal.scopes, asked.account_id)
    account = await get_account(services, principal.tenant_id, asked.account_id)
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


async def _end(services: Services, principal: Principal, asked: NewLink) -> datetime:
    """When the link ends: as asked, and never after the key that makes it."""
    moment = services.clock() + timedelta(seconds=_lifetime(asked.expires_in))
    maker_end = await end_of_maker(services, principal)
    return moment if maker_end is None else min(moment, maker_end)


def _lifetime(seconds: int | None) -> int:
    if seconds is None:
        return LIFETIME
    if not SHORTEST <= seconds <= LONGEST:
        raise ValidationFailed.at("/expires_in", f"expected {SHORTEST} to {LONGEST} seconds, got {seconds}")
    return seconds


def _is_seen(principal: Principal, row: ConnectLinkRow) -> bool:
    account_id = row.account_id or row.reconnects
    if account_id is None:
        return reaches_every_account(principal.scopes)
    return allows_account(principal.scopes, account_id)


async def link_status(services: Services, principal: Principal, link_id: str) -> LinkStatus:
    """What came of a link so far; NotFound also for another tenant's, and for one to an account outside the scope."""
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
