"""Failed attempts of an address to show something valid: a key, the token of an MCP server, a password at a provider.

A key cannot be guessed, so only the address that fails is slowed down: what is shown is checked first, and a valid key passes,
whatever came from the same address before.
"""

import time
from collections import deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

import msgspec

from unified.bounded_cache import BoundedCache

MINUTE, TEN_MINUTES = 60.0, 600.0  # seconds
MAX_KEY_FAILURES = 600
"""Invalid keys and tokens a minute before they are answered with 429."""
MAX_SIGN_IN_FAILURES = 10
"""The same for the sign-in page, where a person types."""
MAX_PASSWORD_FAILURES = 30
"""Credentials refused by a provider on connect pages, in ten minutes, before no more are sent to it."""
MAX_ADDRESSES = 10_000
_NETWORK_BITS = 64
"""The part of an IPv6 address that is counted: one subscriber has all addresses of the network (RFC 6177)."""


class FailedAttempts:
    """The failures of each address within a window, in this process."""

    def __init__(self, max_failures: int, window: float = MINUTE, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_failures = max_failures
        self._window = window
        self._clock = clock
        self._failures: BoundedCache[str, deque[float]] = BoundedCache(MAX_ADDRESSES)

    def wait(self, address: str) -> float | None:
        """Return the seconds until this address may fail again; None if it may now."""
        recent = self._recent(address)
        return recent[0] + self._window - self._clock() if len(recent) >= self._max_failures else None

    def failed(self, address: str) -> float | None:
        """Count a failure, unless there were too many: then return the seconds to wait, which it does not prolong."""
        wait = self.wait(address)
        if wait is None:
            recent = self._recent(address)
            recent.append(self._clock())
            self._failures.put(address, recent)
        return wait

    def forgive(self, address: str) -> None:
        """Take back the last failure, of an attempt that was counted before its outcome was known."""
        recent = self._failures.get(address)
        if recent:
            recent.pop()

    def remembered(self) -> int:
        """Return how many addresses are remembered."""
        return len(self._failures)

    def _recent(self, address: str) -> deque[float]:
        recent = self._failures.get(address)
        if recent is None:
            return deque()
        since = self._clock() - self._window
        while recent and recent[0] <= since:
            recent.popleft()
        return recent


class AllFailedAttempts(msgspec.Struct, frozen=True, kw_only=True):
    """The kinds of attempts that are counted separately."""

    keys: FailedAttempts = msgspec.field(default_factory=lambda: FailedAttempts(MAX_KEY_FAILURES))
    sign_ins: FailedAttempts = msgspec.field(default_factory=lambda: FailedAttempts(MAX_SIGN_IN_FAILURES))
    passwords: FailedAttempts = msgspec.field(default_factory=lambda: FailedAttempts(MAX_PASSWORD_FAILURES, TEN_MINUTES))


def counted_as(host: str) -> str:
    """Return the address as it is counted: of IPv6 the network, because one caller has all of it; mapped IPv4 as IPv4."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:64]
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> _NETWORK_BITS << _NETWORK_BITS)}/{_NETWORK_BITS}"
