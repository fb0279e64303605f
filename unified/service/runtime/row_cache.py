"""A cache of the rows that each request needs, so that a warm request makes no database query.

The cache holds what the database holds: digests of keys and tokens, and sealed credentials. The store publishes every change
that it commits (`unified.store.engine.changes`), and the cache drops the changed row: a change made in this process is visible
immediately, one made in another process after at most `TTL_SECONDS`. Every worker therefore refuses a revoked key or MCP
server, a deleted account and a suspended tenant within that time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec

from unified.bounded_cache import BoundedCache
from unified.store import account_lists, accounts, bearer_tokens, tenants
from unified.store.accounts import AccountRow
from unified.store.api_keys import KEYS, ApiKeyRow
from unified.store.bearer_tokens import TOUCH_EVERY, TokenKind
from unified.store.engine.changes import Change
from unified.store.engine.engine import Database
from unified.store.engine.tables import ACCOUNTS, API_KEYS, MCP_SERVERS, TENANTS
from unified.store.mcp_servers import SERVERS, McpServerRow
from unified.store.tenants import TenantRow

TTL_SECONDS = 2.0
MAX_ROWS = 10_000
"""Rows of one kind; the oldest are dropped first."""
MAX_ACCOUNTS = 200
"""The most accounts of one tenant that are listed when all of them are meant."""
MAX_LISTS = 100
"""Tenants with a cached list of accounts."""

RowT = TypeVar("RowT")
KeyT = TypeVar("KeyT")
UsedT = TypeVar("UsedT", ApiKeyRow, McpServerRow)


class TtlCache(Generic[KeyT, RowT]):
    """A bounded dictionary of entries that expire after `TTL_SECONDS`; callers that miss the same entry share one read."""

    def __init__(self, clock: Callable[[], float], max_rows: int = MAX_ROWS) -> None:
        self._rows: BoundedCache[KeyT, tuple[float, RowT]] = BoundedCache(max_rows)
        self._reading: dict[KeyT, asyncio.Task[RowT | None]] = {}
        self._clock = clock

    async def find(self, key: KeyT, read: Callable[[], Awaitable[RowT | None]]) -> RowT | None:
        """Return the cached row, or read it; the absence of a row is not cached."""
        cached = self.get(key)
        if cached is not None:
            return cached
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._read(key, read))
        return await asyncio.shield(reading)

    async def _read(self, key: KeyT, read: Callable[[], Awaitable[RowT | None]]) -> RowT | None:
        since = self._clock()
        try:
            row = await read()
        finally:
            is_current = self._reading.get(key) is asyncio.current_task()  # False when the row was dropped during the read
            if is_current:
                del self._reading[key]
        if row is not None and is_current:
            self.put(key, row, since)
        return self.get(key) or row

    def get(self, key: KeyT) -> RowT | None:
        """Return the cached row, or None when there is none or it has expired."""
        entry = self._rows.get(key)
        if entry is None or entry[0] <= self._clock():
            return None
        return entry[1]

    def put(self, key: KeyT, row: RowT, since: float) -> None:
        """Cache a row; `since` is when its read began, because it may have changed after that."""
        self._rows.put(key, (since + TTL_SECONDS, row))

    def correct(self, key: KeyT, change: Callable[[RowT], RowT]) -> None:
        """Change the row that is cached now, if there is one, without extending its life."""
        if key in self._rows:
            expires, row = self._rows[key]
            self._rows[key] = (expires, change(row))

    def drop_matching(self, matches: Callable[[RowT], bool]) -> None:
        """Drop the rows that match, and do not cache the results of running reads: one of them may match as well."""
        self._reading.clear()
        for key in [key for key, (_, row) in self._rows.items() if matches(row)]:
            self.drop(key)

    def drop(self, key: KeyT) -> None:
        """Drop one row, and do not cache the result of a running read of it."""
        self._rows.pop(key, None)
        self._reading.pop(key, None)


class RowCache:
    """The tenants, accounts, API keys and MCP servers that this process read within the last seconds."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._accounts: TtlCache[tuple[str, str], AccountRow] = TtlCache(clock)
        self._keys: TtlCache[bytes, ApiKeyRow] = TtlCache(clock)
        self._lists: TtlCache[str, tuple[AccountRow, ...]] = TtlCache(clock, max_rows=MAX_LISTS)
        self._servers: TtlCache[bytes, McpServerRow] = TtlCache(clock)
        self._tenants: TtlCache[str, TenantRow] = TtlCache(clock)

    def invalidate(self, change: Change) -> None:
        """Drop the cached copies of a row that was written; the subscriber of the database's changes."""
        if change.table == ACCOUNTS.name:
            self._drop_account(change.tenant_id, change.id)
        elif change.table == API_KEYS.name:
            self._keys.drop_matching(lambda row: row.id == change.id)
        elif change.table == MCP_SERVERS.name:
            self._servers.drop_matching(lambda row: row.id == change.id)
        elif change.table == TENANTS.name:
            self._tenants.drop(change.id)

    async def tenant(self, tenant_id: str) -> TenantRow | None:
        """Return the tenant, suspended or not; None when it is unknown."""
        return await self._tenants.find(tenant_id, lambda: tenants.get(self._database, tenant_id))

    async def account(self, tenant_id: str, account_id: str) -> AccountRow | None:
        """Return the tenant's account; None when it is unknown or another tenant's.

        An account that is not active is always read again: another process may just have connected it.
        """
        cached = self._accounts.get((tenant_id, account_id))
        if cached is not None and cached.status == "active":
            return cached
        if cached is not None:
            self._accounts.drop((tenant_id, account_id))
        return await self._find_account(tenant_id, account_id)

    async def reread_account(self, tenant_id: str, account_id: str) -> AccountRow | None:
        """Read the tenant's account from the database and cache it; None when it is unknown or another tenant's.

        For decisions that must not rest on a row that is up to `TTL_SECONDS` old.
        """
        self._drop_account(tenant_id, account_id)
        return await self._find_account(tenant_id, account_id)

    async def _find_account(self, tenant_id: str, account_id: str) -> AccountRow | None:
        key = (tenant_id, account_id)
        return await self._accounts.find(key, lambda: accounts.get(self._database, tenant_id, account_id))

    def _drop_account(self, tenant_id: str, account_id: str) -> None:
        self._accounts.drop((tenant_id, account_id))
        self._lists.drop(tenant_id)

    async def oldest_accounts(self, tenant_id: str) -> tuple[AccountRow, ...]:
        """Return the tenant's first `MAX_ACCOUNTS` accounts, oldest first; to show them, not to call with them."""

        async def read() -> tuple[AccountRow, ...]:
            return (await account_lists.list_page(self._database, tenant_id, limit=MAX_ACCOUNTS)).items

        return await self._lists.find(tenant_id, read) or ()

    async def key(self, digest: bytes) -> ApiKeyRow | None:
        """Return the key of a token, or None when it is unknown, revoked or expired; the expiry is checked on every call."""
        return await self._usable(self._keys, KEYS, digest)

    async def server(self, digest: bytes) -> McpServerRow | None:
        """Return the MCP server of a token, or None when it is unknown, revoked or expired; the expiry is always checked."""
        return await self._usable(self._servers, SERVERS, digest)

    async def _usable(self, cache: TtlCache[bytes, UsedT], kind: TokenKind[UsedT], digest: bytes) -> UsedT | None:
        row = await cache.find(digest, lambda: bearer_tokens.find_by_digest(self._database, kind, digest))
        return None if row is None or (row.expires_at is not None and row.expires_at <= self._database.clock()) else row

    async def use_key(self, digest: bytes, row: ApiKeyRow) -> None:
        """Keep the key's `last_used_at` accurate to a minute, so that unused keys can be found and revoked."""
        if self._note_use(self._keys, digest, row):
            await bearer_tokens.touch(self._database, KEYS, row.tenant_id, row.id)

    async def use_server(self, digest: bytes, row: McpServerRow) -> None:
        """Keep the server's `last_used_at` accurate to a minute, so that unused servers can be found and revoked."""
        if self._note_use(self._servers, digest, row):
            await bearer_tokens.touch(self._database, SERVERS, row.tenant_id, row.id)

    def _note_use(self, cache: TtlCache[bytes, UsedT], digest: bytes, row: UsedT) -> bool:
        """Note a use in the cached row; return whether it must be written as well.

        `row` is the caller's copy. It may have been read before a change that the cache knows, so it is not cached again.
        """
        now = self._database.clock()
        last = (cache.get(digest) or row).last_used_at  # a concurrent request may have recorded the use already
        if last is not None and now - last < TOUCH_EVERY:
            return False
        cache.correct(digest, lambda cached: msgspec.structs.replace(cached, last_used_at=now))
        return True
