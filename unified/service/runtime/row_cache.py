"""Rows that a request needs, kept for two seconds, so that a warm request asks no database.

What is kept is what the database holds: digests of keys and tokens, and sealed credentials. A change made in this process
is seen at once, one made elsewhere after `KEPT` seconds; a revoked key or MCP server and a deleted account are refused by
every worker within that time. A refresh of credentials is kept apart by its version, see `token_refresher`.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec

from unified.store import accounts, api_keys, mcp_servers
from unified.store.accounts import AccountRow
from unified.store.api_keys import ApiKeyRow
from unified.store.engine import Database
from unified.store.mcp_servers import McpServerRow

TTL_SECONDS = 2.0
"""Seconds."""
MAX_ROWS = 10_000
"""Rows of one kind; the oldest go first."""
MAX_ACCOUNTS = 200
"""Of one tenant, where all of its accounts are meant."""
MAX_LISTS = 100
"""Tenants whose list of accounts is kept."""

RowT = TypeVar("RowT")
KeyT = TypeVar("KeyT")


class TtlCache(Generic[KeyT, RowT]):
    """A bounded dictionary whose entries end after `KEPT` seconds; those who miss one together read it together."""

    def __init__(self, clock: Callable[[], float], most: int = MAX_ROWS) -> None:
        self._rows: OrderedDict[KeyT, tuple[float, RowT]] = OrderedDict()
        self._reading: dict[KeyT, asyncio.Task[RowT | None]] = {}
        self._clock = clock
        self._most = most

    async def find(self, key: KeyT, read: Callable[[], Awaitable[RowT | None]]) -> RowT | None:
        """The row, read when it is not there; a row that does not exist is not remembered."""
        found = self.get(key)
        if found is not None:
            return found
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._read(key, read))
        return await asyncio.shield(reading)

    async def _read(self, key: KeyT, read: Callable[[], Awaitable[RowT | None]]) -> RowT | None:
        since = self._clock()
        try:
            row = await read()
        finally:
            current = self._reading.get(key) is asyncio.current_task()  # False when it was forgotten meanwhile
            if current:
                del self._reading[key]
        if row is not None and current:
            self.put(key, row, since)
        return self.get(key) or row

    def get(self, key: KeyT) -> RowT | None:
        """The row, unless it is too old or not there."""
        found = self._rows.get(key)
        if found is None or found[0] <= self._clock():
            return None
        return found[1]

    def put(self, key: KeyT, row: RowT, since: float | None = None) -> None:
        """Keep a row that was read or written, unless a newer one is known.

        `since` is when the reading began, for a change may have come after it.
        """
        known = self.get(key)
        if known is not None and _version(known) > _version(row):
            return
        self._rows[key] = ((self._clock() if since is None else since) + TTL_SECONDS, row)
        self._rows.move_to_end(key)
        while len(self._rows) > self._most:
            self._rows.popitem(last=False)

    def replace(self, key: KeyT, row: RowT) -> None:
        """Correct a kept row without keeping it longer."""
        if key in self._rows:
            self._rows[key] = (self._rows[key][0], row)

    def drop(self, matches: Callable[[RowT], bool]) -> None:
        """Forget the rows that match, and do not keep what is being read now: it may be one of them."""
        self._reading.clear()
        for key in [key for key, (_, row) in self._rows.items() if matches(row)]:
            self.forget(key)

    def forget(self, key: KeyT) -> None:
        """Forget one row, and do not keep what is being read of it now."""
        self._rows.pop(key, None)
        self._reading.pop(key, None)


def _version(row: object) -> int:
    return getattr(row, "version", 0)


class RowCache:
    """Accounts, keys and MCP servers of all tenants, as this process last saw them."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._accounts: TtlCache[tuple[str, str], AccountRow] = TtlCache(clock)
        self._keys: TtlCache[bytes, ApiKeyRow] = TtlCache(clock)
        self._lists: TtlCache[str, tuple[AccountRow, ...]] = TtlCache(clock, most=MAX_LISTS)
        self._servers: TtlCache[bytes, McpServerRow] = TtlCache(clock)

    async def account(self, tenant_id: str, account_id: str) -> AccountRow | None:
        """The tenant's account; None when it is unknown or another tenant's.

        One that is kept and cannot be called is read again: it may have been connected again elsewhere just now.
        """
        place = (tenant_id, account_id)
        kept = self._accounts.get(place)
        if kept is not None and kept.status != "active":
            self._accounts.forget(place)
        return await self._accounts.find(place, lambda: accounts.get(self._database, tenant_id, account_id))

    def put_account(self, row: AccountRow) -> None:
        """Keep a row that was just read or written, unless a newer one is known."""
        self._accounts.put((row.tenant_id, row.id), row)
        self._lists.forget(row.tenant_id)

    def invalidate_account(self, tenant_id: str, account_id: str) -> None:
        """Forget an account that was deleted."""
        self._accounts.forget((tenant_id, account_id))
        self._lists.forget(tenant_id)

    async def oldest_accounts(self, tenant_id: str) -> tuple[AccountRow, ...]:
        """The tenant's accounts, oldest first, `MOST_ACCOUNTS` of them; for what is shown, not for what is called."""

        async def read() -> tuple[AccountRow, ...]:
            return (await accounts.list_page(self._database, tenant_id, limit=MAX_ACCOUNTS)).items

        return await self._lists.find(tenant_id, read) or ()

    async def key(self, digest: bytes) -> ApiKeyRow | None:
        """The key behind a token, unless it expired or was revoked; an expiry is looked at each time."""
        found = await self._keys.find(digest, lambda: api_keys.find_by_digest(self._database, digest))
        if found is not None and found.expires_at is not None and found.expires_at <= self._database.clock():
            return None
        return found

    async def use_key(self, digest: bytes, row: ApiKeyRow) -> None:
        """Keep `last_used_at` true to the minute, so that unused keys can be found and revoked."""
        now = self._database.clock()
        last = (self._keys.get(digest) or row).last_used_at  # others who came at the same time may have noted it
        if last is None or now - last >= api_keys.TOUCH_EVERY:
            self._keys.replace(digest, msgspec.structs.replace(row, last_used_at=now))
            await api_keys.touch(self._database, row.tenant_id, row.id)

    def invalidate_key(self, key_id: str) -> None:
        """Forget a key that was revoked."""
        self._keys.drop(lambda row: row.id == key_id)

    async def server(self, digest: bytes) -> McpServerRow | None:
        """The MCP server behind a token, unless it expired or was revoked; the expiry is looked at each time."""
        found = await self._servers.find(digest, lambda: mcp_servers.find_by_digest(self._database, digest))
        return None if found is None or found.expires_at <= self._database.clock() else found

    async def use_server(self, digest: bytes, row: McpServerRow) -> None:
        """Keep `last_used_at` true to the minute, so that unused servers can be found and revoked."""
        now = self._database.clock()
        last = (self._servers.get(digest) or row).last_used_at
        if last is None or now - last >= mcp_servers.TOUCH_EVERY:
            self._servers.replace(digest, msgspec.structs.replace(row, last_used_at=now))
            await mcp_servers.touch(self._database, row.tenant_id, row.id)

    def invalidate_server(self, server_id: str) -> None:
        """Forget an MCP server that was changed, given another token or revoked."""
        self._servers.drop(lambda row: row.id == server_id)
