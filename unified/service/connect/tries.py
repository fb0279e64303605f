"""Limits on how many keys and passwords a link, and an address, may have refused: a connect page must not help to guess them.

A try is counted before the provider is asked, so that concurrent tries are limited too; the count is taken back unless the
provider refused what was entered.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from unified.catalog.provider import Provider
from unified.errors.error import UnifiedError
from unified.errors.requests import ConnectFailed
from unified.errors.service import RateLimited
from unified.service.connect.audit import note_failed
from unified.service.connect.failure_messages import connect_failed
from unified.service.connect.offers import TOO_MANY_TRIES, unusable, used_up
from unified.service.runtime.services import Services
from unified.store import connect_links
from unified.store.connect_links import ConnectLinkRow

MAX_TRIES = 5
"""Refused tries of one link; the last one ends the link."""
REFUSED = "credentials_refused"
TOO_OFTEN = "too many credentials from this address were refused; try again after retry_after seconds"


@asynccontextmanager
async def limited_try(services: Services, row: ConnectLinkRow, provider: Provider, address: str | None) -> AsyncIterator[None]:
    """Count one try for the time of the block.

    Raises:
        NotFound: the link has ended, or ends with this try.
        RateLimited: too many credentials from the address were refused.
    """
    number = await _begun(services, row, address)
    try:
        yield
    except UnifiedError as problem:
        if not isinstance(problem, ConnectFailed) or problem.reason != REFUSED:
            await _forgive(services, row, address)
            raise
        if number < MAX_TRIES:
            raise
        await note_failed(services, row, connect_failed(TOO_MANY_TRIES, provider.title), is_last=True)
        await connect_links.end(services.database, row.tenant_id, row.id)
        raise used_up() from None
    await _forgive(services, row, address)


async def _begun(services: Services, row: ConnectLinkRow, address: str | None) -> int:
    """Count a try, and return its number."""
    wait = None if address is None else services.attempts.passwords.failed(address)
    if wait is not None:
        raise RateLimited(TOO_OFTEN, retry_after=wait)
    number = await connect_links.begin_try(services.database, row.tenant_id, row.id, most=MAX_TRIES)
    if number is not None:
        return number
    if address is not None:
        services.attempts.passwords.forgive(address)
    now = await connect_links.get(services.database, row.tenant_id, row.id)
    raise used_up() if now is not None and now.tries >= MAX_TRIES else unusable()


async def _forgive(services: Services, row: ConnectLinkRow, address: str | None) -> None:
    if address is not None:
        services.attempts.passwords.forgive(address)
    await connect_links.forgive_try(services.database, row.tenant_id, row.id)
