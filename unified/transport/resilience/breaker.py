"""A circuit breaker that pauses calls to an account while its provider keeps failing, so that callers fail fast.

There is one circuit per account and worker. After `FAILURES` failures in a row it opens: calls are refused at once with 503
`circuit_open`. After a pause one call is let through as a probe; a response closes the circuit, a failure doubles the
pause. A failure is a 5xx, a time-out or a broken connection. Any other response, 4xx and 429 included, shows that the
provider is available.
"""

import time
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import Self

import msgspec

from unified.bounded_cache import BoundedCache
from unified.errors.providers import CircuitOpen, ProviderError, ProviderTimeout
from unified.errors.waiting import try_again

FAILURES = 20
"""Failures in a row that open a circuit. Each attempt of a call counts, so these are seven calls with three attempts."""
RESET_AFTER_SECONDS = 60.0
"""How long after its last failure counting starts again."""
PAUSE_SECONDS, MAX_PAUSE_SECONDS = 5.0, 60.0
"""How long an open circuit lasts at first, and at most."""
PROBE_SECONDS = 1.0
"""How long a caller has to wait while a probe is running."""
MAX_CIRCUITS = 10_000
"""Accounts with failures that are remembered; the oldest are dropped first."""


OnChange = Callable[[str, int], None]
"""Called with the provider of a circuit that opened (1) or closed (-1)."""


def _ignore(_provider: str, _by: int) -> None:
    pass


class _Circuit(msgspec.Struct, kw_only=True):
    """The circuit of one account after a failure; an account without failures has none."""

    provider: str
    failures: int = 0
    last_failure: float = 0.0
    pause: float = PAUSE_SECONDS
    open_until: float | None = None
    """When a probe may be sent; None while the circuit is closed."""
    probe: "BreakerPass | None" = None


class Breaker:
    """The circuits of all accounts of one worker."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        failures: int = FAILURES,
        max_circuits: int = MAX_CIRCUITS,
        on_change: OnChange = _ignore,
    ) -> None:
        self._clock = clock
        self._failures = failures
        self._on_change = on_change
        self._circuits: BoundedCache[str, _Circuit] = BoundedCache(max_circuits, self._forget)

    def remembered(self) -> int:
        """Return how many accounts are remembered."""
        return len(self._circuits)

    def open_circuits(self) -> int:
        """Return how many accounts are paused."""
        return sum(one.open_until is not None for one in self._circuits.values())

    def refuse(self, account_id: str, title: str) -> None:
        """Check that calls to the account are not paused; changes nothing.

        Raises:
            CircuitOpen: They are paused.
        """
        circuit = self._circuits.get(account_id)
        if circuit is None or circuit.open_until is None:
            return
        left = PROBE_SECONDS if circuit.probe is not None else circuit.open_until - self._clock()
        if left > 0:
            raise CircuitOpen(
                f"{title} failed {circuit.failures} times in a row for this account; calls are paused, {try_again(left)}",
                retry_after=left,
            )

    def attempt(self, account_id: str, title: str, *, provider: str = "", enough_time: bool = True) -> "BreakerPass":
        """Begin one attempt, to be used as a context; the first one after a pause is the probe.

        A time-out of an attempt that did not have `enough_time` left, after waiting in a queue, is not the provider's failure.

        Raises:
            CircuitOpen: Calls are paused.
        """
        self.refuse(account_id, title)
        attempt = BreakerPass(self, account_id, provider, enough_time=enough_time)
        circuit = self._circuits.get(account_id)
        if circuit is not None and circuit.open_until is not None:
            circuit.probe = attempt
        return attempt

    def settle(self, attempt: "BreakerPass", *, failed: bool | None) -> None:
        """Record how an attempt ended; None when nothing was learned. While the circuit is open, only its probe counts."""
        circuit = self._circuits.get(attempt.account_id)
        if circuit is not None and circuit.open_until is not None:
            if circuit.probe is attempt:
                self._settle_probe(attempt.account_id, circuit, failed=failed)
        elif failed:
            self._count(attempt.account_id, circuit or _Circuit(provider=attempt.provider))
        elif failed is False and circuit is not None:
            del self._circuits[attempt.account_id]

    def _settle_probe(self, account_id: str, circuit: _Circuit, *, failed: bool | None) -> None:
        circuit.probe = None
        if failed is False:
            del self._circuits[account_id]
            self._on_change(circuit.provider, -1)
        elif failed:
            circuit.failures += 1
            circuit.pause = min(circuit.pause * 2, MAX_PAUSE_SECONDS)
            circuit.open_until = self._clock() + circuit.pause

    def _count(self, account_id: str, circuit: _Circuit) -> None:
        now = self._clock()
        recent = now - circuit.last_failure <= RESET_AFTER_SECONDS
        circuit.failures = circuit.failures + 1 if recent else 1
        circuit.last_failure = now
        if circuit.failures >= self._failures:
            circuit.open_until = now + circuit.pause
            self._on_change(circuit.provider, 1)
        self._circuits.put(account_id, circuit)

    def _forget(self, _account_id: str, circuit: _Circuit) -> None:
        if circuit.open_until is not None:
            self._on_change(circuit.provider, -1)


class BreakerPass:
    """One attempt under a circuit. It says nothing if it ends without a response and not by the provider's fault."""

    __slots__ = ("_breaker", "_enough_time", "_failed", "account_id", "provider")

    def __init__(self, breaker: Breaker, account_id: str, provider: str, *, enough_time: bool) -> None:
        self.account_id = account_id
        self.provider = provider
        self._breaker = breaker
        self._enough_time = enough_time
        self._failed: bool | None = None

    def answered(self, status: int) -> None:
        """Record that the provider answered with this status."""
        self._failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(problem, ProviderError) or (isinstance(problem, ProviderTimeout) and self._enough_time):
            self._failed = True
        self._breaker.settle(self, failed=self._failed)
