"""How often somebody may fail to sign in: a key cannot be guessed, but trying must not cost us anything."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from litestar import Request

MOST_FAILURES = 10
WINDOW = 60.0
"""Seconds."""
MOST_ADDRESSES = 10_000


class Attempts:
    """Failures of each address within the last minute, in this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._failures: OrderedDict[str, list[float]] = OrderedDict()
        self._clock = clock

    def allowed(self, address: str) -> bool:
        """Whether this address may try again now."""
        return len(self._recent(address)) < MOST_FAILURES

    def failed(self, address: str) -> None:
        """Note a failure; the addresses that failed longest ago are forgotten first."""
        self._failures[address] = [*self._recent(address), self._clock()]
        self._failures.move_to_end(address)
        while len(self._failures) > MOST_ADDRESSES:
            self._failures.popitem(last=False)

    def _recent(self, address: str) -> list[float]:
        since = self._clock() - WINDOW
        return [one for one in self._failures.get(address, []) if one > since]


def attempts_of(request: Request[Any, Any, Any]) -> Attempts:
    """The counts of the application that serves this request."""
    state = request.app.state
    if "sign_in_attempts" not in state:
        state.sign_in_attempts = Attempts()
    found: Attempts = state.sign_in_attempts
    return found
