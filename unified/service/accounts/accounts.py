"""Accounts: a provider connected with sealed credentials; every answer shows them masked."""

from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from unified.catalog.provider import Provider
from unified.catalog.wire import ProviderRequest
from unified.errors import (
    CatalogError,
    Conflict,
    ConnectionUnauthorized,
    FieldProblem,
    NotFound,
    UnifiedError,
    ValidationFailed,
)
from unified.jsonata import UNDEFINED, compile
from unified.service.access.scopes import Scopes, allows_account
from unified.service.accounts.client_credentials import with_token
from unified.service.accounts.credentials import connection_of, exact_connection, seal_credentials
from unified.service.runtime.approval_invalidation import (
    ACCOUNT_GONE,
    ACCOUNT_INACTIVE,
    ACCOUNT_RECONNECTED,
    SETTINGS_CHANGED,
    invalidate_approvals_for_account,
)
from unified.service.runtime.credential_refusals import REFUSED
from unified.service.runtime.events import account_event, account_events, status_event
from unified.service.runtime.services import Services
from unified.service.validation import checked_external_id, checked_name
from unified.store import accounts
from unified.store.accounts import AccountChanges, AccountRow, AccountStatus, SealedCredentials
from unified.store.deliveries import Event
from unified.store.pages import Page
from unified.transform.functions import callables
from unified.transform.operation import query_pairs
from unified.transport.auth import check_credentials
from unified.transport.connection import check_settings, moved_settings
from unified.vault.tokens import new_id

TRIES = 5
"""So often a change begins anew when others change the account at the same time."""


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for when an account is connected with credentials at hand."""

    provider: str
    name: str
    credentials: dict[str, Any]
    external_id: str | None = None
    settings: dict[str, str] = {}

    def __repr__(self) -> str:
        """Without the credentials, which stand here as they were sent."""
        return f"NewAccount(provider={self.provider!r}, name={self.name!r}, credentials=…)"


class AccountPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be changed of an account; null clears `external_id`."""

    name: str | UnsetType = UNSET
    external_id: str | UnsetType | None = UNSET
    settings: dict[str, str] | UnsetType = UNSET
    status: AccountStatus | UnsetType = UNSET
    credentials: dict[str, Any] | UnsetType = UNSET

    def __repr__(self) -> str:
        """Without the credentials, which stand here as they were sent."""
        given = [name for name in self.__struct_fields__ if getattr(self, name) is not UNSET]
        return f"AccountPatch({', '.join(given)})"


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
        external_id=checked_external_id(asked.external_id),
        settings=dict(asked.settings),
        credentials=seal_credentials(services.vault, tenant_id, account_id, credentials),
        event=account_events("account.connected"),
    )


def known_provider(services: Services, name: str) -> Provider:
    """A provider of the catalog, or ValidationFailed naming the known ones."""
    try:
        return services.catalog.provider(name)
    except CatalogError as problem:
        found = FieldProblem(pointer="/provider", code="unknown", message=problem.message)
        raise ValidationFailed(problem.message, errors=(found,)) from None


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
    """The tenant's accounts that all of these scopes include."""
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
    """One account as it is now; NotFound also for another tenant's."""
    row = await services.rows.reread_account(tenant_id, account_id)
    if row is None:
        raise NotFound("no such account")
    return row


async def account_for_call(services: Services, tenant_id: str, account_id: str) -> AccountRow:
    """One account as this process saw it within the last seconds, for calls; NotFound also for another tenant's."""
    row = await services.rows.account(tenant_id, account_id)
    if row is None:
        raise NotFound("no such account")
    return row


async def update_account(services: Services, tenant_id: str, account_id: str, asked: AccountPatch) -> AccountRow:
    """Change an account; what is not given stays. A change of settings or credentials makes void what waits for it.

    Raises:
        ValidationFailed: what cannot be used; a setting that is part of the provider's address changes without new credentials.
        NotFound: it is unknown or another tenant's.
        Conflict: somebody else changed it at the same time.
    """
    seen: AccountRow | None = None
    for _ in range(TRIES):
        row = await get_account(services, tenant_id, account_id)
        if seen is not None and row.settings != seen.settings:
            break
        seen = row
        changes = await _changes(services, row, asked)
        binds = changes.settings is not UNSET or changes.credentials is not UNSET
        try:
            changed = await accounts.update(
                services.database, tenant_id, account_id, changes, version=row.version if binds else None, event=status_event
            )
        except Conflict:
            continue
        if changed is None:
            raise NotFound("no such account")
        await _void_after(services, row, changed)
        return changed
    raise Conflict("the account was changed by somebody else at the same time; read it again and repeat the change")


async def _changes(services: Services, row: AccountRow, asked: AccountPatch) -> AccountChanges:
    """What is to be written, checked against the account as it is; a token is fetched where the credentials need one."""
    provider = services.catalog.provider(row.provider)
    settings = row.settings if asked.settings is UNSET else dict(asked.settings)
    credentials: SealedCredentials | UnsetType = UNSET
    if asked.credentials is not UNSET:
        check_credentials(provider, asked.credentials)
    if asked.settings is not UNSET:
        kind = row.credentials_type if asked.credentials is UNSET else asked.credentials["type"]
        check_settings(provider, settings, kind or "bearer")
    if asked.credentials is not UNSET:
        opened = await with_token(services, provider, settings, asked.credentials)
        credentials = seal_credentials(services.vault, row.tenant_id, row.id, opened)
    elif row.credentials is not None:
        _refuse_to_move(provider, row.settings, settings)
    status = _status_after(row, asked)
    return AccountChanges(
        name=asked.name if asked.name is UNSET else checked_name(asked.name),
        external_id=asked.external_id if asked.external_id is UNSET else checked_external_id(asked.external_id),
        settings=UNSET if settings == row.settings else settings,
        status=status,
        status_reason=UNSET if status is UNSET else None,
        credentials=credentials,
    )


def _refuse_to_move(provider: Provider, before: dict[str, str], after: dict[str, str]) -> None:
    """Stored credentials go only where they were given for: ValidationFailed names each setting that would change that."""
    moved = moved_settings(provider, before, after)
    if not moved:
        return
    titles = ", ".join(provider.settings[name].title for name in moved)
    message = (
        "this setting is part of the address to which the stored credentials are sent; send new `credentials` in the same "
        "request, or connect the account again with a link (POST /connect with its account_id)"
    )
    problems = tuple(FieldProblem(pointer=f"/settings/{name}", code="credentials_required", message=message) for name in moved)
    raise ValidationFailed(f"{provider.title}: new credentials are needed to change {titles}", errors=problems)


async def _void_after(services: Services, before: AccountRow, after: AccountRow) -> None:
    """Make void what waits for the account when it was connected again, has other settings, or works no more."""
    if after.status not in {before.status, "active"}:
        await invalidate_approvals_for_account(services, after.tenant_id, after.id, ACCOUNT_INACTIVE)
    if after.connections != before.connections:
        reason = SETTINGS_CHANGED if after.credentials_version == before.credentials_version else ACCOUNT_RECONNECTED
        await invalidate_approvals_for_account(services, after.tenant_id, after.id, reason)


def _status_after(row: AccountRow, asked: AccountPatch) -> AccountStatus | UnsetType:
    """New credentials bring an account that waits for them back to work, unless a status was asked for."""
    waits = asked.credentials is not UNSET and row.status in {"needs_reauth", "connecting"}
    return "active" if asked.status is UNSET and waits else asked.status


async def delete_account(services: Services, tenant_id: str, account_id: str) -> None:
    """Delete an account with its credentials; NotFound also for another tenant's."""

    def deleted(row: AccountRow) -> Event:
        return account_event("account.deleted", row, services.clock())

    if not await accounts.delete(services.database, tenant_id, account_id, event=deleted):
        raise NotFound("no such account")
    await invalidate_approvals_for_account(services, tenant_id, account_id, ACCOUNT_GONE)


async def check_account(services: Services, tenant_id: str, account_id: str) -> CheckResult:
    """Make the provider's check request; a refusal is told, not raised.

    A 401 is asked about once more; when it is confirmed the account becomes `needs_reauth`, as after a call. An account that
    is so because its credentials were refused becomes active again when the provider takes them.
    """
    row = await get_account(services, tenant_id, account_id)
    was_refused = row.status_reason == REFUSED
    # Refreshable credentials that are lost for another reason are not sent: a refresh has to come first.
    as_they_are = was_refused or not row.credentials_refreshable
    connection = exact_connection(services, row) if as_they_are else connection_of(services, row)
    try:
        await services.client.send(check_request(connection.provider), connection, safe=True)
    except UnifiedError as problem:
        if is_unauthorized(problem):
            await services.refusals.doubt(await get_account(services, tenant_id, account_id), at_once=True)
        return CheckResult(ok=False, detail=f"{problem.code}: {problem.detail}")
    if was_refused and row.status == "needs_reauth":
        await services.refusals.restore(row)
    return CheckResult(ok=True, detail=f"{connection.provider.title} accepts this account")


async def refuses(services: Services, row: AccountRow) -> bool:
    """Whether the provider answers its check request with 401 to these credentials; False when that cannot be told now."""
    connection = exact_connection(services, row)
    try:
        await services.client.send(check_request(connection.provider), connection, safe=False)
    except UnifiedError as problem:
        return is_unauthorized(problem)
    return False


def is_unauthorized(problem: UnifiedError) -> bool:
    """Whether a provider itself said that it does not take the credentials: by 401, and by no code that means another thing."""
    told = problem.provider
    return isinstance(problem, ConnectionUnauthorized) and told is not None and told.status == HTTPStatus.UNAUTHORIZED


async def refresh_account(services: Services, tenant_id: str, account_id: str) -> CheckResult:
    """Have the account's token refreshed now, also when it waits for its owner; a refusal is told, not raised."""
    row = await get_account(services, tenant_id, account_id)
    if not row.credentials_refreshable:
        return CheckResult(ok=False, detail="the account has no refresh token; its credentials are used as they are")
    attempt = await services.refresher.force(row)
    if attempt.problem is not None:
        why = "the provider gave no new token" if attempt.hindrance is None else attempt.hindrance.detail
        return CheckResult(ok=False, detail=f"{attempt.problem}: {why}")
    return CheckResult(ok=True, detail="the account has a new token")


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
