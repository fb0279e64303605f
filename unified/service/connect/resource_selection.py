"""After an account was connected: whoever connected it chooses what of it may be used, for a while and in the same browser.

The browser keeps a pass, sealed for one link, that names the account. It ends by itself, and when the account is connected
again.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import msgspec

from unified.errors import NotFound
from unified.service.audit.events import AuditedAct, record
from unified.service.audit.request_context import audit_context
from unified.service.connect.completion import Connected, with_account
from unified.service.connect.offers import unusable
from unified.service.runtime.services import Services
from unified.store import accounts, connect_links, tenants
from unified.store.accounts import AccountRow
from unified.vault.errors import VaultError

PASS_LIFETIME = timedelta(hours=1)
NAME = "connect resources"
"""What the audit trail calls it."""


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser keeps, sealed."""

    tenant_id: str
    account_id: str
    connections: int
    ends: datetime


class ResourceSelection(msgspec.Struct, frozen=True, kw_only=True):
    """A link whose account may be chosen from."""

    link_id: str
    tenant_name: str
    account: AccountRow
    return_url: str | None
    """Where the browser goes afterwards, with the account's id."""


async def new_selection_pass(services: Services, done: Connected) -> str:
    """The pass of whoever just connected an account."""
    row = await accounts.get(services.database, done.tenant_id, done.account_id)
    kept = Pass(
        tenant_id=done.tenant_id,
        account_id=done.account_id,
        connections=0 if row is None else row.connections,
        ends=services.clock() + PASS_LIFETIME,
    )
    return services.vault.seal(msgspec.json.encode(kept), context=_seal_context(done.link_id))


def _seal_context(link_id: str) -> tuple[str, ...]:
    return ("connect_links", "choosing", link_id)


async def open_selection(services: Services, link_id: str, given: str) -> ResourceSelection:
    """The link behind a pass; NotFound, with one message, for every pass that is not its own or is over."""
    try:
        kept = msgspec.json.decode(services.vault.open(given, context=_seal_context(link_id)), type=Pass)
    except (VaultError, msgspec.MsgspecError, ValueError):
        raise unusable() from None
    link = await connect_links.get(services.database, kept.tenant_id, link_id)
    account = await accounts.get(services.database, kept.tenant_id, kept.account_id)
    tenant = await tenants.get(services.database, kept.tenant_id)
    if link is None or account is None or tenant is None or kept.ends <= services.clock():
        raise unusable()
    if link.account_id != account.id or account.connections != kept.connections or account.status != "active":
        raise unusable()
    return ResourceSelection(
        link_id=link.id,
        tenant_name=tenant.name,
        account=account,
        return_url=with_account(link.return_url, account.id),
    )


@asynccontextmanager
async def audited(services: Services, choosing: ResourceSelection, *, changes: bool) -> AsyncIterator[None]:
    """Put what is done within into the audit trail of the tenant; the link is the actor, since nobody else is known."""
    account = choosing.account
    asked = AuditedAct(tenant_id=account.tenant_id, actor=choosing.link_id, name=NAME, changes=changes, target=account.id)
    with audit_context() as note:
        try:
            yield
        except NotFound:
            raise
        except BaseException as problem:
            await record(services, asked, note, problem)
            raise
        await record(services, asked, note, None)
