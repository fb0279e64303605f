"""Rate limits of keys, accounts and tenants: rates over a sliding window, each counted separately.

With Redis the workers share the counters; without it, or while it does not answer, each worker counts for itself. Without
limits nothing is counted, and Redis is not asked.
"""

import time
from collections.abc import Callable, Iterable
from math import floor
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec
from limits import RateLimitItem, parse_many

from unified.bounded_cache import BoundedCache
from unified.errors.service import RateLimited
from unified.errors.waiting import try_again
from unified.settings.settings import Settings

if TYPE_CHECKING:
    from unified.transport.redis_link import RedisLink

Kind = Literal["key", "account", "tenant"]
KEY_PREFIX = "unified:rates"
EPSILON_SECONDS = 0.001
"""Added to waits, because at the exact moment the calls do not fit yet."""


MAX_COUNTERS = 100_000
"""Counters; the least recently used are dropped first."""


class Counts(Protocol):
    """A counter of the hits of a key in the present and the last window, with the method names of the `limits` library."""

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count a hit unless it exceeds the limit."""

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return the hits of the last window and their remaining seconds, and both of the present window."""

    async def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget the hits of a key."""


class RateLimitState(msgspec.Struct, frozen=True, kw_only=True):
    """The remainder of one rate."""

    policy: str
    """`key`, `account` or `tenant`; with a number if more than one rate is set for it."""
    quota: int
    window: int
    """The length of the window in seconds."""
    remaining: int
    reset: float
    """Seconds until the hits of the present window begin to count less; 0 if nothing was used."""


_NAME = "\0"
"""Takes the place of the name in the key of a counter."""


class _Rate(msgspec.Struct, frozen=True, kw_only=True):
    """One rate, with what each request needs of it."""

    item: RateLimitItem
    policy: str
    amount: int
    expiry: int
    """The length of the window in seconds."""
    around: tuple[str, ...]
    """The text before and after the name in the key of a counter."""

    def key(self, name: str) -> str:
        """Return the key of the counter of a key, account or tenant."""
        return name.join(self.around)


class RateLimits:
    """The rates of this installation, and their counters."""

    def __init__(
        self,
        *,
        key: str = "",
        account: str = "",
        tenant: str = "",
        link: "RedisLink | None" = None,
        memory: Counts | None = None,
        prefix: str = KEY_PREFIX,
    ) -> None:
        texts: dict[Kind, str] = {"key": key, "account": account, "tenant": tenant}
        self._rates: dict[Kind, tuple[_Rate, ...]] = {
            kind: _rates(kind, parse_many(text)) for kind, text in texts.items() if text
        }
        self._memory = memory or WindowCounts()
        self._local = self._memory if link is None and isinstance(self._memory, WindowCounts) else None
        """The counters, where nothing has to be waited for: those of a worker by itself."""
        self._link = link
        self._shared: Counts | None = None if link is None else _shared_counts(link, prefix)

    async def spend(self, kind: Kind, name: str, cost: int = 1) -> None:
        """Take calls from the budget of a key, account or tenant; `name` is its id.

        A cost above the whole quota takes the whole quota, so that a large batch is possible at all.

        Raises:
            RateLimited: the calls do not fit; `retry_after` is the seconds until they do.
        """
        for rate in self._rates.get(kind, ()):
            amount = min(cost, rate.amount)
            if not (await self._hit(rate, name, amount) if self._local is None else self._local.hit(rate, name, amount)):
                wait = seconds_until(rate.item, await self._window(rate, name), amount)
                raise RateLimited(
                    f"this {kind} may make {rate.item} calls, and they are used up; {try_again(wait)}",
                    retry_after=wait,
                )

    async def left(self, kind: Kind, name: str) -> list[RateLimitState]:
        """Return the remainder of every rate of a key, account or tenant; empty if none is set."""
        rates, local = self._rates.get(kind, ()), self._local
        if local is not None:
            return [_state(rate, local.window(rate.key(name), rate.expiry)) for rate in rates]
        return [_state(rate, await self._window(rate, name)) for rate in rates]

    async def forget(self, kind: Kind, names: Iterable[str]) -> None:
        """Drop the counters of deleted keys, accounts or tenants; those that Redis cannot drop now expire by themselves."""
        for name in names:
            for rate in self._rates.get(kind, ()):
                await self._clear(rate.key(name), rate.expiry)

    async def _clear(self, key: str, expiry: int) -> None:
        await self._memory.clear_sliding_window(key, expiry)
        if self._link is not None and self._shared is not None:
            shared = self._shared
            await self._link.ask(lambda: shared.clear_sliding_window(key, expiry))

    async def _hit(self, rate: _Rate, name: str, amount: int) -> bool:
        entry = (rate.key(name), rate.amount, rate.expiry, amount)
        if self._link is not None and self._shared is not None:
            shared = self._shared
            counted = await self._link.ask(lambda: shared.acquire_sliding_window_entry(*entry))
            if counted is not None:
                return counted
        return await self._memory.acquire_sliding_window_entry(*entry)

    async def _window(self, rate: _Rate, name: str) -> tuple[int, float, int, float]:
        entry = (rate.key(name), rate.expiry)
        if self._link is not None and self._shared is not None:
            shared = self._shared
            window = await self._link.ask(lambda: shared.get_sliding_window(*entry))
            if window is not None:
                return window
        return await self._memory.get_sliding_window(*entry)


def rate_limits_of(settings: Settings, link: "RedisLink | None") -> RateLimits:
    """Return the rate limits that the settings define."""
    return RateLimits(
        key=settings.rate_limit_key, account=settings.rate_limit_account, tenant=settings.rate_limit_tenant, link=link
    )


def _shared_counts(link: "RedisLink", prefix: str) -> Counts:
    from limits.aio.storage import RedisStorage  # noqa: PLC0415 - loads the Redis client, which is needed with Redis only

    pool = link.client.connection_pool
    # The storage takes its client's options as text, numbers or booleans by its types, and a pool by its documentation.
    return RedisStorage("redis://", implementation="redispy", key_prefix=prefix, connection_pool=pool)  # type: ignore[arg-type]


def _rates(kind: Kind, items: list[RateLimitItem]) -> tuple[_Rate, ...]:
    return tuple(
        _Rate(
            item=item,
            policy=f"{kind}-{number}" if len(items) > 1 else kind,
            amount=item.amount,
            expiry=item.get_expiry(),
            around=tuple(item.key_for(f"{kind}/{_NAME}").split(_NAME)),
        )
        for number, item in enumerate(items, start=1)
    )


def _state(rate: _Rate, window: tuple[int, float, int, float]) -> RateLimitState:
    previous, previous_left, current, current_left = window
    length = rate.expiry
    used = int(previous * previous_left / length) + current
    return RateLimitState(
        policy=rate.policy,
        quota=rate.amount,
        window=length,
        remaining=max(0, rate.amount - used),
        reset=max(0.0, current_left - length) if used else 0.0,
    )


def seconds_until(rate: RateLimitItem, window: tuple[int, float, int, float], amount: int) -> float:
    """Return the seconds until `amount` calls fit.

    Hits of the last window count less with every second, those of the present window only after its end.
    """
    previous, previous_left, current, current_left = window
    length = rate.get_expiry()
    room = rate.amount - amount
    if current <= room:
        return _positive(previous_left - (room - current + 1) * length / previous) if previous else 0.0
    return _positive(current_left - (room + 1) * length / current)


def _positive(seconds: float) -> float:
    return max(0.0, seconds) + EPSILON_SECONDS


class _Count(msgspec.Struct):
    window: int
    """The number of the window since the clock's start."""
    current: int
    previous: int


class WindowCounts:
    """Hits of the present and the previous window of each key; those of the previous one count less the older they are."""

    def __init__(self, *, clock: Callable[[], float] = time.time, max_counters: int = MAX_COUNTERS) -> None:
        self._clock = clock
        self._counts: BoundedCache[str, _Count] = BoundedCache(max_counters)

    def remembered(self) -> int:
        """Return how many keys are remembered."""
        return len(self._counts)

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count a hit unless it exceeds the limit; a refused hit is not counted. `expiry` is the window in seconds."""
        return self._take(key, limit, expiry, amount)

    def hit(self, rate: _Rate, name: str, amount: int) -> bool:
        """Count a hit of a rate at once, as `acquire_sliding_window_entry` does."""
        return self._take(rate.key(name), rate.amount, rate.expiry, amount)

    def _take(self, key: str, limit: int, expiry: int, amount: int) -> bool:
        count, left = self._count(key, expiry)
        if floor(count.previous * left / expiry) + count.current + amount > limit:
            return False
        count.current += amount
        return True

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return the hits of the previous window and the seconds for which they count, and both of the present one."""
        return self.window(key, expiry)

    def window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return the hits at once, as `get_sliding_window` does."""
        count, left = self._count(key, expiry)
        return count.previous, left, count.current, left + expiry

    async def clear_sliding_window(self, key: str, expiry: int) -> None:  # noqa: ARG002 - the form of the library
        """Forget the hits of a key."""
        self._counts.pop(key, None)

    def _count(self, key: str, expiry: int) -> tuple[_Count, float]:
        now = self._clock()
        window = int(now // expiry)
        count = self._counts.use(key)
        if count is None:
            count = self._counts.put(key, _Count(window, 0, 0))
        elif count.window != window:
            count.previous = count.current if count.window == window - 1 else 0
            count.window, count.current = window, 0
        return count, (window + 1) * expiry - now
