"""One refresh of an account's credentials, of which there is one at a time in all processes.

Between processes a lease decides (`unified.store.refreshes`). What the token endpoint says never replaces a newer token.
"""

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from unified.errors.error import UnifiedError
from unified.errors.providers import OAuthAppInvalid
from unified.errors.requests import NotFound
from unified.service.runtime.events import account_events
from unified.service.runtime.refreshes.refresh_times import is_refreshable_now
from unified.service.runtime.row_cache import RowCache
from unified.store import refreshes
from unified.store.accounts import AccountRow, EventOf, SealedCredentials
from unified.store.engine.engine import Database
from unified.store.queries.pauses import REFRESH, is_over
from unified.telemetry.instrumentation import observe_refresh
from unified.telemetry.loggers import get_logger
from unified.transport.resilience.queued_semaphore import QueuedSemaphore
from unified.transport.token_answer import TokenRefused

LEASE = timedelta(seconds=15)
"""Longer than a token call may take (10 s); when it ends, other processes take over from one that died."""
POLL_SECONDS = 0.04
"""How often a process checks whether another one's refresh is done."""
BACKOFF = timedelta(seconds=2)
MAX_BACKOFF = REFRESH
REASONS = {"invalid_grant": "invalid_grant", "invalid_client": "client_refused", "unauthorized_client": "client_refused"}
"""Refusals that only the owner of the account, or of the OAuth app, can repair → the account's `status_reason`."""
INTERRUPTED = "refresh_interrupted"
"""The refresh token was refused after a refresh with unknown outcome: it was rotated, and the new one was not stored."""
Ask = Callable[[AccountRow], Awaitable[SealedCredentials]]
"""Fetches new credentials for an account from its provider, sealed; raises TokenRefused."""
Bind = Callable[[AccountRow, AccountRow, SealedCredentials], SealedCredentials]
"""Seals credentials that were fetched for an account as it was for the account as it is now."""
Hindrance = Callable[[AccountRow], Awaitable[UnifiedError | None]]
"""Returns why no token can be fetched now, for a reason outside the account; None if one can."""
Follow = Callable[[AccountRow], Awaitable[None]]
"""Called with each account after a refresh changed its status."""
log = get_logger("unified.refresh")


class RefreshAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """How a refresh ended: the current account, and what prevented new credentials."""

    row: AccountRow
    problem: str | None = None
    """A stable code, such as `invalid_grant` or `timeout`; None if there are new credentials."""
    hindrance: UnifiedError | None = None
    """The error for callers if the account is not at fault."""


class LeasedRefresh:
    """Refreshes accounts in turn with other processes; holds recent failures, never a credential."""

    def __init__(
        self,
        database: Database,
        rows: RowCache,
        ask: Ask,
        *,
        bind: Bind,
        follow: Follow,
        hindered: Hindrance,
        max_concurrency: int,
    ) -> None:
        self._database = database
        self._rows = rows
        self._ask = ask
        self._bind = bind
        self._follow = follow
        self._hindered = hindered
        self._gate = QueuedSemaphore(max_concurrency, sys.maxsize, is_shared=True)
        self._failures: dict[str, int] = {}
        self.holder = f"ref_{secrets.token_hex(8)}"

    async def refreshed(self, row: AccountRow) -> RefreshAttempt:
        """Refresh the credentials, or wait for the process that does.

        Raises:
            NotFound: the account was deleted.
        """
        async with self._gate.slot((row.tenant_id, row.id)):
            if hindrance := await self._hindered(row):
                return RefreshAttempt(row=row, problem=hindrance.code, hindrance=hindrance)
            begun = await refreshes.begin(self._database, row, holder=self.holder, lease=LEASE)
            return await self._wait_for_other(row) if begun is None else await self._request(begun)

    async def _wait_for_other(self, row: AccountRow) -> RefreshAttempt:
        """Wait for another process to finish its refresh; take over if that process dies."""
        while True:
            now = await self._now(row)
            if now.credentials_version != row.credentials_version:
                return RefreshAttempt(row=now)
            if now.status != row.status or not is_refreshable_now(now, self._database.clock()):
                return RefreshAttempt(row=now, problem=now.status_reason or "unavailable")
            if begun := await self._take_over(now):
                return await self._request(begun)
            await asyncio.sleep(POLL_SECONDS)

    async def _take_over(self, row: AccountRow) -> AccountRow | None:
        """Take the lease if no one holds it any more. The check is a read, so it does not block the writer."""
        if not is_over(row.refresh_lease_until, self._database.clock(), REFRESH):
            return None
        return await refreshes.begin(self._database, row, holder=self.holder, lease=LEASE)

    async def _request(self, begun: AccountRow) -> RefreshAttempt:
        with observe_refresh(begun.provider) as seen:
            attempt = await self._outcome(begun)
            seen.outcome = _outcome(attempt)
            return attempt

    async def _outcome(self, begun: AccountRow) -> RefreshAttempt:
        try:
            sealed = await self._ask(begun)
        except TokenRefused as refused:
            return await self._refused(begun, refused)
        except BaseException:
            await self._give_back(begun, TokenRefused("unavailable", definite=False))
            raise
        event_of = None if begun.status == "active" else account_events("account.reactivated")
        written = await self._written(begun, sealed, event_of)
        self._failures.pop(begun.id, None)
        if written is not None and event_of is not None:
            await self._follow(written)
        return RefreshAttempt(row=written) if written is not None else await self._overtaken(begun)

    async def _written(self, begun: AccountRow, sealed: SealedCredentials, event_of: EventOf | None) -> AccountRow | None:
        """Write new credentials for the settings that the account has by then; None if it has newer ones, or was deleted."""
        row = begun
        while (written := await refreshes.finish(self._database, row, sealed, event_of=event_of)) is None:
            now = await self._now(begun)
            if now.credentials_version != begun.credentials_version or now.connections == row.connections:
                return None
            row, sealed = now, self._bind(row, now, sealed)
        return written

    async def _refused(self, begun: AccountRow, refused: TokenRefused) -> RefreshAttempt:
        if refused.code == OAuthAppInvalid.code:
            return await self._app_refused(begun)
        reason = REASONS.get(refused.code)
        log.warning("refresh_refused", provider=begun.provider, account=begun.id, code=refused.code)
        if reason is None:
            await self._give_back(begun, refused)
            return RefreshAttempt(row=await self._now(begun), problem=refused.code)
        interrupted = reason == "invalid_grant" and begun.refresh_unfinished > 1
        reason = INTERRUPTED if interrupted else reason
        written = await refreshes.refuse(self._database, begun, reason=reason, event_of=account_events("account.needs_reauth"))
        if written is not None:
            await self._follow(written)
        return RefreshAttempt(row=written, problem=reason) if written is not None else await self._overtaken(begun)

    async def _app_refused(self, begun: AccountRow) -> RefreshAttempt:
        """End a refresh after the app was refused: the account is unaffected, and works again as soon as the app does."""
        now = self._database.clock()
        await refreshes.give_back(self._database, begun, holder=self.holder, not_before=now, definite=True)
        hindrance = await self._hindered(begun)
        return RefreshAttempt(row=await self._now(begun), problem=OAuthAppInvalid.code, hindrance=hindrance)

    async def _overtaken(self, begun: AccountRow) -> RefreshAttempt:
        """Return the account as others left it: with newer credentials, or with the same refusal reported before."""
        now = await self._now(begun)
        same = now.credentials_version == begun.credentials_version
        return RefreshAttempt(row=now, problem=(now.status_reason or "unavailable") if same else None)

    async def _now(self, row: AccountRow) -> AccountRow:
        newest = await self._rows.reread_account(row.tenant_id, row.id)
        if newest is None:
            raise NotFound("no such account")
        return newest

    async def _give_back(self, begun: AccountRow, refused: TokenRefused) -> None:
        count = self._failures[begun.id] = min(self._failures.get(begun.id, 0) + 1, 10)
        wait = min(BACKOFF * 2.0 ** (count - 1), MAX_BACKOFF)
        if refused.retry_after is not None:
            wait = max(wait, min(timedelta(seconds=refused.retry_after), MAX_BACKOFF))
        not_before = self._database.clock() + wait
        await refreshes.give_back(self._database, begun, holder=self.holder, not_before=not_before, definite=refused.definite)


def _outcome(attempt: RefreshAttempt) -> str:
    """Return the outcome for metrics."""
    if attempt.problem is None:
        return "refreshed"
    return "needs_reauth" if attempt.row.status == "needs_reauth" else "failed"
