"""Losses that are planted to show that the gate sees them: a request does some more work, in Python or in C."""

import hashlib
from collections.abc import Callable
from time import process_time
from typing import Any, Final

from benchmarks.gate.observed import Kind

STEPS: Final = 2_000
"""Steps whose time says what one step costs."""


def native(steps: int) -> None:
    """Work that no count of bytecodes sees: one call that computes hashes."""
    hashlib.pbkdf2_hmac("sha256", b"planted", b"loss", steps)


def python(steps: int) -> None:
    """Work on dictionaries and texts."""
    table: dict[str, int] = {}
    for step in range(steps):
        table[f"{step % 50}"] = table.get("7", 0) + step


WORK: Final[dict[Kind, Callable[[int], None]]] = {"native": native, "python": python}


class Planted:
    """A share of more work for each subject; nothing until `aim` knows what the subject costs."""

    def __init__(self, kind: Kind, share: float) -> None:
        self.work, self.share = WORK[kind], share
        self.steps: dict[str, int] = {}
        self.current = ""
        """The subject whose requests are being answered."""

    def aim(self, seconds: dict[str, float]) -> None:
        """Take the seconds that each subject costs."""
        step = min(self._timed() for _ in range(20)) / STEPS
        self.steps = {name: max(1, round(cost * self.share / step)) for name, cost in seconds.items()}

    def spend(self) -> None:
        """Do the further work of one call of the current subject."""
        steps = self.steps.get(self.current)
        if steps is not None and self.share:
            self.work(steps)

    def _timed(self) -> float:
        began = process_time()
        self.work(STEPS)
        return process_time() - began

    def within(self, app: Any) -> Any:
        """The ASGI app, with the loss in each request."""

        async def answer(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                self.spend()
            await app(scope, receive, send)

        return answer
