"""Accounts: connections to providers with sealed credentials, which are only ever shown masked."""

from typing import Any

import msgspec

from unified.catalog.provider import Provider
from unified.errors.configuration import CatalogError
from unified.errors.error import FieldProblem
from unified.errors.requests import NotFound, ValidationFailed
from unified.service.access.scope.scopes import Scopes, allows_account, named_accounts
from unified.service.accounts.assertions import check_entered
from unified.service.accounts.client_credentials import with_token
from unified.service.accounts.credentials import SealedFor, seal_credentials
from unified.service.accounts.learning import Candidate, learn_settings
from unified.service.row_limits import require_room
from unified.service.runtime.approval_invalidation import (
    ACCOUNT_GONE,
    invalidate_approvals_for_account,
)
from unified.service.runtime.events import account_event, account_events
from unified.service.runtime.services import Services
from unified.service.validation import checked_external_id, checked_name
from unified.store import account_lists, accounts
from unified.store.account_lists import AccountSearch
from unified.store.accounts import AccountRow, AccountStatus
from unified.store.deliveries import Event
from unified.store.queries.pages import Page
from unified.transport.account_settings import check_settings, entered_settings
from unified.vault.tokens import new_id


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
    """Values that the provider needs besides credentials, such as a subdomain; `GET /catalog/providers` lists them."""

    def __repr__(self) -> str:
        """Leave out the credentials, which are here in plain text."""
        return f"NewAccount(provider={self.provider!r}, name={self.name!r}, credentials=…)"


async def create_account(services: Services, tenant_id: str, requested: NewAccount) -> AccountRow:
    """Connect an account.

    Raises:
        ValidationFailed: the provider, its settings, the credentials, the name or the external id cannot be used.
        Conflict: the tenant has as many accounts as are allowed.
        ProviderError, ProviderRateLimited, ProviderTimeout: the provider could not be asked for a token.
    """
    provider = known_provider(services, requested.provider)
    await require_room(services, tenant_id, "accounts")
    check_entered(provider, requested.credentials)
    settings = entered_settings(provider, requested.settings)
    check_settings(provider, settings, requested.credentials["type"], is_complete=False)
    granted = await with_token(services, provider, settings, requested.credentials)
    account_id = new_id("acc_")
    known = {**granted.settings, **settings}
    candidate = Candidate(
        provider=provider, tenant_id=tenant_id, account_id=account_id, settings=known, credentials=granted.credentials
    )
    learned = await learn_settings(services, candidate)
    account = SealedFor(
        tenant_id=tenant_id, account_id=account_id, settings=learned.settings, connections=accounts.FIRST_CONNECTION
    )
    return await accounts.add(
        services.database,
        tenant_id,
        account_id,
        provider=provider.name,
        name=checked_name(requested.name),
        external_id=checked_external_id(requested.external_id),
        settings=learned.settings,
        credentials=seal_credentials(services.vault, provider, account, granted.credentials, learned.user),
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


async def count_accounts(
    services: Services,
    tenant_id: str,
    *,
    provider: str | None = None,
    status: AccountStatus | None = None,
    search: AccountSearch | None = None,
    scopes: Scopes = (),
) -> int:
    """Return how many of the tenant's accounts the filters match and all of these scopes include."""
    return await account_lists.count(
        services.database, tenant_id, provider=provider, status=status, search=search, ids=named_accounts(scopes)
    )


async def list_accounts(
    services: Services,
    tenant_id: str,
    *,
    provider: str | None = None,
    status: AccountStatus | None = None,
    external_id: str | None = None,
    search: AccountSearch | None = None,
    limit: int = 50,
    cursor: str | None = None,
    scopes: Scopes = (),
) -> Page[AccountRow]:
    """Return a page of the tenant's accounts that all of these scopes include.

    Raises:
        InvalidCursor: the cursor is not one of this list.
    """
    return await account_lists.list_page(
        services.database,
        tenant_id,
        provider=provider,
        status=status,
        external_id=external_id,
        search=search,
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
