"""What a provider last said about its limits, for the accounts page."""

from datetime import datetime, timedelta

import msgspec

from unified.service.runtime.services import Services


class CallsLeft(msgspec.Struct, frozen=True, kw_only=True):
    """How many calls the provider still takes."""

    remaining: int
    limit: int | None = None
    resets_at: datetime | None = None


def calls_left(services: Services, account_id: str) -> CallsLeft | None:
    """The last known limit of an account; None while its provider has told this process none."""
    seen = services.client.limits_of(account_id)
    if seen is None:
        return None
    resets_at = None if seen.reset is None else services.database.clock() + timedelta(seconds=seen.reset)
    return CallsLeft(remaining=seen.remaining, limit=seen.limit, resets_at=resets_at)
