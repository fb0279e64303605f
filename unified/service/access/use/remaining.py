"""The rest of the limits of a credential, so that a limit is seen before it refuses."""

from datetime import datetime

import msgspec

from unified.service.access.use.use_limits import COUNTED, Amounts, Counted, Levels, Period, charges_of, ends_at
from unified.service.runtime.services import Services
from unified.store import use_counts

EACH: Amounts = dict.fromkeys(COUNTED, 1)


class Remaining(msgspec.Struct, frozen=True, kw_only=True):
    """The rest of one limit."""

    owner: str
    """The key or MCP server that has the limit: the credential itself, or a key above it."""
    limit: Counted
    period: Period
    quota: int
    left: int
    """How many more are let through, if the other limits have room."""
    until: datetime | None
    """When the count begins again; None for a limit in all."""


async def remaining_use(services: Services, tenant_id: str, levels: Levels) -> tuple[Remaining, ...]:
    """Return what is left of each limit of a chain, without counting anything."""
    charges = charges_of(levels, EACH, services.clock())
    if not charges:
        return ()
    counts = await use_counts.of_owners(services.database, tenant_id, {one.owner for one in charges})
    return tuple(
        Remaining(
            owner=one.owner,
            limit=one.counted,
            period=one.period,
            quota=one.quota,
            left=max(0, one.quota - use_counts.counted_in(counts, one)),
            until=ends_at(one),
        )
        for one in charges
    )
