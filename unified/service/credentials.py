"""An account's credentials: sealed when they come, opened only while a request is being signed."""

from datetime import datetime

import msgspec

from unified.errors import ConnectionUnauthorized
from unified.service.services import Services
from unified.store.accounts import AccountRow, SealedCredentials
from unified.transport.auth import shown_part
from unified.transport.connection import Connection, Credentials
from unified.vault.seal import Vault
from unified.vault.secret import mask


def seal_credentials(vault: Vault, tenant_id: str, account_id: str, credentials: Credentials) -> SealedCredentials:
    """Credentials as they are stored, with what may be shown of them beside."""
    expires_at = credentials.get("expires_at")
    return SealedCredentials(
        sealed=vault.seal(msgspec.json.encode(credentials), context=_place(tenant_id, account_id)),
        type=credentials["type"],
        masked=mask(shown_part(credentials)),
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        refreshable=refreshable(credentials),
    )


def open_credentials(vault: Vault, row: AccountRow) -> Credentials:
    """The account's credentials; ConnectionUnauthorized when it has none yet."""
    if row.credentials is None:
        raise ConnectionUnauthorized("the account has no credentials yet; connect it")
    opened = vault.open(row.credentials, context=_place(row.tenant_id, row.id))
    return msgspec.json.decode(opened, type=dict[str, str])


def _place(tenant_id: str, account_id: str) -> tuple[str, ...]:
    return ("accounts", "credentials", tenant_id, account_id)


def connection_of(services: Services, row: AccountRow) -> Connection:
    """The account's way to its provider, with these credentials or, before and after a try, with newer ones."""

    async def fresh() -> Connection:
        return connection_of(services, await services.refresher.fresh(row))

    async def renew(refusals: int) -> Connection | None:
        newer = await services.refresher.renew(row, refusals)
        return None if newer is None else connection_of(services, newer)

    return Connection(
        provider=services.catalog.provider(row.provider),
        account_id=row.id,
        settings=row.settings,
        credentials_type=row.credentials_type or "bearer",
        open_credentials=lambda: open_credentials(services.vault, row),
        fresh=fresh if row.credentials_refreshable else None,
        renew=renew if row.credentials_refreshable else None,
        origin=services.settings.provider_urls.get(row.provider),
    )


def refreshable(credentials: Credentials) -> bool:
    """Whether a new token can be had without the account's owner."""
    return credentials["type"] == "client_credentials" or bool(credentials.get("refresh_token"))
