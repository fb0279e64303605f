"""Accounts: a provider connected with sealed credentials; every answer shows them masked."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from unified.catalog.provider import Provider
from unified.catalog.wire import ProviderRequest
from unified.errors import CatalogError, ConnectionUnauthorized, FieldProblem, NotFound, UnifiedError, ValidationFailed
from unified.jsonata import UNDEFINED, compile
from unified.service.client_credentials import with_token
from unified.service.keys import checked_name
from unified.service.services import Services
from unified.store import accounts
from unified.store.accounts import AccountChanges, AccountRow, AccountStatus, SealedCredentials
from unified.store.pages import Page
from unified.transform.functions import callables
from unified.transform.operation import query_pairs
from unified.transport.auth import check_credentials, shown_part
from unified.transport.connection import Connection, Credentials, check_settings
from unified.vault.secret import mask
from unified.vault.tokens import new_id


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for when an account is connected with credentials at hand."""

    provider: str
    name: str
    credentials: dict[str, Any]
    external_id: str | None = None
    settings: dict[str, str] = {}


class AccountPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be changed of an account; null clears `external_id`."""

    name: str | UnsetType = UNSET
    external_id: str | UnsetType | None = UNSET
    settings: dict[str, str] | UnsetType = UNSET
    status: AccountStatus | UnsetType = UNSET
    credentials: dict[str, Any] | UnsetType = UNSET


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the provider accepts the account, and why not."""

    ok: bool
    detail: str


async def create_account(services: Services, tenant_id: str, asked: NewAccount) -> AccountRow:
    """Connect an account; ValidationFailed names what is wrong with provider, settings or credentials."""
    provider = known_provider(services, asked.provider)
    check_credentials(provider, asked.credentials)
    check_settings(provider, asked.settings, asked.credentials["type"])
    credentials = await with_token(services, provider, asked.settings, asked.credentials)
    account_id = new_id("acc_")
    return await accounts.add(
        services.database,
        tenant_id,
        account_id,
        provider=provider.name,
        name=checked_name(asked.name),
        external_id=asked.external_id,
        settings=dict(asked.settings),
        credentials=sealed_credentials(services, tenant_id, account_id, credentials),
    )


def known_provider(services: Services, name: str) -> Provider:
    """A provider of the catalog, or ValidationFailed naming the known ones."""
    try:
        return services.catalog.provider(name)
    except CatalogError as problem:
        found = FieldProblem(pointer="/provider", code="unknown", message=problem.message)
        raise ValidationFailed(problem.message, errors=(found,)) from None


def sealed_credentials(services: Services, tenant_id: str, account_id: str, credentials: Credentials) -> SealedCredentials:
    """Credentials as an account's row holds them: they open in this row only."""
    expires_at = credentials.get("expires_at")
    return SealedCredentials(
        sealed=services.vault.seal(msgspec.json.encode(credentials), context=_place(tenant_id, account_id)),
        type=credentials["type"],
        masked=mask(shown_part(credentials)),
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
    )


def _place(tenant_id: str, account_id: str) -> tuple[str, ...]:
    return ("accounts", "credentials", tenant_id, account_id)


async def list_accounts(
    services: Services,
    tenant_id: str,
    *,
    provider: str | None = None,
    status: AccountStatus | None = None,
    external_id: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[AccountRow]:
    """The tenant's accounts."""
    return await accounts.list_page(
        services.database, tenant_id, provider=provider, status=status, external_id=external_id, limit=limit, cursor=cursor
    )


async def get_account(services: Services, tenant_id: str, account_id: str) -> AccountRow:
    """One account as it is now; NotFound also for another tenant's."""
    row = await accounts.get(services.database, tenant_id, account_id)
    if row is None:
        raise NotFound("no such account")
    services.rows.saw_account(row)
    return row


async def account_for_call(services: Services, tenant_id: str, account_id: str) -> AccountRow:
    """One account as this process saw it within the last seconds, for calls; NotFound also for another tenant's."""
    row = await services.rows.account(tenant_id, account_id)
    if row is None:
        raise NotFound("no such account")
    return row


async def update_account(services: Services, tenant_id: str, account_id: str, asked: AccountPatch) -> AccountRow:
    """Change an account; what is not given stays."""
    row = await get_account(services, tenant_id, account_id)
    provider = services.catalog.provider(row.provider)
    credentials: SealedCredentials | UnsetType = UNSET
    if asked.credentials is not UNSET:
        check_credentials(provider, asked.credentials)
    kind = row.credentials_type if asked.credentials is UNSET else asked.credentials["type"]
    if asked.settings is not UNSET:
        check_settings(provider, asked.settings, kind or "bearer")
    if asked.credentials is not UNSET:
        settings = row.settings if asked.settings is UNSET else asked.settings
        opened = await with_token(services, provider, settings, asked.credentials)
        credentials = sealed_credentials(services, tenant_id, account_id, opened)
    changes = AccountChanges(
        name=asked.name if asked.name is UNSET else checked_name(asked.name),
        external_id=asked.external_id,
        settings=asked.settings if asked.settings is UNSET else dict(asked.settings),
        status=asked.status,
        credentials=credentials,
    )
    changed = await accounts.update(services.database, tenant_id, account_id, changes)
    if changed is None:
        raise NotFound("no such account")
    services.rows.saw_account(changed)
    return changed


async def delete_account(services: Services, tenant_id: str, account_id: str) -> None:
    """Delete an account with its credentials; NotFound also for another tenant's."""
    if not await accounts.delete(services.database, tenant_id, account_id):
        raise NotFound("no such account")
    services.rows.forget_account(tenant_id, account_id)


def connection_of(services: Services, row: AccountRow) -> Connection:
    """The account's way to its provider; credentials are opened only while a request is signed."""

    def open_credentials() -> Credentials:
        if row.credentials is None:
            raise ConnectionUnauthorized("the account has no credentials yet; connect it")
        opened = services.vault.open(row.credentials, context=_place(row.tenant_id, row.id))
        return msgspec.json.decode(opened, type=dict[str, str])

    return Connection(
        provider=services.catalog.provider(row.provider),
        account_id=row.id,
        settings=row.settings,
        credentials_type=row.credentials_type or "bearer",
        open_credentials=open_credentials,
        origin=services.settings.provider_urls.get(row.provider),
    )


async def check_account(services: Services, tenant_id: str, account_id: str) -> CheckResult:
    """Make the provider's check request; a refusal is told, not raised."""
    row = await get_account(services, tenant_id, account_id)
    connection = connection_of(services, row)
    try:
        await services.client.send(check_request(connection.provider), connection, safe=True)
    except UnifiedError as problem:
        return CheckResult(ok=False, detail=f"{problem.code}: {problem.detail}")
    return CheckResult(ok=True, detail=f"{connection.provider.title} accepts this account")


def check_request(provider: Provider) -> ProviderRequest:
    """The request that proves that credentials work."""
    verb, _, path = provider.check.request.partition(" ")
    path, _, query = path.partition("?")
    pairs = tuple((name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part))
    extra = _evaluated(provider.check.query)
    body = _evaluated(provider.check.body)
    more = query_pairs(extra) if isinstance(extra, dict) else ()
    return ProviderRequest(method=verb, path=path, query=(*pairs, *more), body=msgspec.UNSET if body is None else body)


def _evaluated(expression: str | None) -> Any:
    found = None if expression is None else compile(expression, functions=callables()).evaluate({}, {})
    return None if found is UNDEFINED else found
