"""How often an address failed to show something that holds: a key, the token of an MCP server, a password at a provider.

A key cannot be guessed, so who fails is slowed down, and nobody else: what is shown is looked at first, and what holds
passes, whatever came from the same address before.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

import msgspec

MINUTE, TEN_MINUTES = 60.0, 600.0
"""Seconds."""
MAX_KEY_FAILURES = 600
"""Keys and tokens that do not hold, a minute, before they are answered with 429."""
MAX_SIGN_IN_FAILURES = 10
"""The same on the sign-in page, where a person types."""
MAX_PASSWORD_FAILURES = 30
"""Credentials that a provider refused on connect pages, in ten minutes, before no more are sent to it."""
MAX_ADDRESSES = 10_000
_NETWORK_BITS = 64
"""Of an IPv6 address; one subscriber has all addresses below (RFC 6177)."""


class FailedAttempts:
    """Failures of each address within a window, in this process."""

    def __init__(self, most: int, window: float = MINUTE, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._window = window
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, address: str) -> float | None:
        """Seconds until this address may fail again; None while it may."""
        recent = self._recent(address)
        return recent[0] + self._window - self._clock() if len(recent) >= self._most else None

    def failed(self, address: str) -> float | None:
        """Note a failure; the seconds to wait when there were too many before it, which are not made longer by it."""
        wait = self.wait(address)
        if wait is None:
            recent = self._recent(address)
            recent.append(self._clock())
            self._failures[address] = recent
            self._failures.move_to_end(address)
            while len(self._failures) > MAX_ADDRESSES:
                self._failures.popitem(last=False)
        return wait

    def forgive(self, address: str) -> None:
        """Take back the last failure, of something that was counted before it was known whether it holds."""
        recent = self._failures.get(address)
        if recent:
            recent.pop()

    def remembered(self) -> int:
        """How many addresses are remembered."""
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
    """What is counted apart."""

    keys: FailedAttempts = msgspec.field(default_factory=lambda: FailedAttempts(MAX_KEY_FAILURES))
    sign_ins: FailedAttempts = msgspec.field(default_factory=lambda: FailedAttempts(MAX_SIGN_IN_FAILURES))
    passwords: FailedAttempts = msgspec.field(default_factory=lambda: FailedAttempts(MAX_PASSWORD_FAILURES, TEN_MINUTES))


def counted_as(host: str) -> str:
    """The address as it is counted: of IPv6 the network, for one caller has all of it; IPv4 within IPv6 is IPv4."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:64]
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> _NETWORK_BITS << _NETWORK_BITS)}/{_NETWORK_BITS}"
