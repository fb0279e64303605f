"""Token refreshes: before a token expires, once for all callers and processes, and never over a newer token.

In a process all callers of an account wait for one task; between processes a lease decides (`unified.store.refreshes`). A token
that is still valid is used while it is refreshed in the background, so callers seldom wait.
"""

import asyncio
import math
import secrets
import zlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec

from unified.errors import ConnectionUnauthorized, NotFound, OAuthAppInvalid, ProviderError, UnifiedError
from unified.service.runtime.events import account_events
from unified.service.runtime.row_cache import RowCache
from unified.store import refreshes
from unified.store.accounts import AccountRow, SealedCredentials
from unified.store.engine import Database
from unified.telemetry.instrumentation import observe_refresh
from unified.telemetry.loggers import get_logger
from unified.transport.token_answer import TokenRefused

EARLIEST, LATEST = timedelta(seconds=180), timedelta(seconds=60)
"""A token is refreshed between these times before it expires; the exact time depends on the account, to spread the load."""
USABLE = timedelta(seconds=10)
"""A token that is valid for this long is sent while it is refreshed; for another one, callers wait."""
LEASE = timedelta(seconds=15)
"""Longer than a token call may take (10 s); when it ends, other processes take over from one that died."""
POLL_SECONDS = 0.04
"""How often a process checks whether another one's refresh is done."""
BACKOFF = timedelta(seconds=2)
MAX_BACKOFF = timedelta(minutes=5)
FORCED_REFRESH_COOLDOWN = timedelta(seconds=60)
"""How long no refresh is forced again after a new token was refused: the token is not the cause."""
MAX_CONCURRENCY = 32
"""Concurrent token calls of one process, so that many expiries at once do not become as many calls."""

REASONS = {"invalid_grant": "invalid_grant", "invalid_client": "client_refused", "unauthorized_client": "client_refused"}
"""Refusals that only the owner of the account, or of the OAuth app, can repair → the account's `status_reason`."""
INTERRUPTED = "refresh_interrupted"
"""The refresh token was refused after a refresh with unknown outcome: it was rotated, and the new one was not stored."""

Ask = Callable[[AccountRow], Awaitable[SealedCredentials]]
"""Fetches new credentials for an account from its provider, sealed; raises TokenRefused."""
Hindrance = Callable[[AccountRow], Awaitable[UnifiedError | None]]
"""Returns why no token can be fetched now, for a reason outside the account; None if one can."""
Follow = Callable[[AccountRow], Awaitable[None]]
"""Called with each account after a refresh changed its status."""
log = get_logger("unified.refresh")


async def _nothing(_row: AccountRow) -> None:
    return None


class RefreshAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """How a refresh ended: the current account, and what prevented new credentials."""

    row: AccountRow
    problem: str | None = None
    """A stable code, such as `invalid_grant` or `timeout`; None if there are new credentials."""
    hindrance: UnifiedError | None = None
    """The error for callers if the account is not at fault."""


class Refresher:
    """The refreshes of one process; holds the running ones and recent failures, never a credential."""

    def __init__(
        self,
        database: Database,
        rows: RowCache,
        ask: Ask,
        *,
        follow: Follow = _nothing,
        hindered: Hindrance = _nothing,
        max_concurrency: int = MAX_CONCURRENCY,
    ) -> None:
        self._database = database
        self._follow = follow
        self._hindered = hindered
        self._rows = rows
        self._ask = ask
        self._gate = asyncio.Semaphore(max_concurrency)
        self._running: dict[tuple[str, str], asyncio.Task[RefreshAttempt]] = {}
        self._failures: dict[str, int] = {}
        self._cooldowns: dict[str, datetime] = {}
        self.holder = f"ref_{secrets.token_hex(8)}"

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
        if not row.credentials_refreshable or self._cooldowns.get(row.id, now) > now:
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
            log.error("refresh_failed", kind=type(problem).__name__)

    async def _run(self, row: AccountRow) -> RefreshAttempt:
        async with self._gate:
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
        if row.refresh_lease_until is not None and row.refresh_lease_until > self._database.clock():
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
        tell = None if begun.status == "active" else account_events("account.reactivated")
        written = await refreshes.finish(self._database, begun, sealed, tell=tell)
        self._failures.pop(begun.id, None)
        if written is not None and tell is not None:
            await self._follow(written)
        return RefreshAttempt(row=written) if written is not None else await self._overtaken(begun)

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
        written = await refreshes.refuse(self._database, begun, reason=reason, tell=account_events("account.needs_reauth"))
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


def _outcome(attempt: RefreshAttempt) -> str:
    """Return the outcome for metrics."""
    if attempt.problem is None:
        return "refreshed"
    return "needs_reauth" if attempt.row.status == "needs_reauth" else "failed"


def is_due(row: AccountRow, now: datetime) -> bool:
    """Return whether the token should be refreshed: 60 to 180 s before it expires, depending on the account."""
    if not row.credentials_refreshable or row.credentials_expires_at is None:
        return False
    return row.credentials_expires_at - now <= margin(row)


def margin(row: AccountRow) -> timedelta:
    """Return how long before its expiry a token is refreshed: the same in every process, different for each account.

    A token that is valid for only minutes is refreshed at half its life.
    """
    share = zlib.crc32(f"{row.id}.{row.credentials_version}".encode()) / 2**32
    planned = LATEST + (EARLIEST - LATEST) * share
    if row.credentials_issued_at is None or row.credentials_expires_at is None:
        return planned
    return min(planned, (row.credentials_expires_at - row.credentials_issued_at) / 2)


def is_usable(row: AccountRow, now: datetime, *, least: timedelta = USABLE) -> bool:
    """Return whether the token is valid for longer than `least`."""
    return row.credentials_expires_at is None or row.credentials_expires_at - now > least


def is_refreshable_now(row: AccountRow, now: datetime) -> bool:
    """Return whether the token endpoint may be asked: it did not fail a moment ago."""
    return row.refresh_not_before is None or row.refresh_not_before <= now


def needs_owner(row: AccountRow) -> ConnectionUnauthorized:
    """Return the refusal of a call to an account that is not active."""
    reason = f" ({row.status_reason})" if row.status_reason else ""
    return ConnectionUnauthorized(f"the account is {row.status}{reason}; connect it again")
