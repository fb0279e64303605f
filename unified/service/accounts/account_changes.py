"""Changes of an account: its name, settings, status and credentials, of which some make pending approvals void."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from unified.catalog.provider import Provider
from unified.errors.error import FieldProblem
from unified.errors.providers import ConnectionUnauthorized
from unified.errors.requests import NotFound, ValidationFailed
from unified.errors.writes import Conflict
from unified.service.accounts.accounts import get_account
from unified.service.accounts.assertions import check_entered
from unified.service.accounts.client_credentials import with_token
from unified.service.accounts.credentials import MISSING_MASTER_KEY, SealedFor, seal_credentials, sealed_again
from unified.service.accounts.learning import Candidate, learn_settings
from unified.service.runtime.approval_invalidation import (
    ACCOUNT_INACTIVE,
    ACCOUNT_RECONNECTED,
    SETTINGS_CHANGED,
    invalidate_approvals_for_account,
)
from unified.service.runtime.events import status_event
from unified.service.runtime.services import Services
from unified.service.validation import checked_external_id, checked_name
from unified.store import accounts
from unified.store.accounts import AccountChanges, AccountRow, AccountStatus, SealedCredentials
from unified.transport.account_settings import check_settings, entered_settings
from unified.transport.connection import moved_settings
from unified.vault.errors import SealBroken, UnknownKey

MAX_TRIES = 5
"""How often a change is repeated if others change the account at the same time."""


class AccountPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The attributes of an account that can be changed; null clears `external_id`."""

    name: str | UnsetType = UNSET
    """For people; need not be unique."""
    external_id: str | UnsetType | None = UNSET
    """Your own id of the customer; null clears it."""
    settings: dict[str, str] | UnsetType = UNSET
    """Replaces the settings as a whole."""
    status: AccountStatus | UnsetType = UNSET
    """`disabled` to stop using the account, `active` to use it again."""
    credentials: dict[str, Any] | UnsetType = UNSET
    """Replaces the credentials as a whole."""

    def __repr__(self) -> str:
        """Leave out the credentials, which are here in plain text."""
        names = [name for name in self.__struct_fields__ if getattr(self, name) is not UNSET]
        return f"AccountPatch({', '.join(names)})"


async def update_account(services: Services, tenant_id: str, account_id: str, patch: AccountPatch) -> AccountRow:
    """Change an account; keys that are left out stay. New settings or credentials make pending approvals void.

    Raises:
        ValidationFailed: a value cannot be used, or a setting that is part of the provider's address changes without new
            credentials.
        NotFound: it is unknown or another tenant's.
        Conflict: someone else changed it at the same time.
    """
    seen: AccountRow | None = None
    for _ in range(MAX_TRIES):
        row = await get_account(services, tenant_id, account_id)
        if seen is not None and row.settings != seen.settings:
            break
        seen = row
        changes = await _changes(services, row, patch)
        binds = changes.settings is not UNSET or changes.credentials is not UNSET
        try:
            changed = await accounts.update(
                services.database, tenant_id, account_id, changes, version=row.version if binds else None, event_of=status_event
            )
        except Conflict:
            continue
        if changed is None:
            raise NotFound("no such account")
        await _void_after(services, row, changed)
        return changed
    raise Conflict("the account was changed by someone else at the same time; read it again and repeat the change")


async def _changes(services: Services, row: AccountRow, patch: AccountPatch) -> AccountChanges:
    """Return what to write, checked against the current account; fetch a token if the credentials need one."""
    provider = services.catalog.provider(row.provider)
    settings = row.settings if patch.settings is UNSET else entered_settings(provider, patch.settings)
    credentials: SealedCredentials | UnsetType = UNSET
    resealed: str | UnsetType = UNSET
    if patch.credentials is not UNSET:
        check_entered(provider, patch.credentials)
    if patch.settings is not UNSET:
        kind = row.credentials_type if patch.credentials is UNSET else patch.credentials["type"]
        check_settings(provider, settings, kind or "bearer", is_complete=False)
    if patch.credentials is not UNSET:
        granted = await with_token(services, provider, settings, patch.credentials)
        known = {**settings, **granted.settings}
        candidate = Candidate(
            provider=provider, tenant_id=row.tenant_id, account_id=row.id, settings=known, credentials=granted.credentials
        )
        learned = await learn_settings(services, candidate)
        settings = learned.settings
        account = msgspec.structs.replace(SealedFor.row(row), settings=settings, connections=row.connections + 1)
        credentials = seal_credentials(services.vault, provider, account, granted.credentials, learned.user)
    elif row.credentials is not None:
        _refuse_to_move(provider, row.settings, settings)
        resealed = _resealed(services, row, settings)
    status = _status_after(row, patch)
    return AccountChanges(
        name=patch.name if patch.name is UNSET else checked_name(patch.name),
        external_id=patch.external_id if patch.external_id is UNSET else checked_external_id(patch.external_id),
        settings=UNSET if settings == row.settings else settings,
        status=status,
        status_reason=UNSET if status is UNSET else None,
        credentials=credentials,
        resealed=resealed,
    )


def _resealed(services: Services, row: AccountRow, settings: dict[str, str]) -> str | UnsetType:
    """Return the stored credentials for other settings; unset if they stay the same, or the text does not open in any case.

    Raises:
        ConnectionUnauthorized: a master key is missing, without which they would be lost.
    """
    if settings == row.settings or row.credentials is None:
        return UNSET
    before = SealedFor.row(row)
    after = msgspec.structs.replace(before, settings=settings, connections=row.connections + 1)
    try:
        return sealed_again(services.vault, row.credentials, before, after)
    except SealBroken:
        return UNSET
    except UnknownKey:
        raise ConnectionUnauthorized(MISSING_MASTER_KEY) from None


def _refuse_to_move(provider: Provider, before: dict[str, str], after: dict[str, str]) -> None:
    """Raise ValidationFailed for each setting that would send stored credentials to another address, or as someone else."""
    moved = moved_settings(provider, before, after)
    if not moved:
        return
    titles = ", ".join(provider.settings[name].title for name in moved)
    message = (
        "this setting is part of where the stored credentials are sent, or as whom; send new `credentials` in the same "
        "request, or connect the account again with a link (POST /connect with its account_id)"
    )
    problems = tuple(FieldProblem(pointer=f"/settings/{name}", code="credentials_required", message=message) for name in moved)
    raise ValidationFailed(f"{provider.title}: new credentials are needed to change {titles}", errors=problems)


async def _void_after(services: Services, before: AccountRow, after: AccountRow) -> None:
    """Make pending approvals void after the account was connected again, got other settings, or stopped working."""
    if after.status not in {before.status, "active"}:
        await invalidate_approvals_for_account(services, after.tenant_id, after.id, ACCOUNT_INACTIVE)
    if after.connections != before.connections:
        reason = SETTINGS_CHANGED if after.credentials_version == before.credentials_version else ACCOUNT_RECONNECTED
        await invalidate_approvals_for_account(services, after.tenant_id, after.id, reason)


def _status_after(row: AccountRow, patch: AccountPatch) -> AccountStatus | UnsetType:
    """Return the requested status; without one, new credentials activate an account that waits for them."""
    waits = patch.credentials is not UNSET and row.status in {"needs_reauth", "connecting"}
    return "active" if patch.status is UNSET and waits else patch.status
