"""Tokens kept alive: refreshed before they expire, once for all callers and processes, and never over a newer one.

In a process all callers of an account wait for one task; between processes a lease decides (`unified.store.refreshes`).
A token that still lives is used while it is refreshed behind, so that callers seldom wait.
"""

import asyncio
import math
import secrets
import zlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
import structlog

from unified.errors import ConnectionUnauthorized, NotFound, OAuthAppInvalid, ProviderError, UnifiedError
from unified.service.runtime.events import account_events
from unified.service.runtime.row_cache import RowCache
from unified.store import refreshes
from unified.store.accounts import AccountRow, SealedCredentials
from unified.store.engine import Database
from unified.telemetry.instrumentation import observe_refresh
from unified.transport.oauth import TokenRefused

EARLIEST, LATEST = timedelta(seconds=180), timedelta(seconds=60)
"""A token is refreshed between these times before it expires; when exactly is told by account, to spread the load."""
USABLE = timedelta(seconds=10)
"""A token that lives this long is sent while it is refreshed; one that does not is waited for."""
LEASE = timedelta(seconds=15)
"""Longer than a token call may take (10 s); the time after which others go on when a process died."""
POLL_SECONDS = 0.04
"""How often a process looks whether another one's refresh is done."""
BACKOFF = timedelta(seconds=2)
MAX_BACKOFF = timedelta(minutes=5)
FORCED_REFRESH_COOLDOWN = timedelta(seconds=60)
"""For this long no refresh is forced again after a fresh token was refused: it is not the token."""
MAX_CONCURRENCY = 32
"""Token calls of one process at the same time, so that a storm of expiries does not become one of calls."""

REASONS = {"invalid_grant": "invalid_grant", "invalid_client": "client_refused", "unauthorized_client": "client_refused"}
"""Refusals that only the account's owner, or the one of the OAuth app, can mend → the account's `status_reason`."""
INTERRUPTED = "refresh_interrupted"
"""The refresh token was refused after a refresh whose end is not known: the provider had rotated it, nobody wrote it down."""

Ask = Callable[[AccountRow], Awaitable[SealedCredentials]]
"""Gets new credentials for an account from its provider, sealed; raises TokenRefused."""
Hindrance = Callable[[AccountRow], Awaitable[UnifiedError | None]]
"""Why no token may be asked for now, for a reason that lies outside of the account; None when one may."""
Follow = Callable[[AccountRow], Awaitable[None]]
"""Is told of each account whose status a refresh has changed."""
log = structlog.get_logger("unified.refresh")


async def _nothing(_row: AccountRow) -> None:
    return None


class RefreshAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """How a refresh ended: the account as it is now, and what kept it from having new credentials."""

    row: AccountRow
    problem: str | None = None
    """A stable code, such as `invalid_grant` or `timeout`; None when there are new credentials."""
    hindrance: UnifiedError | None = None
    """What callers are told when it was not the account's fault."""


class Refresher:
    """The refreshes of one process; holds the running ones and what failed lately, never a credential."""

    def __init__(
        self,
        database: Database,
        rows: RowCache,
        ask: Ask,
        *,
        follow: Follow = _nothing,
        hindered: Hindrance = _nothing,
        at_once: int = MAX_CONCURRENCY,
    ) -> None:
        self._database = database
        self._follow = follow
        self._hindered = hindered
        self._rows = rows
        self._ask = ask
        self._gate = asyncio.Semaphore(at_once)
        self._running: dict[tuple[str, str], asyncio.Task[RefreshAttempt]] = {}
        self._failures: dict[str, int] = {}
        self._in_vain: dict[str, datetime] = {}
        self.holder = f"ref_{secrets.token_hex(8)}"

    async def fresh(self, row: AccountRow) -> AccountRow:
        """The account with a token that lives long enough to be sent.

        Raises:
            ConnectionUnauthorized: the provider takes the grant no more.
            ProviderError: the token is dead, and the provider's token endpoint gives no other one now.
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
        """After a 401: the account with other credentials than these, or None when there are none to be had.

        A second refusal in one call was of fresh credentials: it is noted, so that no loop of refreshes comes of it.
        """
        now = self._database.clock()
        if refusals > 1:
            self._note_in_vain(row.id, now)
            return None
        newest = await self._rows.reread_account(row.tenant_id, row.id)
        if newest is None:
            return None
        if newest.credentials_version != row.credentials_version:
            return newest if newest.status == "active" else None
        if not row.credentials_refreshable or self._in_vain.get(row.id, now) > now:
            return None
        if not is_refreshable_now(newest, now):
            raise self._unavailable(newest)
        attempt = await asyncio.shield(self._start(newest))
        if attempt.problem is not None and attempt.row.status == "active":
            raise attempt.hindrance or self._unavailable(attempt.row)
        return self._usable(attempt)

    async def force(self, row: AccountRow) -> RefreshAttempt:
        """Refresh now because somebody asked for it, also where the account waits for its owner."""
        return await asyncio.shield(self._start(row))

    def start_due(self, row: AccountRow) -> None:
        """Refresh behind, for the keeper; does nothing when the account's own time has not come."""
        now = self._database.clock()
        if is_due(row, now) and is_refreshable_now(row, now):
            self._start(row)

    async def close(self) -> None:
        """Wait for running refreshes: a grant that was rotated must be written down."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _newest(self, row: AccountRow) -> AccountRow:
        kept = await self._rows.account(row.tenant_id, row.id)
        if kept is None:
            raise NotFound("no such account")
        return kept if kept.version >= row.version else row

    def _start(self, row: AccountRow) -> "asyncio.Task[RefreshAttempt]":
        place = (row.tenant_id, row.id)
        running = self._running.get(place)
        if running is None:
            running = asyncio.create_task(self._run(row))
            self._running[place] = running
            running.add_done_callback(lambda task: self._ended(place, task))
        return running

    def _ended(self, place: tuple[str, str], task: "asyncio.Task[RefreshAttempt]") -> None:
        self._running.pop(place, None)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("refresh_failed", kind=type(problem).__name__)

    async def _run(self, row: AccountRow) -> RefreshAttempt:
        async with self._gate:
            if hindrance := await self._hindered(row):
                return RefreshAttempt(row=row, problem=hindrance.code, hindrance=hindrance)
            begun = await refreshes.begin(self._database, row, holder=self.holder, lease=LEASE)
            return await self._awaited(row) if begun is None else await self._asked(begun)

    async def _awaited(self, row: AccountRow) -> RefreshAttempt:
        """What another process makes of it; takes over when that one dies."""
        while True:
            now = await self._now(row)
            if now.credentials_version != row.credentials_version:
                return RefreshAttempt(row=now)
            if now.status != row.status or not is_refreshable_now(now, self._database.clock()):
                return RefreshAttempt(row=now, problem=now.status_reason or "unavailable")
            if begun := await self._taken_over(now):
                return await self._asked(begun)
            await asyncio.sleep(POLL_SECONDS)

    async def _taken_over(self, row: AccountRow) -> AccountRow | None:
        """The lease, when nobody holds it any more. Looking is a read: it does not stand in the way of who will write."""
        if row.refresh_lease_until is not None and row.refresh_lease_until > self._database.clock():
            return None
        return await refreshes.begin(self._database, row, holder=self.holder, lease=LEASE)

    async def _asked(self, begun: AccountRow) -> RefreshAttempt:
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
            return await self._not_to_blame(begun)
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

    async def _not_to_blame(self, begun: AccountRow) -> RefreshAttempt:
        """The app is refused: nothing is held against the account, so that it can go on as soon as the app works."""
        now = self._database.clock()
        await refreshes.give_back(self._database, begun, holder=self.holder, not_before=now, definite=True)
        hindrance = await self._hindered(begun)
        return RefreshAttempt(row=await self._now(begun), problem=OAuthAppInvalid.code, hindrance=hindrance)

    async def _overtaken(self, begun: AccountRow) -> RefreshAttempt:
        """The account as others left it: newer credentials, or the same refusal told before."""
        now = await self._now(begun)
        same = now.credentials_version == begun.credentials_version
        return RefreshAttempt(row=now, problem=(now.status_reason or "unavailable") if same else None)

    async def _now(self, row: AccountRow) -> AccountRow:
        found = await self._rows.reread_account(row.tenant_id, row.id)
        if found is None:
            raise NotFound("no such account")
        return found

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

    def _note_in_vain(self, account_id: str, now: datetime) -> None:
        self._in_vain = {name: until for name, until in self._in_vain.items() if until > now}
        self._in_vain[account_id] = now + FORCED_REFRESH_COOLDOWN


def _outcome(attempt: RefreshAttempt) -> str:
    """The word for metrics."""
    if attempt.problem is None:
        return "refreshed"
    return "needs_reauth" if attempt.row.status == "needs_reauth" else "failed"


def is_due(row: AccountRow, now: datetime) -> bool:
    """Whether the account's token should be refreshed: it is within 60 to 180 s of its end, by the account's own share."""
    if not row.credentials_refreshable or row.credentials_expires_at is None:
        return False
    return row.credentials_expires_at - now <= margin(row)


def margin(row: AccountRow) -> timedelta:
    """How long before its end this token is refreshed: the same in every process, other for each account and token.

    A token that lives only minutes is refreshed at half its life.
    """
    share = zlib.crc32(f"{row.id}.{row.credentials_version}".encode()) / 2**32
    planned = LATEST + (EARLIEST - LATEST) * share
    if row.credentials_issued_at is None or row.credentials_expires_at is None:
        return planned
    return min(planned, (row.credentials_expires_at - row.credentials_issued_at) / 2)


def is_usable(row: AccountRow, now: datetime, *, least: timedelta = USABLE) -> bool:
    """Whether the account's token lives longer than this."""
    return row.credentials_expires_at is None or row.credentials_expires_at - now > least


def is_refreshable_now(row: AccountRow, now: datetime) -> bool:
    """Whether the token endpoint may be asked: it did not fail a moment ago."""
    return row.refresh_not_before is None or row.refresh_not_before <= now


def needs_owner(row: AccountRow) -> ConnectionUnauthorized:
    """The refusal of a call to an account that is not active."""
    reason = f" ({row.status_reason})" if row.status_reason else ""
    return ConnectionUnauthorized(f"the account is {row.status}{reason}; connect it again")
