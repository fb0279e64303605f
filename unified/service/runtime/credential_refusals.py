"""A provider's 401 to an account: believed when the provider's check request says the same, and told once.

One 401 proves little: some products answer it for a missing permission, or while they are out of order. So the check request
is made once for all callers of an account, with the same credentials; when that is a 401 too, the account is `needs_reauth`.
The change is written only while these credentials are the account's, so one event comes of it whatever the workers do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from unified.service.runtime.events import account_events
from unified.service.runtime.row_cache import RowCache
from unified.store import accounts
from unified.store.accounts import AccountRow, AccountStatus
from unified.store.engine import Database

REFUSED = "credentials_refused"
"""The `status_reason` of an account whose credentials the provider refuses, its check request included."""
EVERY = timedelta(seconds=30)
"""So long a worker does not ask again about the same credentials, when the check said something else."""

Ask = Callable[[AccountRow], Awaitable[bool]]
"""Makes the provider's check request with just these credentials; whether it was refused as unauthorized."""
Follow = Callable[[AccountRow], Awaitable[None]]
"""Is told of each account whose status has changed."""
log = structlog.get_logger("unified.refusals")


class Refusals:
    """The doubts of one process; holds what is being asked and when it was asked last, never a credential."""

    def __init__(self, database: Database, rows: RowCache, ask: Ask, follow: Follow) -> None:
        self._database = database
        self._rows = rows
        self._ask = ask
        self._follow = follow
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._asked: dict[tuple[str, int], datetime] = {}

    async def doubt(self, row: AccountRow, *, at_once: bool = False) -> None:
        """After a 401 with these credentials: ask whether the provider takes them, and give the account up if it does not.

        Does nothing when that was asked a moment ago; `at_once` asks all the same, for somebody who wants to know. A caller
        that goes away does not end what others wait for, and what cannot be asked changes no caller's answer.
        """
        place = (row.tenant_id, row.id)
        running = self._running.get(place)
        if running is None:
            if not at_once and self._asked_lately(row):
                return
            running = self._running[place] = asyncio.create_task(self._settle(row))
            running.add_done_callback(lambda task: self._ended(place, task))
        await asyncio.wait({running})

    async def restore(self, row: AccountRow) -> None:
        """The provider takes the credentials again: the account becomes active, unless it was changed meanwhile."""
        await self._move(row, "needs_reauth", "active", reason=None, event="account.reactivated")

    async def close(self) -> None:
        """Wait for what is being asked: its outcome is to be written down."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _asked_lately(self, row: AccountRow) -> bool:
        now = self._database.clock()
        self._asked = {which: until for which, until in self._asked.items() if until > now}
        return (row.id, row.credentials_version) in self._asked

    def _ended(self, place: tuple[str, str], task: "asyncio.Task[None]") -> None:
        self._running.pop(place, None)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("check_failed", kind=type(problem).__name__)

    async def _settle(self, row: AccountRow) -> None:
        newest = await self._rows.reread_account(row.tenant_id, row.id)
        if newest is None or newest.status != "active" or newest.credentials_version != row.credentials_version:
            return
        self._asked[row.id, row.credentials_version] = self._database.clock() + EVERY
        if await self._ask(newest):
            await self._give_up(newest)

    async def _give_up(self, row: AccountRow) -> None:
        self._asked.pop((row.id, row.credentials_version), None)  # should it be brought back, it may be asked about at once
        log.warning("credentials_refused", provider=row.provider, account=row.id)
        await self._move(row, "active", "needs_reauth", reason=REFUSED, event="account.needs_reauth")

    async def _move(self, row: AccountRow, before: AccountStatus, to: AccountStatus, *, reason: str | None, event: str) -> None:
        """Change the status while it and the credentials are as they were, in the database and in what this process keeps."""
        changed = await accounts.transition(
            self._database,
            row.tenant_id,
            row.id,
            to=to,
            reason=reason,
            event=account_events(event),
            expected=before,
            credentials_version=row.credentials_version,
        )
        if changed is not None:
            await self._follow(changed)
