"""The selection of resources after an account was connected: by the same person, in the same browser, for a limited time.

The browser keeps a pass that is sealed for one link and names the account. The pass expires by itself, and when the account is
connected again.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import msgspec

from unified.errors.requests import NotFound
from unified.service.audit.events import AuditedAct, record
from unified.service.connect.completion import Connected, with_account
from unified.service.connect.offers import require_served, unusable
from unified.service.connect.return_address import current_return_url, is_left_out
from unified.service.languages import Language, known_language
from unified.service.runtime.services import Services
from unified.store import accounts, connect_links, tenants
from unified.store.accounts import AccountRow
from unified.telemetry.request_scope import audit_context
from unified.vault.errors import VaultError

PASS_LIFETIME = timedelta(hours=1)
NAME = "connect resources"
"""The name in the audit."""


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """The state that the browser keeps, sealed."""

    tenant_id: str
    account_id: str
    connections: int
    ends: datetime


class ResourceSelection(msgspec.Struct, frozen=True, kw_only=True):
    """A link with an account whose resources may be selected."""

    link_id: str
    tenant_name: str
    account: AccountRow
    return_url: str | None
    """Where the browser goes afterwards, with the account's id; None if the link names no address, or one that is left out."""
    is_left_here: bool = False
    """Whether the link names an address whose origin is no longer one of the tenant's."""
    language: Language | None = None
    """The language of the link."""


async def new_selection_pass(services: Services, connected: Connected) -> str:
    """Return the pass for the browser in which an account was just connected."""
    row = await accounts.get(services.database, connected.tenant_id, connected.account_id)
    selection_pass = Pass(
        tenant_id=connected.tenant_id,
        account_id=connected.account_id,
        connections=0 if row is None else row.connections,
        ends=services.clock() + PASS_LIFETIME,
    )
    return services.vault.seal(msgspec.json.encode(selection_pass), context=_seal_context(connected.link_id))


def _seal_context(link_id: str) -> tuple[str, ...]:
    return ("connect_links", "choosing", link_id)


async def open_selection(services: Services, link_id: str, sealed: str) -> ResourceSelection:
    """Return the link of a pass.

    Raises:
        NotFound: the pass is not of this link, or is over, with one message.
        TenantSuspended, LinkPaused: the link's tenant is suspended, or the key that made it paused.
    """
    try:
        selection_pass = msgspec.json.decode(services.vault.open(sealed, context=_seal_context(link_id)), type=Pass)
    except (VaultError, msgspec.MsgspecError, ValueError):
        raise unusable() from None
    link = await connect_links.get(services.database, selection_pass.tenant_id, link_id)
    account = await accounts.get(services.database, selection_pass.tenant_id, selection_pass.account_id)
    tenant = await tenants.get(services.database, selection_pass.tenant_id)
    if link is None or account is None or tenant is None or selection_pass.ends <= services.clock():
        raise unusable()
    await require_served(services, link)
    if link.account_id != account.id or account.connections != selection_pass.connections or account.status != "active":
        raise unusable()
    back = current_return_url(link.return_url, tenant, services.settings)
    return ResourceSelection(
        link_id=link.id,
        tenant_name=tenant.name,
        account=account,
        return_url=with_account(back, account.id),
        is_left_here=is_left_out(link.return_url, back),
        language=known_language(link.language),
    )


@asynccontextmanager
async def audited(services: Services, selection: ResourceSelection, *, changes: bool) -> AsyncIterator[None]:
    """Record what is done within the block in the tenant's audit; the link is the actor, since the end user is unknown."""
    account = selection.account
    act = AuditedAct(tenant_id=account.tenant_id, actor=selection.link_id, name=NAME, changes=changes, target=account.id)
    with audit_context() as context:
        try:
            yield
        except NotFound:
            raise
        except BaseException as problem:
            await record(services, act, context, problem)
            raise
        await record(services, act, context, None)
