"""An account's credentials: sealed when they come, opened only while a request is being signed."""

from functools import partial

import msgspec
import structlog

from unified.errors import ConnectionUnauthorized
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
from unified.transport.auth import EXPIRES_AT, shown_part
from unified.transport.connection import Connection, Credentials
from unified.vault.errors import SealBroken, UnknownKey
from unified.vault.seal import Vault


def seal_credentials(vault: Vault, tenant_id: str, account_id: str, credentials: Credentials) -> SealedCredentials:
    """Credentials as they are stored, with what may be shown of them beside."""
    expires_at = credentials.get("expires_at")
    return SealedCredentials(
        sealed=seal_text(vault, CREDENTIALS, tenant_id, account_id, msgspec.json.encode(credentials)),
        type=credentials["type"],
        masked=mask(shown_part(credentials)),
        expires_at=parse_time(EXPIRES_AT, expires_at) if expires_at else None,
        refreshable=refreshable(credentials),
    )


def connection_of(services: Services, row: AccountRow) -> Connection:
    """The account's way to its provider, with these credentials or, before and after a try, with newer ones.

    It is refused when the account is not active; see `exact_connection` for asking about such a one.
    """

    async def fresh() -> Connection:
        newest = await services.refresher.fresh(row)
        await require_decryptable(services, newest)
        return connection_of(services, newest)

    async def renew(refusals: int) -> Connection | None:
        newer = await services.refresher.renew(row, refusals)
        return None if newer is None else connection_of(services, newer)

    async def refused() -> None:
        await services.refusals.doubt(row)

    return msgspec.structs.replace(_signed(services, row), fresh=fresh, renew=renew, refused=refused)


def exact_connection(services: Services, row: AccountRow) -> Connection:
    """The way with just these credentials and whatever the status, to ask whether the provider takes them."""

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
        origin=services.settings.provider_urls.get(row.provider),
    )


def refreshable(credentials: Credentials) -> bool:
    """Whether a new token can be had without the account's owner."""
    return credentials["type"] == "client_credentials" or bool(credentials.get("refresh_token"))


NO_CREDENTIALS = "the account has no credentials yet; connect it"
UNREADABLE_CREDENTIALS = "the account's stored credentials do not open: they were edited or moved; connect the account again"
MISSING_MASTER_KEY = (
    "the account's stored credentials were sealed with a master key that this service does not have; "
    "its operator can add the key (`unified keys rotate --check` names it)"
)
log = structlog.get_logger("unified.vault")


def open_credentials(services: Services, row: AccountRow) -> Credentials:
    """The account's credentials, for the moment of signing; ConnectionUnauthorized when they do not open."""
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
    """Raise ConnectionUnauthorized when the credentials do not open, and mark the account when it is their fault.

    To be awaited before a call is signed: signing itself cannot write to the database.
    """
    if row.credentials is None:
        raise ConnectionUnauthorized(NO_CREDENTIALS)
    try:
        open_text(services.vault, CREDENTIALS, row.tenant_id, row.id, row.credentials)
    except SealBroken:
        await _mark(services, row)
        raise ConnectionUnauthorized(UNREADABLE_CREDENTIALS) from None
    except UnknownKey:
        log.error("master_key_missing", account=row.id)  # noqa: TRY400 - the line is enough, a traceback tells no more
        raise ConnectionUnauthorized(MISSING_MASTER_KEY) from None


async def _mark(services: Services, row: AccountRow) -> None:
    now = services.clock()
    marked = await mark_unreadable(services.database, row, lambda one: account_event("account.needs_reauth", one, now))
    log.error("credentials_unreadable", account=row.id)
    if marked is not None:
        await follow_status_change(services, marked)


async def follow_status_change(services: Services, row: AccountRow) -> None:
    """A row in the trail; what waits for an account that works no more becomes void. The event went with the change itself."""
    record_own_change(services, row)
    if row.status != "active":
        await invalidate_approvals_for_account(services, row.tenant_id, row.id, ACCOUNT_INACTIVE)
