"""The outcome of a connect link in the audit and as an event; the link's id is the actor, since the end user is unknown."""

from unified.errors.requests import ConnectFailed
from unified.service.audit.events import AuditedAct, record
from unified.service.runtime.events import connect_failed_event
from unified.service.runtime.services import Services
from unified.store import connect_links
from unified.store.connect_links import ConnectLinkRow
from unified.telemetry.request_scope import RequestScope

NAME = "connect"
MAX_REPORTED = 10
"""Failures of one link that are recorded and reported: whoever has a link must not fill the audit by failing often."""


async def note_connected(services: Services, link: ConnectLinkRow, account_id: str) -> None:
    """Write the row of the account that was connected with the link."""
    await record(services, _act(link, account_id), RequestScope(), None)


async def note_failed(services: Services, link: ConnectLinkRow, problem: ConnectFailed, *, is_last: bool = False) -> None:
    """Write the row and the event of a refusal before it is answered, and store its reason in the link.

    Args:
        services: the assembled parts.
        link: the link.
        problem: the refusal.
        is_last: whether it ends the link; it is reported even if many were reported before.
    """
    is_reported = await connect_links.fail(
        services.database,
        link.tenant_id,
        link.id,
        reason=problem.reason,
        most=None if is_last else MAX_REPORTED,
        event=connect_failed_event(link, problem.reason, services.clock()),
    )
    if is_reported:
        await record(services, _act(link, link.reconnects or link.id), RequestScope(), problem)


def _act(link: ConnectLinkRow, target: str) -> AuditedAct:
    return AuditedAct(tenant_id=link.tenant_id, actor=link.id, name=NAME, changes=True, target=target)
