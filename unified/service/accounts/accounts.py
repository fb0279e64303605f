"""Accounts: connections to providers with sealed credentials, which are only ever shown masked."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from unified.catalog.provider import Provider
from unified.errors.configuration import CatalogError
from unified.errors.error import FieldProblem
from unified.errors.requests import NotFound, ValidationFailed
from unified.errors.writes import Conflict
from unified.service.access.scopes import Scopes, allows_account
from unified.service.accounts.assertions import check_entered
from unified.service.accounts.client_credentials import with_token
from unified.service.accounts.credentials import seal_credentials
from unified.service.accounts.learning import Candidate, learn_settings
from unified.service.runtime.approval_invalidation import (
    ACCOUNT_GONE,
    ACCOUNT_INACTIVE,
    ACCOUNT_RECONNECTED,
    SETTINGS_CHANGED,
    invalidate_approvals_for_account,
)
from unified.service.runtime.events import account_event, account_events, status_event
from unified.service.runtime.services import Services
from unified.service.validation import checked_external_id, checked_name
from unified.store import accounts
from unified.store.accounts import AccountChanges, AccountRow, AccountStatus, SealedCredentials
from unified.store.deliveries import Event
from unified.store.pages import Page
from unified.transport.account_settings import check_settings, entered_settings
from unified.transport.connection import moved_settings
from unified.vault.tokens import new_id

MAX_TRIES = 5
"""How often a change is repeated if others change the account at the same time."""


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request to connect an account with credentials that the caller already has."""

    provider: str
    """Name of the provider, such as `hubspot`."""
    name: str
    """For people; need not be unique."""
    credentials: dict[str, Any]
    """As the provider takes them; `auth` in `GET /catalog/providers` lists the types."""
    external_id: str | None = None
    """Your own id of the customer, to find the account by."""
    settings: dict[str, str] = {}
    """What the provider needs besides credentials, such as a subdomain; `GET /catalog/providers` lists them."""

    def __repr__(self) -> str:
        """Leave out the credentials, which are here in plain text."""
        return f"NewAccount(provider={self.provider!r}, name={self.name!r}, credentials=…)"


class AccountPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be changed of an account; null clears `external_id`."""

    name: str | UnsetType = UNSET
    """For people; need not be unique."""
    external_id: str | UnsetType | None = UNSET
    """Your own id of the customer; null clears it."""
    settings: dict[str, str] | UnsetType = UNSET
    """Replaces the settings as a whole."""
    status: AccountStatus | UnsetType = UNSET
    """`disabled` to stop using the account, `active` to use it again."""
    credentials: dict[str, Any] | UnsetType = UNSET
    """Replaces the credentials as a whole."""

    def __repr__(self) -> str:
        """Leave out the credentials, which are here in plain text."""
        names = [name for name in self.__struct_fields__ if getattr(self, name) is not UNSET]
        return f"AccountPatch({', '.join(names)})"


async def create_account(services: Services, tenant_id: str, requested: NewAccount) -> AccountRow:
    """Connect an account.

    Raises:
        ValidationFailed: the provider, its settings, the credentials, the name or the external id cannot be used.
        ProviderError, ProviderRateLimited, ProviderTimeout: the provider could not be asked for a token.
    """
    provider = known_provider(services, requested.provider)
    check_entered(provider, requested.credentials)
    settings = entered_settings(provider, requested.settings)
    check_settings(provider, settings, requested.credentials["type"], is_complete=False)
    granted = await with_token(services, provider, settings, requested.credentials)
    account_id = new_id("acc_")
    known = {**granted.settings, **settings}
    candidate = Candidate(provider=provider, account_id=account_id, settings=known, credentials=granted.credentials)
    settings = await learn_settings(services, candidate)
    return await accounts.add(
        services.database,
        tenant_id,
        account_id,
        provider=provider.name,
        name=checked_name(requested.name),
        external_id=checked_external_id(requested.external_id),
        settings=settings,
        credentials=seal_credentials(services.vault, provider, tenant_id, account_id, granted.credentials),
        event_of=account_events("account.connected"),
    )


def known_provider(services: Services, name: str) -> Provider:
    """Return a provider of the catalog.

    Raises:
        ValidationFailed: it is unknown; the text names the known ones.
    """
    try:
        return services.catalog.provider(name)
    except CatalogError as problem:
        field = FieldProblem(pointer="/provider", code="unknown", message=problem.message)
        raise ValidationFailed(problem.message, errors=(field,)) from None


async def list_accounts(
    services: Services,
    tenant_id: str,
    *,
    provider: str | None = None,
    status: AccountStatus | None = None,
    external_id: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    scopes: Scopes = (),
) -> Page[AccountRow]:
    """Return a page of the tenant's accounts that all of these scopes include.

    Raises:
        InvalidCursor: the cursor is not one of this list.
    """
    return await accounts.list_page(
        services.database,
        tenant_id,
        provider=provider,
        status=status,
        external_id=external_id,
        limit=limit,
        cursor=cursor,
        is_seen=lambda row: allows_account(scopes, row.id),
    )


async def get_account(services: Services, tenant_id: str, account_id: str) -> AccountRow:
    """Return one account as it is in the database now.

    Raises:
        NotFound: it is unknown or another tenant's.
    """
    row = await services.rows.reread_account(tenant_id, account_id)
    if row is None:
        raise NotFound("no such account")
    return row


async def account_for_call(services: Services, tenant_id: str, account_id: str) -> AccountRow:
    """Return one account as this process read it within the last two seconds, for calls.

    Raises:
        NotFound: it is unknown or another tenant's.
    """
    row = await services.rows.account(tenant_id, account_id)
    if row is None:
        raise NotFound("no such account")
    return row


async def update_account(services: Services, tenant_id: str, account_id: str, patch: AccountPatch) -> AccountRow:
    """Change an account; keys that are left out stay. New settings or credentials make pending approvals void.

    Raises:
        ValidationFailed: a value cannot be used, or a setting that is part of the provider's address changes without new
            credentials.
        NotFound: it is unknown or another tenant's.
        Conflict: someone else changed it at the same time.
    """
    seen: AccountRow | None = None
    for _ in range(MAX_TRIES):
        row = await get_account(services, tenant_id, account_id)
        if seen is not None and row.settings != seen.settings:
            break
        seen = row
        changes = await _changes(services, row, patch)
        binds = changes.settings is not UNSET or changes.credentials is not UNSET
        try:
            changed = await accounts.update(
                services.database, tenant_id, account_id, changes, version=row.version if binds else None, event_of=status_event
            )
        except Conflict:
            continue
        if changed is None:
            raise NotFound("no such account")
        await _void_after(services, row, changed)
        return changed
    raise Conflict("the account was changed by someone else at the same time; read it again and repeat the change")


async def _changes(services: Services, row: AccountRow, patch: AccountPatch) -> AccountChanges:
    """Return what to write, checked against the current account; fetch a token if the credentials need one."""
    provider = services.catalog.provider(row.provider)
    settings = row.settings if patch.settings is UNSET else entered_settings(provider, patch.settings)
    credentials: SealedCredentials | UnsetType = UNSET
    if patch.credentials is not UNSET:
        check_entered(provider, patch.credentials)
    if patch.settings is not UNSET:
        kind = row.credentials_type if patch.credentials is UNSET else patch.credentials["type"]
        check_settings(provider, settings, kind or "bearer", is_complete=False)
    if patch.credentials is not UNSET:
        granted = await with_token(services, provider, settings, patch.credentials)
        known = {**settings, **granted.settings}
        candidate = Candidate(provider=provider, account_id=row.id, settings=known, credentials=granted.credentials)
        settings = await learn_settings(services, candidate)
        credentials = seal_credentials(services.vault, provider, row.tenant_id, row.id, granted.credentials)
    elif row.credentials is not None:
        _refuse_to_move(provider, row.settings, settings)
    status = _status_after(row, patch)
    return AccountChanges(
        name=patch.name if patch.name is UNSET else checked_name(patch.name),
        external_id=patch.external_id if patch.external_id is UNSET else checked_external_id(patch.external_id),
        settings=UNSET if settings == row.settings else settings,
        status=status,
        status_reason=UNSET if status is UNSET else None,
        credentials=credentials,
    )


def _refuse_to_move(provider: Provider, before: dict[str, str], after: dict[str, str]) -> None:
    """Raise ValidationFailed for each setting that would send stored credentials to another address, or as someone else."""
    moved = moved_settings(provider, before, after)
    if not moved:
        return
    titles = ", ".join(provider.settings[name].title for name in moved)
    message = (
        "this setting is part of where the stored credentials are sent, or as whom; send new `credentials` in the same "
        "request, or connect the account again with a link (POST /connect with its account_id)"
    )
    problems = tuple(FieldProblem(pointer=f"/settings/{name}", code="credentials_required", message=message) for name in moved)
    raise ValidationFailed(f"{provider.title}: new credentials are needed to change {titles}", errors=problems)


async def _void_after(services: Services, before: AccountRow, after: AccountRow) -> None:
    """Make pending approvals void after the account was connected again, got other settings, or stopped working."""
    if after.status not in {before.status, "active"}:
        await invalidate_approvals_for_account(services, after.tenant_id, after.id, ACCOUNT_INACTIVE)
    if after.connections != before.connections:
        reason = SETTINGS_CHANGED if after.credentials_version == before.credentials_version else ACCOUNT_RECONNECTED
        await invalidate_approvals_for_account(services, after.tenant_id, after.id, reason)


def _status_after(row: AccountRow, patch: AccountPatch) -> AccountStatus | UnsetType:
    """Return the requested status; without one, new credentials activate an account that waits for them."""
    waits = patch.credentials is not UNSET and row.status in {"needs_reauth", "connecting"}
    return "active" if patch.status is UNSET and waits else patch.status


async def delete_account(services: Services, tenant_id: str, account_id: str) -> None:
    """Delete an account with its credentials.

    Raises:
        NotFound: it is unknown or another tenant's.
    """

    def deleted(row: AccountRow) -> Event:
        return account_event("account.deleted", row, services.clock())

    if not await accounts.delete(services.database, tenant_id, account_id, event_of=deleted):
        raise NotFound("no such account")
    await invalidate_approvals_for_account(services, tenant_id, account_id, ACCOUNT_GONE)
