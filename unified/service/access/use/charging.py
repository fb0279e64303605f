"""Counting what a caller with limits does, before it is done, and what an answer holds, before it is given.

A caller without limits costs nothing here.
"""

from unified.errors.access import LimitUsedUp
from unified.errors.error import UnifiedError
from unified.errors.service import LimitReached
from unified.errors.waiting import try_again
from unified.service.access.use.use_limits import READ, Amounts, Charge, Levels, charges_of, ends_at
from unified.service.runtime.events import LimitReport, event
from unified.service.runtime.services import Services
from unified.store import use_counts
from unified.store.deliveries import Event
from unified.text.formatting_times import time_text


async def charge_use(services: Services, tenant_id: str, levels: Levels, amounts: Amounts, *, is_answer: bool = False) -> None:
    """Count what a caller is about to do, at every level of its chain, or at none if one is used up.

    With `is_answer`, count what it is about to be given, which was read already.

    Raises:
        LimitReached: a limit of the present minute, hour or day is used up; `retry_after` says when it begins again.
        LimitUsedUp: a limit in all is used up.
    """
    if not levels:
        return
    now = services.clock()
    charges = charges_of(levels, amounts, now)
    if not charges:
        return

    def reported(place: int) -> Event:
        return event("limit.reached", _report(charges[place]), now)

    full = await use_counts.add(services.database, tenant_id, charges, reported)
    if full is not None:
        end = ends_at(charges[full])
        raise _refusal(charges[full], None if end is None else (end - now).total_seconds(), is_answer=is_answer)


def _report(charge: Charge) -> LimitReport:
    until = time_text(ends_at(charge), "seconds")
    return LimitReport(id=charge.owner, limit=charge.counted, period=charge.period, quota=charge.quota, until=until)


def _refusal(charge: Charge, wait: float | None, *, is_answer: bool) -> UnifiedError:
    most = _most(charge)
    if is_answer:
        few = f"{most}, and this answer has more than are left; it is not given; ask for fewer records or fields"
        return LimitUsedUp(few) if wait is None else LimitReached(f"{few}, or {try_again(wait)}", retry_after=wait)
    if wait is None:
        return LimitUsedUp(f"{most}, and they are used up; nothing was done")
    if charge.amount > charge.quota:
        return LimitReached(f"{most}, and this request has {charge.amount} at once; send fewer", retry_after=wait)
    return LimitReached(f"{most}, and they are used up; nothing was done; {try_again(wait)}", retry_after=wait)


def _most(charge: Charge) -> str:
    who = f"the {'MCP server' if charge.owner.startswith('mcp_') else 'API key'} {charge.owner}"
    verb = "get" if charge.counted in READ else "do"
    return f"{who} may {verb} {charge.quota} {charge.counted} {'in all' if charge.period == 'total' else f'a {charge.period}'}"
