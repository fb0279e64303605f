"""An account's credentials: sealed on arrival, and opened only while a request is being signed."""

from functools import partial

import msgspec

from unified.catalog.provider import Provider
from unified.errors.providers import ConnectionUnauthorized
from unified.parsing_times import parse_time
from unified.secret import mask
from unified.service.audit.events import record_own_change
from unified.service.runtime.approval_invalidation import ACCOUNT_INACTIVE, invalidate_approvals_for_account
from unified.service.runtime.events import account_event
from unified.service.runtime.sealing import open_text, seal_text
from unified.service.runtime.services import Services
from unified.store.accounts import AccountRow, SealedCredentials
from unified.store.credential_loss import mark_unreadable
from unified.store.sealed import CREDENTIALS
from unified.telemetry.loggers import get_logger
from unified.transport.auth import EXPIRES_AT, FETCHED, shown_part
from unified.transport.connection import Connection, Credentials
from unified.vault.errors import SealBroken, UnknownKey
from unified.vault.seal import Vault

NO_CREDENTIALS = "the account has no credentials yet; connect it"
UNREADABLE_CREDENTIALS = "the account's stored credentials do not open: they were edited or moved; connect the account again"
MISSING_MASTER_KEY = (
    "the account's stored credentials were sealed with a master key that this service does not have; "
    "its operator can add the key (`unified keys rotate --check` names it)"
)
log = get_logger("unified.vault")


def seal_credentials(
    vault: Vault, provider: Provider, tenant_id: str, account_id: str, credentials: Credentials
) -> SealedCredentials:
    """Return credentials as they are stored, with what may be shown of them.

    Raises:
        ValidationFailed: `expires_at` is not a time with a zone.
    """
    expires_at = credentials.get("expires_at")
    return SealedCredentials(
        sealed=seal_text(vault, CREDENTIALS, tenant_id, account_id, msgspec.json.encode(credentials)),
        type=credentials["type"],
        masked=mask(shown_part(provider, credentials)),
        expires_at=parse_time(EXPIRES_AT, expires_at) if expires_at else None,
        refreshable=refreshable(credentials),
    )


def connection_of(services: Services, row: AccountRow) -> Connection:
    """Return the account's connection to its provider; its token is refreshed before and after a call where that is needed.

    A call through it is refused if the account is not active; see `exact_connection` to check such an account.
    """

    async def fresh() -> Connection:
        newest = await services.refresher.fresh(row)
        await require_decryptable(services, newest)
        return connection_of(services, newest)

    async def renew(refusals: int) -> Connection | None:
        newer = await services.refresher.renew(row, refusals)
        return None if newer is None else connection_of(services, newer)

    async def refused() -> None:
        await services.refusals.confirm(row)

    return msgspec.structs.replace(_signed(services, row), fresh=fresh, renew=renew, refused=refused)


def exact_connection(services: Services, row: AccountRow) -> Connection:
    """Return a connection with exactly these credentials, whatever the status, to check whether the provider accepts them."""

    async def fresh() -> Connection:
        await require_decryptable(services, row)
        return _signed(services, row)

    return msgspec.structs.replace(_signed(services, row), fresh=fresh)


def _signed(services: Services, row: AccountRow) -> Connection:
    return Connection(
        provider=services.catalog.provider(row.provider),
        account_id=row.id,
        settings=row.settings,
        credentials_type=row.credentials_type or "bearer",
        open_credentials=partial(open_credentials, services, row),
        installation=services.settings.provider_values.get(row.provider),
        origin=services.settings.provider_urls.get(row.provider),
    )


def refreshable(credentials: Credentials) -> bool:
    """Return whether a new token can be fetched without the account's owner."""
    return credentials["type"] in FETCHED or bool(credentials.get("refresh_token"))


def open_credentials(services: Services, row: AccountRow) -> Credentials:
    """Return the account's credentials in plain text, for the moment of signing.

    Raises:
        ConnectionUnauthorized: there are none, or they cannot be decrypted.
    """
    if row.credentials is None:
        raise ConnectionUnauthorized(NO_CREDENTIALS)
    try:
        opened = open_text(services.vault, CREDENTIALS, row.tenant_id, row.id, row.credentials)
    except SealBroken:
        raise ConnectionUnauthorized(UNREADABLE_CREDENTIALS) from None
    except UnknownKey:
        raise ConnectionUnauthorized(MISSING_MASTER_KEY) from None
    return msgspec.json.decode(opened, type=dict[str, str])


async def require_decryptable(services: Services, row: AccountRow) -> None:
    """Require that the credentials can be decrypted, and mark the account if they were edited or moved.

    Await this before a call is signed: signing itself cannot write to the database.

    Raises:
        ConnectionUnauthorized: there are no credentials, or they cannot be decrypted.
    """
    if row.credentials is None:
        raise ConnectionUnauthorized(NO_CREDENTIALS)
    try:
        open_text(services.vault, CREDENTIALS, row.tenant_id, row.id, row.credentials)
    except SealBroken:
        await _mark(services, row)
        raise ConnectionUnauthorized(UNREADABLE_CREDENTIALS) from None
    except UnknownKey:
        log.error("master_key_missing", account=row.id)  # noqa: TRY400 - a traceback adds nothing
        raise ConnectionUnauthorized(MISSING_MASTER_KEY) from None


async def _mark(services: Services, row: AccountRow) -> None:
    now = services.clock()
    marked = await mark_unreadable(services.database, row, lambda one: account_event("account.needs_reauth", one, now))
    log.error("credentials_unreadable", account=row.id)
    if marked is not None:
        await follow_status_change(services, marked)


async def follow_status_change(services: Services, row: AccountRow) -> None:
    """Record a change of status in the audit, and make pending approvals void if the account is no longer active."""
    record_own_change(services, row)
    if row.status != "active":
        await invalidate_approvals_for_account(services, row.tenant_id, row.id, ACCOUNT_INACTIVE)
