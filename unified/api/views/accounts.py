"""Accounts as responses show them."""

from typing import Any

import msgspec

from unified.api.views.times import time_text
from unified.store.accounts import AccountRow


class CredentialsView(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials as they may be seen: their type and last characters."""

    type: str | None
    masked: str | None
    expires_at: str | None


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it may be seen."""

    id: str
    provider: str
    name: str
    external_id: str | None
    settings: dict[str, Any]
    status: str
    status_reason: str | None
    credentials: CredentialsView
    created_at: str
    updated_at: str


def account_view(row: AccountRow) -> AccountView:
    """Return an account with its credentials masked."""
    credentials = CredentialsView(
        type=row.credentials_type, masked=row.credentials_masked, expires_at=time_text(row.credentials_expires_at)
    )
    return AccountView(
        id=row.id,
        provider=row.provider,
        name=row.name,
        external_id=row.external_id,
        settings=row.settings,
        status=row.status,
        status_reason=row.status_reason,
        credentials=credentials,
        created_at=time_text(row.created_at),
        updated_at=time_text(row.updated_at),
    )
