"""An account's credentials: sealed on arrival, and opened only while a request is being signed."""

from functools import partial
from typing import Any, Self

import msgspec

from unified.bounded_cache import Latest
from unified.catalog.provider import Provider
from unified.errors.providers import ConnectionUnauthorized
from unified.secret import mask
from unified.service.audit.events import record_own_change
from unified.service.runtime.approval_invalidation import ACCOUNT_INACTIVE, invalidate_approvals_for_account
from unified.service.runtime.events import account_event
from unified.service.runtime.sealing import open_text, seal_text, text_parts
from unified.service.runtime.services import Services
from unified.store.accounts import AccountRow, SealedCredentials
from unified.store.integrity.sealed import CREDENTIALS
from unified.store.maintenance.credential_loss import mark_unreadable
from unified.telemetry.loggers import get_logger
from unified.text.parsing_times import parse_time
from unified.transport.auth import EXPIRES_AT, FETCHED, shown_part
from unified.transport.connection import Connection, Credentials
from unified.vault.errors import SealBroken, UnknownKey
from unified.vault.seal import SealedParts, Vault

NO_CREDENTIALS = "the account has no credentials yet; connect it"
UNREADABLE_CREDENTIALS = "the account's stored credentials do not open: they were edited or moved; connect the account again"
MISSING_MASTER_KEY = (
    "the account's stored credentials were sealed with a master key that this service does not have; "
    "its operator can add the key (`unified keys rotate --check` names it)"
)
USER = "$me"
"""The key of the connected user's id in sealed credentials; no part of credentials can have this name."""
_DECODER = msgspec.json.Decoder(dict[str, str])
log = get_logger("unified.vault")


class SealedFor(msgspec.Struct, frozen=True, kw_only=True):
    """The account that credentials are sealed for, as it is once they are stored; in any other state they do not open."""

    tenant_id: str
    account_id: str
    settings: dict[str, str]
    """They are part of the addresses that credentials are sent to."""
    connections: int
    """Which connection of the account they are of."""

    @classmethod
    def row(cls, row: AccountRow) -> Self:
        """Return an account as it is."""
        return cls(tenant_id=row.tenant_id, account_id=row.id, settings=row.settings, connections=row.connections)


def seal_credentials(
    vault: Vault, provider: Provider, account: SealedFor, credentials: Credentials, user: str | None = None
) -> SealedCredentials:
    """Return credentials as they are stored, with what may be shown of them; `user` is the id of the connected user.

    Raises:
        ValidationFailed: `expires_at` is not a time with a zone.
    """
    expires_at = credentials.get("expires_at")
    return SealedCredentials(
        sealed=_seal(vault, account, _encoded(credentials, user)),
        type=credentials["type"],
        masked=mask(shown_part(provider, credentials)),
        expires_at=parse_time(EXPIRES_AT, expires_at) if expires_at else None,
        refreshable=refreshable(credentials),
    )


def _encoded(credentials: Credentials, user: str | None) -> bytes:
    kept = {name: value for name, value in credentials.items() if name != USER}
    return msgspec.json.encode(kept if user is None else {**kept, USER: user})


def sealed_again(vault: Vault, sealed: str, before: SealedFor, after: SealedFor) -> str:
    """Return the same credentials for an account with other settings, which do not move where they are sent.

    Raises:
        VaultError: they cannot be decrypted.
    """
    return _seal(vault, after, _open(vault, before, sealed))


def _seal(vault: Vault, account: SealedFor, plain: bytes) -> str:
    bound = {"settings": account.settings, "connections": account.connections}
    return seal_text(vault, CREDENTIALS, account.tenant_id, account.account_id, plain, **bound)


def _open(vault: Vault, account: SealedFor, sealed: str) -> bytes:
    bound = {"settings": account.settings, "connections": account.connections}
    return open_text(vault, CREDENTIALS, account.tenant_id, account.account_id, sealed, **bound)


def _take_apart(row: AccountRow) -> SealedParts:
    bound = {"settings": row.settings, "connections": row.connections}
    return text_parts(CREDENTIALS, row.tenant_id, row.id, row.credentials or "", **bound)


MAX_TAKEN_APART = 2_048
"""Accounts whose sealed credentials are cached in parts; for others they are taken apart at each call."""
_parts_of = Latest(_take_apart, MAX_TAKEN_APART)
"""Returns the parts of a row's credentials, which stay sealed: they are taken apart once for as long as the row is cached."""


def _open_row(vault: Vault, row: AccountRow) -> bytes:
    return vault.open_parts(_parts_of(row))


def connection_of(services: Services, row: AccountRow, *, requester: str = "") -> Connection:
    """Return the account's connection to its provider; its token is refreshed before and after a call where that is needed.

    A call through it is refused if the account is not active; see `exact_connection` to check such an account. `requester` is
    the id of the key or server that calls: calls of different ones take turns.
    """

    async def fresh() -> Connection:
        newest = await services.refresher.fresh(row)
        await require_decryptable(services, newest)
        return connection if newest is row else connection_of(services, newest)

    async def renew(refusals: int) -> Connection | None:
        newer = await services.refresher.renew(row, refusals)
        return None if newer is None else connection_of(services, newer)

    async def refused() -> None:
        await services.refusals.confirm(row)

    connection = _signed(services, row, fresh=fresh, renew=renew, refused=refused, requester=requester)
    return connection


def exact_connection(services: Services, row: AccountRow) -> Connection:
    """Return a connection with exactly these credentials, for any status, to check whether the provider accepts them."""

    async def fresh() -> Connection:
        await require_decryptable(services, row)
        return _signed(services, row)

    return _signed(services, row, fresh=fresh)


def _signed(services: Services, row: AccountRow, **more: Any) -> Connection:
    return Connection(
        provider=services.catalog.provider(row.provider),
        account_id=row.id,
        tenant_id=row.tenant_id,
        settings=row.settings,
        credentials_type=row.credentials_type or "bearer",
        open_credentials=partial(open_credentials, services, row),
        installation=services.settings.provider_values.get(row.provider),
        origin=services.settings.provider_urls.get(row.provider),
        **more,
    )


def refreshable(credentials: Credentials) -> bool:
    """Return whether a new token can be fetched without the account's owner."""
    return credentials["type"] in FETCHED or bool(credentials.get("refresh_token"))


def open_credentials(services: Services, row: AccountRow) -> Credentials:
    """Return the account's credentials in plain text, for the moment of signing.

    Raises:
        ConnectionUnauthorized: there are none, or they cannot be decrypted.
    """
    opened = _opened(services, row)
    opened.pop(USER, None)
    return opened


def open_user(services: Services, row: AccountRow) -> str | None:
    """Return the id of the user as whom the account is connected; None if it is not known.

    Raises:
        ConnectionUnauthorized: there are no credentials, or they cannot be decrypted.
    """
    return _opened(services, row).get(USER)


def with_user(services: Services, row: AccountRow, user: str) -> str:
    """Return the account's credentials sealed again, with the id of the connected user.

    Raises:
        ConnectionUnauthorized: there are none, or they cannot be decrypted.
    """
    return _seal(services.vault, SealedFor.row(row), _encoded(open_credentials(services, row), user))


def _opened(services: Services, row: AccountRow) -> dict[str, str]:
    if row.credentials is None:
        raise ConnectionUnauthorized(NO_CREDENTIALS)
    try:
        opened = _open_row(services.vault, row)
    except SealBroken:
        raise ConnectionUnauthorized(UNREADABLE_CREDENTIALS) from None
    except UnknownKey:
        raise ConnectionUnauthorized(MISSING_MASTER_KEY) from None
    return _DECODER.decode(opened)


async def require_decryptable(services: Services, row: AccountRow) -> None:
    """Require that the credentials can be decrypted, and mark the account if they were edited or moved.

    Await this before a call is signed: signing itself cannot write to the database.

    Raises:
        ConnectionUnauthorized: there are no credentials, or they cannot be decrypted.
    """
    if row.credentials is None:
        raise ConnectionUnauthorized(NO_CREDENTIALS)
    try:
        _open_row(services.vault, row)
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
