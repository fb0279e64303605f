"""Pauses calls to an account whose provider keeps failing, so that callers do not wait for what will not come.

One circuit an account and worker. After `FAILURES` failures in a row it opens: calls are refused at once with 503
`circuit_open`. After a pause one call is let through as a probe; its answer closes the circuit, its failure doubles the
pause. A failure is a 5xx, a time-out or a broken connection. Any other answer, 4xx and 429 included, shows that the
provider is there.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import Self

import msgspec

from unified.errors import CircuitOpen, ProviderError, ProviderTimeout

FAILURES = 20
"""In a row; the tries of one call count one by one, so that this is seven calls that are tried three times."""
FORGOTTEN_AFTER = 60.0
"""Seconds without a failure after which counting begins anew."""
PAUSE, LONGEST_PAUSE = 5.0, 60.0
"""Seconds."""
PROBE_TIME = 1.0
"""Seconds after which a caller may ask again while a probe is under way."""
MAX_CIRCUITS = 10_000
"""Accounts with failures that are remembered; the oldest go first."""


Tell = Callable[[str, int], None]
"""Is told of a provider's circuit that opened (1) or closed (-1)."""


def _nobody(_provider: str, _by: int) -> None:
    pass


class _Circuit(msgspec.Struct, kw_only=True):
    """One account after a failure; an account without failures has none."""

    provider: str
    failures: int = 0
    last_failure: float = 0.0
    pause: float = PAUSE
    open_until: float | None = None
    """When a probe may go; None while the circuit is closed."""
    probe: "BreakerPass | None" = None


class Breaker:
    """The circuits of all accounts of one worker."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        failures: int = FAILURES,
        pause: float = PAUSE,
        most: int = MAX_CIRCUITS,
        tell: Tell = _nobody,
    ) -> None:
        self._clock = clock
        self._failures = failures
        self._pause = pause
        self._most = most
        self._tell = tell
        self._circuits: OrderedDict[str, _Circuit] = OrderedDict()

    def remembered(self) -> int:
        """How many accounts are remembered."""
        return len(self._circuits)

    def open_circuits(self) -> int:
        """How many accounts are paused."""
        return sum(one.open_until is not None for one in self._circuits.values())

    def refuse(self, account_id: str, title: str) -> None:
        """Raise CircuitOpen while calls to the account are paused; changes nothing."""
        circuit = self._circuits.get(account_id)
        if circuit is None or circuit.open_until is None:
            return
        left = PROBE_TIME if circuit.probe is not None else circuit.open_until - self._clock()
        if left > 0:
            raise CircuitOpen(
                f"{title} failed {circuit.failures} times in a row for this account; calls are paused, "
                "try again after retry_after seconds",
                retry_after=left,
            )

    def attempt(self, account_id: str, title: str, *, provider: str = "", enough_time: bool = True) -> "BreakerPass":
        """One try, to be used as a context; CircuitOpen while calls are paused. The first one after the pause is the probe.

        A time-out of a try that had not `enough_time` left, after standing in line, is not the provider's failure.
        """
        self.refuse(account_id, title)
        attempt = BreakerPass(self, account_id, provider, enough_time=enough_time)
        circuit = self._circuits.get(account_id)
        if circuit is not None and circuit.open_until is not None:
            circuit.probe = attempt
        return attempt

    def settle(self, attempt: "BreakerPass", *, failed: bool | None) -> None:
        """Take in how a try ended; None when nothing was learned. While the circuit is open only its probe counts."""
        circuit = self._circuits.get(attempt.account_id)
        if circuit is not None and circuit.open_until is not None:
            if circuit.probe is attempt:
                self._settle_probe(attempt.account_id, circuit, failed=failed)
        elif failed:
            self._count(attempt.account_id, circuit or _Circuit(provider=attempt.provider, pause=self._pause))
        elif failed is False and circuit is not None:
            del self._circuits[attempt.account_id]

    def _settle_probe(self, account_id: str, circuit: _Circuit, *, failed: bool | None) -> None:
        circuit.probe = None
        if failed is False:
            del self._circuits[account_id]
            self._tell(circuit.provider, -1)
        elif failed:
            circuit.failures += 1
            circuit.pause = min(circuit.pause * 2, LONGEST_PAUSE)
            circuit.open_until = self._clock() + circuit.pause

    def _count(self, account_id: str, circuit: _Circuit) -> None:
        now = self._clock()
        recent = now - circuit.last_failure <= FORGOTTEN_AFTER
        circuit.failures = circuit.failures + 1 if recent else 1
        circuit.last_failure = now
        if circuit.failures >= self._failures:
            circuit.open_until = now + circuit.pause
            self._tell(circuit.provider, 1)
        self._circuits[account_id] = circuit
        self._circuits.move_to_end(account_id)
        while len(self._circuits) > self._most:
            _, oldest = self._circuits.popitem(last=False)
            if oldest.open_until is not None:
                self._tell(oldest.provider, -1)


class BreakerPass:
    """One try under a circuit. A try that ends without an answer and without the provider's fault says nothing."""

    __slots__ = ("_breaker", "_enough_time", "_failed", "account_id", "provider")

    def __init__(self, breaker: Breaker, account_id: str, provider: str, *, enough_time: bool) -> None:
        self.account_id = account_id
        self.provider = provider
        self._breaker = breaker
        self._enough_time = enough_time
        self._failed: bool | None = None

    def answered(self, status: int) -> None:
        """The provider answered with this status."""
        self._failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(problem, ProviderError) or (isinstance(problem, ProviderTimeout) and self._enough_time):
            self._failed = True
        self._breaker.settle(self, failed=self._failed)
