"""An account's credentials: sealed when they come, opened only while a request is being signed."""

from functools import partial

import msgspec

from unified.moments import moment_at
from unified.secret import mask
from unified.service.sealing import seal_text
from unified.service.services import Services
from unified.service.unreadable import open_credentials, refuse_unreadable
from unified.store.accounts import AccountRow, SealedCredentials
from unified.store.sealed import CREDENTIALS
from unified.transport.auth import EXPIRES_AT, shown_part
from unified.transport.connection import Connection, Credentials
from unified.vault.seal import Vault


def seal_credentials(vault: Vault, tenant_id: str, account_id: str, credentials: Credentials) -> SealedCredentials:
    """Credentials as they are stored, with what may be shown of them beside."""
    expires_at = credentials.get("expires_at")
    return SealedCredentials(
        sealed=seal_text(vault, CREDENTIALS, tenant_id, account_id, msgspec.json.encode(credentials)),
        type=credentials["type"],
        masked=mask(shown_part(credentials)),
        expires_at=moment_at(EXPIRES_AT, expires_at) if expires_at else None,
        refreshable=refreshable(credentials),
    )


def connection_of(services: Services, row: AccountRow) -> Connection:
    """The account's way to its provider, with these credentials or, before and after a try, with newer ones.

    It is refused when the account is not active; see `exact_connection` for asking about such a one.
    """

    async def fresh() -> Connection:
        newest = await services.refresher.fresh(row)
        await refuse_unreadable(services, newest)
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
        await refuse_unreadable(services, row)
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
