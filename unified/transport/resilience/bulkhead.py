"""A bulkhead that keeps one account or provider from taking all resources: concurrent calls are bounded, others wait.

The queue is bounded too: when it is full, or the caller's time ends in it, the answer is 503 `overloaded`. Who waits is
served in turns: for an account over its requesters, for a provider over tenants and then accounts. A tenant never holds so many
of a provider's slots that another finds none.
"""

from collections.abc import Callable, Iterable
from functools import partial

from unified.fair_queue import Owner
from unified.transport.resilience.queued_semaphore import QueuedSemaphore
from unified.transport.resilience.shared_slots import SharedSlots


def _ignore_provider(_provider: str, _by: int) -> None:
    pass


class Bulkhead:
    """The semaphores of all accounts and providers of one worker; an account's slots are shared by all workers with Redis."""

    def __init__(
        self,
        *,
        account_concurrency: int = 32,
        account_queue: int = 1000,
        provider_concurrency: int = 200,
        shared: SharedSlots | None = None,
        on_wait: Callable[[str, int], None] = _ignore_provider,
    ) -> None:
        """`on_wait` is called with the provider of a call that begins to wait (1) or stops waiting (-1)."""
        self._account_concurrency = account_concurrency
        self._provider_concurrency = provider_concurrency
        self._max_queue = account_queue
        self._shared = shared
        self._on_wait = on_wait
        self._accounts: dict[str, QueuedSemaphore] = {}
        self._providers: dict[str, QueuedSemaphore] = {}

    def in_flight(self) -> int:
        """Return how many slots are in use."""
        return sum(semaphore.taken for semaphore in self._accounts.values())

    def waiting(self) -> int:
        """Return how many callers are waiting."""
        return sum(semaphore.waiting for semaphore in (*self._accounts.values(), *self._providers.values()))

    def slot(self, account_id: str, provider: str, ends: float, *, tenant_id: str = "", requester: str = "") -> "Slot":
        """Return a slot for one attempt, which is held while its block runs; entering it waits for a free one.

        Raises:
            Overloaded: When entered: no slot is free until `ends` (the event loop's time), or the queue is full.
        """
        return Slot(self, provider, ends, (tenant_id or account_id, account_id), requester)

    async def enter(self, slot: "Slot") -> str | None:
        """Take a slot of the account and one of the provider; return the lease, if the account's is shared."""
        account_id, provider, ends = slot.account_id, slot.provider, slot.ends
        await self._account(account_id, provider).enter(ends, "this account", (slot.requester,))
        lease = None
        try:
            if self._shared is not None:
                lease = await self._shared.take(account_id, ends, slot.requester)
            await self._provider(provider).enter(ends, provider, slot.owner)
        except BaseException:
            self._leave_account(slot, lease)
            raise
        return lease

    async def forget(self, account_ids: Iterable[str]) -> None:
        """Drop the shared slots of deleted accounts; those that Redis cannot drop now expire by themselves."""
        if self._shared is not None:
            await self._shared.forget(account_ids)

    def leave(self, slot: "Slot", lease: str | None) -> None:
        """Give both back."""
        _leave(self._providers, slot.provider, slot.owner)
        self._leave_account(slot, lease)

    def _leave_account(self, slot: "Slot", lease: str | None) -> None:
        if self._shared is not None and lease is not None:
            self._shared.give_back(slot.account_id, lease)
        _leave(self._accounts, slot.account_id, (slot.requester,))

    def _account(self, account_id: str, provider: str) -> QueuedSemaphore:
        found = self._accounts.get(account_id)
        if found is None:
            count = partial(self._on_wait, provider)
            found = self._accounts[account_id] = QueuedSemaphore(self._account_concurrency, self._max_queue, count)
        return found

    def _provider(self, provider: str) -> QueuedSemaphore:
        found = self._providers.get(provider)
        if found is None:
            count = partial(self._on_wait, provider)
            found = QueuedSemaphore(self._provider_concurrency, self._max_queue, count, is_shared=True)
            self._providers[provider] = found
        return found


class Slot:
    """A slot of an account and its provider, held while its block runs."""

    __slots__ = ("_bulkhead", "_lease", "account_id", "ends", "owner", "provider", "requester")

    def __init__(self, bulkhead: Bulkhead, provider: str, ends: float, owner: tuple[str, str], requester: str) -> None:
        self._bulkhead = bulkhead
        self.account_id = owner[1]
        self.provider = provider
        self.ends = ends
        self.owner = owner
        self.requester = requester
        self._lease: str | None = None

    async def __aenter__(self) -> None:
        self._lease = await self._bulkhead.enter(self)

    async def __aexit__(self, *_raised: object) -> None:
        self._bulkhead.leave(self, self._lease)


def _leave(semaphores: dict[str, QueuedSemaphore], name: str, owner: Owner) -> None:
    """Leave a semaphore; drop it when no caller uses it."""
    semaphore = semaphores[name]
    semaphore.leave(owner)
    if not semaphore.taken:
        del semaphores[name]
