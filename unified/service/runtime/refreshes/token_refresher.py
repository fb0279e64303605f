"""Token refreshes: before a token expires, once for all callers and processes, and never over a newer token.

In a process all callers of an account wait for one task; between processes a lease decides (`leased_refresh`). A token that is
still valid is used while it is refreshed in the background, so callers seldom wait.
"""

import asyncio
import math
from datetime import datetime, timedelta

from unified.effects import without_effects
from unified.errors.providers import ConnectionUnauthorized, ProviderError
from unified.errors.requests import NotFound
from unified.service.runtime.refreshes.leased_refresh import Ask, Bind, Follow, Hindrance, LeasedRefresh, RefreshAttempt
from unified.service.runtime.refreshes.refresh_times import is_due, is_refreshable_now, is_usable
from unified.service.runtime.row_cache import RowCache
from unified.store.accounts import AccountRow, SealedCredentials
from unified.store.engine.engine import Database
from unified.store.engine.failures import describe_failure
from unified.store.queries.pauses import is_over
from unified.telemetry.loggers import get_logger
from unified.telemetry.request_scope import background_work

FORCED_REFRESH_COOLDOWN = timedelta(seconds=60)
"""How long no refresh is forced again after a new token was refused: the token is not the cause."""
MAX_CONCURRENCY = 32
"""Concurrent token calls of one process, so that many expiries at once do not become as many calls."""
log = get_logger("unified.refresh")


def _as_sealed(_before: AccountRow, _now: AccountRow, sealed: SealedCredentials) -> SealedCredentials:
    return sealed


async def _nothing(_row: AccountRow) -> None:
    return None


class Refresher:
    """The refreshes of one process; holds the running ones."""

    def __init__(
        self,
        database: Database,
        rows: RowCache,
        ask: Ask,
        *,
        bind: Bind = _as_sealed,
        follow: Follow = _nothing,
        hindered: Hindrance = _nothing,
        max_concurrency: int = MAX_CONCURRENCY,
    ) -> None:
        self._database = database
        self._rows = rows
        self._refresh = LeasedRefresh(
            database, rows, ask, bind=bind, follow=follow, hindered=hindered, max_concurrency=max_concurrency
        )
        self._running: dict[tuple[str, str], asyncio.Task[RefreshAttempt]] = {}
        self._cooldowns: dict[str, datetime] = {}

    async def fresh(self, row: AccountRow) -> AccountRow:
        """Return the account with a token that is valid long enough to be sent.

        Raises:
            NotFound: the account was deleted.
            ConnectionUnauthorized: the provider no longer accepts the grant.
            ProviderError: the token has expired, and the provider's token endpoint gives no other one now.
        """
        row = await self._newest(row)
        if row.status != "active":
            raise needs_owner(row)
        now = self._database.clock()
        if not is_due(row, now):
            return row
        if is_usable(row, now):
            if is_refreshable_now(row, now):
                self._start(row)
            return row
        if not is_refreshable_now(row, now):
            raise self._unavailable(row)
        return self._usable(await asyncio.shield(self._start(row)))

    async def renew(self, row: AccountRow, refusals: int) -> AccountRow | None:
        """After a 401, return the account with other credentials than these; None if there are none.

        The second refusal within a call was of new credentials: it starts `FORCED_REFRESH_COOLDOWN`, to prevent a refresh loop.

        Raises:
            ConnectionUnauthorized: the account needs its owner.
            ProviderError: the token endpoint gives no other token now.
        """
        now = self._database.clock()
        if refusals > 1:
            self._start_cooldown(row.id, now)
            return None
        newest = await self._rows.reread_account(row.tenant_id, row.id)
        if newest is None:
            return None
        if newest.credentials_version != row.credentials_version:
            return newest if newest.status == "active" else None
        if not row.credentials_refreshable or not is_over(self._cooldowns.get(row.id), now, FORCED_REFRESH_COOLDOWN):
            return None
        if not is_refreshable_now(newest, now):
            raise self._unavailable(newest)
        attempt = await asyncio.shield(self._start(newest))
        if attempt.problem is not None and attempt.row.status == "active":
            raise attempt.hindrance or self._unavailable(attempt.row)
        return self._usable(attempt)

    async def force(self, row: AccountRow) -> RefreshAttempt:
        """Refresh now because a person requested it, even if the account waits for its owner."""
        return await asyncio.shield(self._start(row))

    def start_due(self, row: AccountRow) -> None:
        """Refresh in the background, for the scheduler; does nothing before the account's own time."""
        now = self._database.clock()
        if is_due(row, now) and is_refreshable_now(row, now):
            self._start(row)

    async def close(self) -> None:
        """Wait for running refreshes: a rotated grant must be written."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _newest(self, row: AccountRow) -> AccountRow:
        cached = await self._rows.account(row.tenant_id, row.id)
        if cached is None:
            raise NotFound("no such account")
        return cached if cached.version >= row.version else row

    def _start(self, row: AccountRow) -> "asyncio.Task[RefreshAttempt]":
        key = (row.tenant_id, row.id)
        running = self._running.get(key)
        if running is None:
            running = asyncio.create_task(self._run(row))
            self._running[key] = running
            running.add_done_callback(lambda task: self._ended(key, task))
        return running

    def _ended(self, key: tuple[str, str], task: "asyncio.Task[RefreshAttempt]") -> None:
        self._running.pop(key, None)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("refresh_failed", **describe_failure(problem))

    async def _run(self, row: AccountRow) -> RefreshAttempt:
        with background_work(), without_effects():
            return await self._refresh.refreshed(row)

    def _usable(self, attempt: RefreshAttempt) -> AccountRow:
        row = attempt.row
        if row.status != "active":
            raise needs_owner(row)
        if attempt.problem is not None and not is_usable(row, self._database.clock(), least=timedelta()):
            raise attempt.hindrance or self._unavailable(row)
        return row

    def _unavailable(self, row: AccountRow) -> ProviderError:
        left = (row.refresh_not_before or self._database.clock()) - self._database.clock()
        return ProviderError(
            "the account's token has expired, and the provider gives no other one now; try again later",
            retry_after=max(1.0, math.ceil(left.total_seconds())),
        )

    def _start_cooldown(self, account_id: str, now: datetime) -> None:
        self._cooldowns = {name: until for name, until in self._cooldowns.items() if until > now}
        self._cooldowns[account_id] = now + FORCED_REFRESH_COOLDOWN


def needs_owner(row: AccountRow) -> ConnectionUnauthorized:
    """Return the refusal of a call to an account that is not active."""
    reason = f" ({row.status_reason})" if row.status_reason else ""
    return ConnectionUnauthorized(f"the account is {row.status}{reason}; connect it again")
