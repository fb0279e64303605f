"""The end of an attempt: the provider is asked whether it accepts the credentials; then account, link and event are written."""

from typing import Any

import msgspec
from msgspec import UNSET

from unified.catalog.provider import Provider
from unified.errors.error import UnifiedError
from unified.errors.requests import ValidationFailed
from unified.errors.writes import Conflict
from unified.service.accounts.credentials import SealedFor, seal_credentials
from unified.service.accounts.learning import Candidate, check_and_learn
from unified.service.connect.audit import note_connected
from unified.service.connect.failure_messages import CHECK_REASONS, connect_failed
from unified.service.connect.return_address import current_return_url, is_left_out, return_address
from unified.service.languages import Language, known_language
from unified.service.runtime.approval_invalidation import ACCOUNT_RECONNECTED, invalidate_approvals_for_account
from unified.service.runtime.events import account_event
from unified.service.runtime.services import Services
from unified.store import accounts, connect_links, tenants
from unified.store.accounts import AccountChanges, AccountRow
from unified.store.connect_links import ConnectLinkRow
from unified.store.deliveries import enqueue
from unified.transport.connection import Credentials
from unified.vault.tokens import new_id

MAX_TRIES = 3
"""How often the write is repeated if others change the account at the same time, such as a refresh."""
MAX_NOTE = 500
"""Characters of `status_reason`."""


class Connected(msgspec.Struct, frozen=True, kw_only=True):
    """The account that was connected with a link."""

    tenant_id: str
    link_id: str
    account_id: str
    is_new: bool
    """Whether it was created, and not connected again."""
    provider: str
    """Its name in the catalog."""
    return_url: str | None
    """Where the browser goes, with `account_id` in its query; None when the link named no address, or one that is left out."""
    is_left_here: bool = False
    """Whether the link names an address whose origin is no longer one of the tenant's."""
    missing_scopes: tuple[str, ...] = ()
    """The provider's scopes that were requested and not granted."""
    language: Language | None = None
    """The language of the link."""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an attempt: a provider, settings and credentials."""

    provider: Provider
    settings: dict[str, str]
    credentials: Credentials
    user: str | None = None
    """The id of the user as whom the account is connected, once the provider has reported it."""
    missing_scopes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Leave out the credentials."""
        return f"Grant({self.provider.name!r})"


async def create_or_update_account(services: Services, link: ConnectLinkRow, grant: Grant) -> Connected:
    """Check the credentials, then create the link's account, or give the reconnected account its new credentials.

    Raises:
        ConnectFailed: nothing was written; the caller records the reason in the link.
        ChoiceNeeded: nothing was written; the customer must choose first.
    """
    account_id = link.reconnects or new_id("acc_")
    grant = await _checked(services, link.tenant_id, account_id, grant)
    for _ in range(MAX_TRIES):
        try:
            row = await _write(services, link, account_id, grant)
        except Conflict:
            continue
        if link.reconnects is not None:
            await invalidate_approvals_for_account(services, link.tenant_id, row.id, ACCOUNT_RECONNECTED)
        await note_connected(services, link, row.id)
        back = current_return_url(link.return_url, await tenants.get(services.database, row.tenant_id), services.settings)
        return Connected(
            tenant_id=row.tenant_id,
            link_id=link.id,
            account_id=row.id,
            is_new=link.reconnects is None,
            provider=row.provider,
            return_url=with_account(back, row.id),
            is_left_here=is_left_out(link.return_url, back),
            missing_scopes=grant.missing_scopes,
            language=known_language(link.language),
        )
    raise connect_failed("account_changed", grant.provider.title)


async def _checked(services: Services, tenant_id: str, account_id: str, grant: Grant) -> Grant:
    """Return the grant with the settings and the user that the provider says, once it accepts the credentials."""
    title = grant.provider.title
    candidate = Candidate(
        provider=grant.provider,
        tenant_id=tenant_id,
        account_id=account_id,
        settings=grant.settings,
        credentials=grant.credentials,
    )
    try:
        learned = await check_and_learn(services, candidate)
    except ValidationFailed:
        raise connect_failed("setting_unknown", title) from None
    except UnifiedError as problem:
        raise connect_failed(CHECK_REASONS.get(problem.code, "check_failed"), title) from None
    return msgspec.structs.replace(grant, settings=learned.settings, user=learned.user)


async def _write(services: Services, link: ConnectLinkRow, account_id: str, grant: Grant) -> AccountRow:
    """Write account, link and event in one transaction; raise Conflict if someone changed the account meanwhile."""
    database = services.database
    before = await _before(services, link, grant)
    async with database.write() as transaction:
        if not await connect_links.complete(transaction, link.tenant_id, link.id, account_id=account_id):
            raise connect_failed("link_used", grant.provider.title)
        if before is None:
            row = await _added(services, link, account_id, grant, transaction)
        else:
            row = await _renewed(services, link, before, grant, transaction)
        was_lost = before is not None and before.status == "needs_reauth"
        name = "account.reactivated" if was_lost else "account.connected"
        await enqueue(database, transaction, link.tenant_id, account_event(name, row, row.updated_at))
    return row


async def _before(services: Services, link: ConnectLinkRow, grant: Grant) -> AccountRow | None:
    if link.reconnects is None:
        return None
    row = await accounts.get(services.database, link.tenant_id, link.reconnects)
    if row is None or row.status == "disabled" or row.provider != grant.provider.name:
        raise connect_failed("account_changed", grant.provider.title)
    return row


async def _added(services: Services, link: ConnectLinkRow, account_id: str, grant: Grant, transaction: Any) -> AccountRow:
    account = SealedFor(
        tenant_id=link.tenant_id, account_id=account_id, settings=grant.settings, connections=accounts.FIRST_CONNECTION
    )
    return await accounts.add(
        services.database,
        link.tenant_id,
        account_id,
        provider=grant.provider.name,
        name=link.name or grant.provider.title,
        external_id=link.external_id,
        settings=grant.settings,
        consent=link.scope,
        status_reason=_note(grant),
        credentials=seal_credentials(services.vault, grant.provider, account, grant.credentials, grant.user),
        within=transaction,
    )


async def _renewed(services: Services, link: ConnectLinkRow, before: AccountRow, grant: Grant, transaction: Any) -> AccountRow:
    account = msgspec.structs.replace(SealedFor.row(before), settings=grant.settings, connections=before.connections + 1)
    sealed = seal_credentials(services.vault, grant.provider, account, grant.credentials, grant.user)
    changes = AccountChanges(
        settings=grant.settings,
        consent=UNSET if link.scope is None else link.scope,
        status="active",
        status_reason=_note(grant),
        credentials=sealed,
    )
    row = await accounts.update(
        services.database, before.tenant_id, before.id, changes, version=before.version, within=transaction
    )
    if row is None:
        raise connect_failed("account_changed", grant.provider.title)
    return row


def _note(grant: Grant) -> str | None:
    """Return what an active account lacks, for `status_reason`: only our own words and the scopes that were requested."""
    notes = [f"missing_scopes: {' '.join(grant.missing_scopes)}"] if grant.missing_scopes else []
    if grant.credentials["type"] == "oauth2" and "expires_at" in grant.credentials and "refresh_token" not in grant.credentials:
        notes.append("no_refresh_token")
    return "; ".join(notes)[:MAX_NOTE] or None


def with_account(return_url: str | None, account_id: str) -> str | None:
    """Return the address to which the browser goes back, with the id of the account."""
    return None if return_url is None else return_address(return_url, account_id=account_id)
