"""What is compared on a page: this engine, jsonata-python, hand-written Python and npm's engine, each ready to be timed."""

import time
from abc import ABC, abstractmethod
from typing import Any, Final

from jsonata import Jsonata

from benchmarks.jsonata.comparison import same
from benchmarks.jsonata.node import Node
from benchmarks.jsonata.subjects import Page
from unified.jsonata import Limits, compile

LIMITS: Final = Limits(timeout=30.0)
"""The default bounds but for time: the slowest engine behind the same interface needs more than half a second a page."""


class Contender(ABC):
    """One engine with its state for every page. `repeats` is how many pages one timing takes."""

    name = ""
    repeats = 1

    @abstractmethod
    def value(self, page: Page) -> Any:
        """Make ready for a page and answer its value once."""

    @abstractmethod
    def timed(self, page: Page) -> float:
        """Milliseconds a page, on average over `repeats` pages."""

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
        started = time.perf_counter()
        for _ in range(self.repeats):
            run(document)
        return (time.perf_counter() - started) * 1000 / self.repeats


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
    warm_up = 12

    def __init__(self) -> None:
        self._node = Node()

    def value(self, page: Page) -> Any:
        found = self._node.load(page.name, page.source, page.document)
        self._node.time(page.name, self.warm_up)
        return found

    def timed(self, page: Page) -> float:
        return self._node.time(page.name, self.repeats)

    def close(self) -> None:
        """End the process."""
        self._node.close()
