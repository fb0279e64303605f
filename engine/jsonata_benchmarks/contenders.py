"""What is compared on a page: this engine, jsonata-python, hand-written Python and npm's engine, each ready to be timed."""

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Final

from jsonata import Jsonata

from jsonata_benchmarks.comparison import same
from jsonata_benchmarks.node import Node
from jsonata_benchmarks.subjects import Page
from unified_jsonata import Limits, compile

LIMITS: Final = Limits(timeout=30.0)
"""The default bounds but for time: the slowest engine behind the same interface needs more than half a second a page."""
WARM_ROUNDS: Final = 3
"""Rounds with times that are close together before a warm process counts as warm."""


class Contender(ABC):
    """One engine with its state for every page. `repeats` is how many pages one timing takes."""

    name = ""
    repeats = 1

    @abstractmethod
    def value(self, page: Page) -> Any:
        """Make ready for a page and answer its value once."""

    @abstractmethod
    def timed(self, page: Page) -> float:
        """Milliseconds of processor time a page, on average over `repeats` pages."""

    def right(self, page: Page) -> bool:
        """Whether its value is the page's; an error is a wrong value."""
        try:
            return same(page.expected, self.value(page))
        except Exception as error:  # noqa: BLE001 - each engine has errors of its own
            print(f"{self.name}, {page.name}: {type(error).__name__}: {error}")
            return False


class InProcess(Contender):
    """A contender that is a Python callable for a document."""

    def __init__(self) -> None:
        self._ready: dict[str, Any] = {}

    def value(self, page: Page) -> Any:
        self._ready[page.name] = self.prepared(page)
        return self._ready[page.name](page.document)

    @abstractmethod
    def prepared(self, page: Page) -> Any:
        """A function from a document to its value."""

    def timed(self, page: Page) -> float:
        run, document = self._ready[page.name], page.document
        started = time.process_time()  # other load on the machine does not count
        for _ in range(self.repeats):
            run(document)
        return (time.process_time() - started) * 1000 / self.repeats


class This(InProcess):
    """The engine of the project: compiled once, limits on."""

    name = "this"
    repeats = 10

    def prepared(self, page: Page) -> Any:
        evaluate = compile(page.source).evaluate
        return lambda document: evaluate(document, None, LIMITS)


class ByHand(InProcess):
    """The same mapping written in Python."""

    name = "hand"
    repeats = 10

    def prepared(self, page: Page) -> Any:
        return page.by_hand


class JsonataPython(InProcess):
    """The package jsonata-python as its own users use it: parsed once, no limits."""

    name = "jsonata-python"

    def prepared(self, page: Page) -> Any:
        return Jsonata(page.source).evaluate


class Npm(Contender):
    """npm's engine inside its own process; the way there and back is not counted."""

    name = "node"
    repeats = 4
    most_warm_rounds = 30

    def __init__(self) -> None:
        self._node = Node()

    def value(self, page: Page) -> Any:
        found = self._node.load(page.name, page.source, page.document)
        times: list[float] = []
        while len(times) < self.most_warm_rounds and not _are_close(times[-WARM_ROUNDS:]):
            times.append(self._node.time(page.name, self.repeats))
        return found

    def timed(self, page: Page) -> float:
        return self._node.time(page.name, self.repeats)

    def close(self) -> None:
        """End the process."""
        self._node.close()


def _are_close(times: Sequence[float]) -> bool:
    """Return whether the last three times are within three percent."""
    return len(times) == WARM_ROUNDS and max(times) <= min(times) * 1.03
