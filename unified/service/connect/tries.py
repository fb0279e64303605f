"""Limits on how many keys, passwords and codes a link, and an address, may have refused.

A connect page must not help to guess them, nor to send a provider's token endpoint as many calls as one likes. A link's try is
counted before the provider is asked, so that concurrent tries are limited too; the count is taken back unless the provider
refused what was entered. Many people may have one address, so it is counted once the provider has refused, and what is right
connects whatever came from the same address before.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from unified.catalog.provider import Provider
from unified.errors.error import UnifiedError
from unified.errors.requests import ConnectFailed
from unified.errors.service import RateLimited
from unified.errors.waiting import try_again
from unified.service.connect.audit import note_failed
from unified.service.connect.failure_messages import TOKEN_REASONS, connect_failed
from unified.service.connect.links import TOO_MANY_TRIES
from unified.service.connect.offers import unusable, used_up
from unified.service.runtime.services import Services
from unified.store import connect_links
from unified.store.connect_links import ConnectLinkRow

MAX_TRIES = 5
"""Refused tries of one link; the last one ends the link."""
REFUSED = frozenset({"credentials_refused", "setting_unknown", TOKEN_REASONS["invalid_grant"], TOKEN_REASONS["invalid_client"]})
"""Reasons of failures that are the provider's answer to what was entered or chosen, or to where it was sent."""
TOO_OFTEN = "too many credentials from this address were refused; {again}. Credentials that the product accepts still connect"


@asynccontextmanager
async def limited_try(services: Services, row: ConnectLinkRow, provider: Provider, address: str | None) -> AsyncIterator[None]:
    """Count one try for the time of the block.

    Raises:
        NotFound: the link has ended, or ends with this try.
        RateLimited: the provider refused, as it did too many tries from the address before.
    """
    number = await _begun(services, row)
    try:
        yield
    except UnifiedError as problem:
        if not isinstance(problem, ConnectFailed) or problem.reason not in REFUSED:
            await connect_links.forgive_try(services.database, row.tenant_id, row.id)
            raise
        if number < MAX_TRIES:
            _slow_down(services, address)
            raise
        if await _is_over(services, row):  # by another try, which was right
            raise connect_failed("link_used", provider.title) from None
        await note_failed(services, row, connect_failed(TOO_MANY_TRIES, provider.title), is_last=True)
        await connect_links.end(services.database, row.tenant_id, row.id)
        raise used_up() from None
    await connect_links.forgive_try(services.database, row.tenant_id, row.id)


async def _begun(services: Services, row: ConnectLinkRow) -> int:
    """Count a try, and return its number."""
    number = await connect_links.begin_try(services.database, row.tenant_id, row.id, most=MAX_TRIES)
    if number is not None:
        return number
    now = await connect_links.get(services.database, row.tenant_id, row.id)
    is_used_up = now is not None and now.status != "completed" and now.tries >= MAX_TRIES
    raise used_up() if is_used_up else unusable()


async def _is_over(services: Services, row: ConnectLinkRow) -> bool:
    now = await connect_links.get(services.database, row.tenant_id, row.id)
    return now is None or now.status == "completed"


def _slow_down(services: Services, address: str | None) -> None:
    wait = None if address is None else services.attempts.passwords.failed(address)
    if wait is not None:
        raise RateLimited(TOO_OFTEN.format(again=try_again(wait)), retry_after=wait) from None
