"""A provider's 401 to an account: confirmed by the provider's check request, and reported once.

One 401 proves little: some products answer it for a missing permission, or during an outage. The check request is therefore
made once for all callers of an account, with the same credentials; if it gets a 401 too, the account is `needs_reauth`. The
change is written only while these credentials are the account's, so there is one event whatever the workers do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from unified.service.runtime.events import account_events
from unified.service.runtime.row_cache import RowCache
from unified.store import accounts
from unified.store.accounts import AccountRow, AccountStatus
from unified.store.engine.engine import Database
from unified.store.engine.failures import describe_failure
from unified.telemetry.loggers import get_logger

REFUSED = "credentials_refused"
"""The `status_reason` of an account if the provider refuses its credentials, in the check request too."""
CHECK_COOLDOWN = timedelta(seconds=30)
"""How long a worker does not check the same credentials again after a check that did not confirm the refusal."""

Ask = Callable[[AccountRow], Awaitable[bool]]
"""Makes the provider's check request with exactly these credentials; returns whether it was refused as unauthorized."""
Follow = Callable[[AccountRow], Awaitable[None]]
"""Called with each account after its status changed."""
log = get_logger("unified.refusals")


class Refusals:
    """The running and recent checks of one process; holds no credential."""

    def __init__(self, database: Database, rows: RowCache, ask: Ask, follow: Follow) -> None:
        self._database = database
        self._rows = rows
        self._ask = ask
        self._follow = follow
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._checked: dict[tuple[str, int], datetime] = {}

    async def confirm(self, row: AccountRow, *, at_once: bool = False) -> None:
        """After a 401 with these credentials, check whether the provider accepts them, and mark the account if it does not.

        Does nothing if they were checked within `CHECK_COOLDOWN`; `at_once` checks anyway, for a person who wants to
        know. A caller that goes away does not end what others wait for, and a check that fails changes no caller's answer.
        """
        key = (row.tenant_id, row.id)
        running = self._running.get(key)
        if running is None:
            if not at_once and self._was_checked(row):
                return
            running = self._running[key] = asyncio.create_task(self._check(row))
            running.add_done_callback(lambda task: self._ended(key, task))
        await asyncio.wait({running})

    async def restore(self, row: AccountRow) -> None:
        """Activate the account, because the provider accepts its credentials again; unless it was changed meanwhile."""
        await self._move(row, "needs_reauth", "active", reason=None, event="account.reactivated")

    async def close(self) -> None:
        """Wait for running checks: their outcome must be written."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _was_checked(self, row: AccountRow) -> bool:
        now = self._database.clock()
        self._checked = {which: until for which, until in self._checked.items() if until > now}
        return (row.id, row.credentials_version) in self._checked

    def _ended(self, key: tuple[str, str], task: "asyncio.Task[None]") -> None:
        self._running.pop(key, None)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("check_failed", **describe_failure(problem))

    async def _check(self, row: AccountRow) -> None:
        newest = await self._rows.reread_account(row.tenant_id, row.id)
        if newest is None or newest.status != "active" or newest.credentials_version != row.credentials_version:
            return
        self._checked[row.id, row.credentials_version] = self._database.clock() + CHECK_COOLDOWN
        if await self._ask(newest):
            await self._give_up(newest)

    async def _give_up(self, row: AccountRow) -> None:
        self._checked.pop(
            (row.id, row.credentials_version), None
        )  # if the account is activated again, it may be checked immediately
        log.warning("credentials_refused", provider=row.provider, account=row.id)
        await self._move(row, "active", "needs_reauth", reason=REFUSED, event="account.needs_reauth")

    async def _move(self, row: AccountRow, before: AccountStatus, to: AccountStatus, *, reason: str | None, event: str) -> None:
        """Change the status while it and the credentials are as they were."""
        changed = await accounts.transition(
            self._database,
            row.tenant_id,
            row.id,
            to=to,
            reason=reason,
            event_of=account_events(event),
            expected=before,
            credentials_version=row.credentials_version,
        )
        if changed is not None:
            await self._follow(changed)
