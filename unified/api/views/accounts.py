"""Accounts as responses show them."""

from typing import Any

import msgspec

from unified.api.views.lists import view_of
from unified.store.accounts import AccountRow, AccountStatus
from unified.text.formatting_times import time_text
from unified.text.parsing_times import Moment


class CredentialsView(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials as they may be seen: their type and last characters."""

    type: str | None
    """How the account signs in, such as `oauth2` or `api_key`; null without credentials."""
    masked: str | None
    """The last characters of the token or key."""
    expires_at: Moment | None
    """When the access token expires; it is renewed before that where the provider allows it. Null if it does not expire."""


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it may be seen."""

    id: str
    """`acc_…`, the `account_id` of calls."""
    provider: str
    """Name of the provider, such as `hubspot`."""
    name: str
    """For people; need not be unique."""
    external_id: str | None
    """Your own id of the customer, to find the account by."""
    settings: dict[str, Any]
    """Values that the provider needs besides credentials, such as a subdomain; `GET /catalog/providers` lists them."""
    consent: dict[str, list[str]] | None
    """The access that its owner agreed to: `methods`, `models` and `tags`; a missing key sets no limit. Null without a link."""
    status: AccountStatus
    status_reason: str | None
    """Why the status is not `active`."""
    credentials: CredentialsView
    created_at: Moment
    """When it was connected."""
    updated_at: Moment
    """When the account was changed last, not its records."""


def account_view(row: AccountRow) -> AccountView:
    """Return an account with its credentials masked."""
    credentials = CredentialsView(
        type=row.credentials_type, masked=row.credentials_masked, expires_at=time_text(row.credentials_expires_at)
    )
    return view_of(AccountView, row, credentials=credentials)
