"""What came of a connect link stands in the tenant's audit trail; the link's id is the actor, since nobody else is known."""

from unified.errors import ConnectFailed
from unified.service.audit.events import AuditedAct, record
from unified.service.audit.request_context import AuditContext
from unified.service.runtime.services import Services
from unified.store import connect_links
from unified.store.connect_links import ConnectLinkRow

NAME = "connect"


async def note_connected(services: Services, link: ConnectLinkRow, account_id: str) -> None:
    """A row for the account that came of the link."""
    await record(services, _asked(link, account_id), AuditContext(), None)


async def note_failed(services: Services, link: ConnectLinkRow, problem: ConnectFailed) -> None:
    """A row for the refusal, written before it is answered, and the reason in the link."""
    await connect_links.fail(services.database, link.tenant_id, link.id, reason=problem.reason)
    await record(services, _asked(link, link.reconnects or link.id), AuditContext(), problem)


def _asked(link: ConnectLinkRow, target: str) -> AuditedAct:
    return AuditedAct(tenant_id=link.tenant_id, actor=link.id, name=NAME, changes=True, target=target)
