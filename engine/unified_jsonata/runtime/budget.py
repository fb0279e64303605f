"""The limits of one evaluation while it runs: what is left of each, and when the clock is looked at."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from unified_jsonata.errors import Failure
from unified_jsonata.limits import Limits
from unified_jsonata.runtime.plain import Result
from unified_jsonata.still import still_millis

SLICE: Final = 2_000
"""Steps between two looks at the clock, well under a millisecond of ordinary work."""
WATCHED: Final = 1_000
"""Items from which a loop looks at the clock while it runs; a shorter one is counted when it begins."""
CHARACTERS: Final = 4
"""Binary digits by which the length of a string is shifted to count as steps: 16 characters are one."""


Evaluate = Callable[[str, Any, Mapping[str, Any]], Any]
Evaluator = Callable[["Budget"], Evaluate]


class Budget:
    """State of one evaluation, never shared by two. `left` steps remain until the clock is looked at."""

    __slots__ = ("_deadline", "_evaluator", "_moment", "_steps", "depth", "left", "limits", "result")

    def __init__(self, limits: Limits, evaluator: Evaluator | None = None) -> None:
        self.limits = limits
        self.depth = limits.depth
        self.left = SLICE
        self._steps = limits.steps
        self._deadline = 0.0
        self._moment = 0
        self._evaluator = evaluator
        self.result: Result | None = None
        """Counts the parts of one value."""

    def spend(self, steps: int) -> None:
        """Count work about to be done; U1001 when the steps or the time are used up."""
        self.left -= steps
        if self.left < 0:
            self._refill()

    def _refill(self) -> None:
        """Look at the clock. The first look starts it, so that a short evaluation never does."""
        self._steps -= SLICE - self.left
        self.left = SLICE
        if self._steps < 0:
            raise Failure("U1001", f"more than {self.limits.steps} steps")
        if self.remaining() <= 0:
            raise Failure("U1001", f"longer than {self.limits.timeout} s")

    def remaining(self) -> float:
        """Return seconds of processor time left; for calls that take a time-out."""
        now = time.thread_time()
        if self._deadline == 0.0:
            self._deadline = now + self.limits.timeout
        return self._deadline - now

    def loop(self, items: Sequence[Any], weight: int = 1) -> Any:
        """Return the items of a loop, counted: `weight` steps each."""
        size = len(items)
        self.left -= size * weight
        if self.left < 0:
            self._refill()
            if size > WATCHED:
                return self._watch(items)
        return items

    def _watch(self, items: Sequence[Any]) -> Iterator[Any]:
        for at in range(0, len(items), WATCHED):
            if self.remaining() <= 0:
                raise Failure("U1001", f"longer than {self.limits.timeout} s")
            yield from items[at : at + WATCHED]

    def check(self) -> None:
        """Check the limits when a call has used up the depth, or the steps before the next look at the clock."""
        if self.depth <= 0:
            raise Failure("U1001", f"nested deeper than {self.limits.depth}")
        if self.left < 0:
            self._refill()

    def text(self, text: str) -> str:
        """Return a string that was made, counted; U1002 when it is too long.

        Callers that know the length in advance call `room`.
        """
        self.room(len(text))
        return text

    def room(self, characters: int) -> None:
        """Count a string of so many characters before it is made."""
        if characters > self.limits.string:
            raise Failure("U1002", f"more than {self.limits.string} characters")
        self.spend(characters >> CHARACTERS)

    def items(self, size: int) -> None:
        """Count an array of so many items before it is made; U1003 when it is too long."""
        if size > self.limits.array:
            raise Failure("U1003", f"more than {self.limits.array} items")
        self.spend(size)

    def part(self, value: Any, function: Any) -> Any:
        """Return a part of the result without marks, counted, or `function` for a function; U1004 for too many values."""
        if self.result is None:
            self.result = Result(self.limits.result)
        return self.result.part(value, function)

    def moment(self) -> int:
        """Return milliseconds since 1970 when it was first asked for in this evaluation."""
        if not self._moment:
            still = still_millis()
            self._moment = int(time.time() * 1000) if still is None else still
        return self._moment

    def evaluate(self, source: str, data: Any, bound: Mapping[str, Any]) -> Any:
        """Compile and run an expression for `$eval`, on this budget."""
        if self._evaluator is None:
            raise Failure("D3121")
        return self._evaluator(self)(source, data, bound)


class _Running(threading.local):
    """The evaluation that runs in this thread."""

    budget: Budget | None = None


RUNNING: Final = _Running()


def charge(steps: int) -> None:
    """Count work of functions that are given no budget, because their usual case is too short to be counted.

    Values may share parts, so that one of forty levels is walked for ever: whatever walks a value counts its arrays
    and objects.
    """
    budget = RUNNING.budget
    if budget is not None:
        budget.spend(steps)
