"""Audit rows for the outcome of a connect link; the link's id is the actor, since the end user is unknown."""

from unified.errors import ConnectFailed
from unified.service.audit.events import AuditedAct, record
from unified.service.audit.request_context import AuditContext
from unified.service.runtime.services import Services
from unified.store import connect_links
from unified.store.connect_links import ConnectLinkRow

NAME = "connect"


async def note_connected(services: Services, link: ConnectLinkRow, account_id: str) -> None:
    """Write the row of the account that was connected with the link."""
    await record(services, _act(link, account_id), AuditContext(), None)


async def note_failed(services: Services, link: ConnectLinkRow, problem: ConnectFailed) -> None:
    """Write the row of a refusal before it is answered, and store its reason in the link."""
    await connect_links.fail(services.database, link.tenant_id, link.id, reason=problem.reason)
    await record(services, _act(link, link.reconnects or link.id), AuditContext(), problem)


def _act(link: ConnectLinkRow, target: str) -> AuditedAct:
    return AuditedAct(tenant_id=link.tenant_id, actor=link.id, name=NAME, changes=True, target=target)
