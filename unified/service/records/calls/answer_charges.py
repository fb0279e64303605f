"""Counting the records and bytes of an answer before a caller with limits gets it."""

from unified.service.access.use.charging import charge_use
from unified.service.access.use.use_limits import amounts_of_answer
from unified.service.records.calls.call import Call


async def charge_answer(call: Call, records: int, size: int) -> None:
    """Count what an answer holds beyond that which its call counted in advance; `size` is in bytes.

    Raises:
        LimitReached, LimitUsedUp: a limit has less left than the answer holds, which must then not be given.
    """
    if call.principal.levels:
        amounts = amounts_of_answer(records, size)
        await charge_use(call.services, call.principal.tenant_id, call.principal.levels, amounts, is_answer=True)
