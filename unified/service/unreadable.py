"""What happens when an account's sealed credentials do not open: never a call without them, never an empty secret.

Text that was edited or moved from elsewhere marks the account once, with its webhook. A master key that this process does
not have says nothing about the account: the call is refused, and the account stays as it is.
"""

import msgspec
import structlog

from unified.errors import ConnectionUnauthorized
from unified.service.events import account_event
from unified.service.sealing import open_text
from unified.service.services import Services
from unified.service.status_changes import follow
from unified.store.accounts import AccountRow
from unified.store.sealed import CREDENTIALS
from unified.store.unreadable import mark_unreadable
from unified.transport.connection import Credentials
from unified.vault.errors import SealBroken, UnknownKey

NOT_YET = "the account has no credentials yet; connect it"
BROKEN = "the account's stored credentials do not open: they were edited or moved; connect the account again"
KEYLESS = (
    "the account's stored credentials were sealed with a master key that this service does not have; "
    "its operator can add the key (`unified keys rotate --check` names it)"
)
log = structlog.get_logger("unified.vault")


def open_credentials(services: Services, row: AccountRow) -> Credentials:
    """The account's credentials, for the moment of signing; ConnectionUnauthorized when they do not open."""
    if row.credentials is None:
        raise ConnectionUnauthorized(NOT_YET)
    try:
        opened = open_text(services.vault, CREDENTIALS, row.tenant_id, row.id, row.credentials)
    except SealBroken:
        raise ConnectionUnauthorized(BROKEN) from None
    except UnknownKey:
        raise ConnectionUnauthorized(KEYLESS) from None
    return msgspec.json.decode(opened, type=dict[str, str])


async def refuse_unreadable(services: Services, row: AccountRow) -> None:
    """Raise ConnectionUnauthorized when the credentials do not open, and mark the account when it is their fault.

    To be awaited before a call is signed: signing itself cannot write to the database.
    """
    if row.credentials is None:
        raise ConnectionUnauthorized(NOT_YET)
    try:
        open_text(services.vault, CREDENTIALS, row.tenant_id, row.id, row.credentials)
    except SealBroken:
        await _mark(services, row)
        raise ConnectionUnauthorized(BROKEN) from None
    except UnknownKey:
        log.error("master_key_missing", account=row.id)  # noqa: TRY400 - the line is enough, a traceback tells no more
        raise ConnectionUnauthorized(KEYLESS) from None


async def _mark(services: Services, row: AccountRow) -> None:
    now = services.database.clock()
    marked = await mark_unreadable(services.database, row, lambda one: account_event("account.needs_reauth", one, now))
    log.error("credentials_unreadable", account=row.id)
    if marked is not None:
        services.rows.saw_account(marked)
        await follow(services, marked)
    else:
        services.rows.forget_account(row.tenant_id, row.id)
