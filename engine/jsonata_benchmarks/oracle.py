"""The engine that is believed: npm's in a child process when it is there, else jsonata-python in this one."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any

from jsonata.jexception import JException

from jsonata_benchmarks.node import Node, NodeError, missing
from jsonata_benchmarks.outcome import LIMITS, Outcome
from unified_jsonata_reference.interpreter import Program


class Oracle(ABC):
    """An engine that answers an expression over a document."""

    name = ""

    @abstractmethod
    def answer(self, source: str, document: Any) -> Outcome:
        """Its value or error, never an exception."""

    def asked(self, source: str, document: Any) -> Callable[[], Outcome]:
        """Begin to answer, and return what waits for the end."""
        return partial(self.answer, source, document)

    def close(self) -> None:  # noqa: B027 - only a child process has something to end
        """End what it started."""


class NpmOracle(Oracle):
    """The reference, npm's `jsonata`."""

    name = "node"

    def __init__(self) -> None:
        self._node = Node(timeout=5.0)

    def answer(self, source: str, document: Any) -> Outcome:
        return self.asked(source, document)()

    def asked(self, source: str, document: Any) -> Callable[[], Outcome]:
        self._node.asked(source, document)
        return self._received

    def _received(self) -> Outcome:
        try:
            return Outcome(value=self._node.received(self._node.timeout))
        except NodeError as error:
            return Outcome(code=error.code, place=error.position, undecided=error.code in {"timeout", "crash"})

    def close(self) -> None:
        self._node.close()


class PythonOracle(Oracle):
    """jsonata-python behind the project's wrapper; it has faults of its own."""

    name = "jsonata-python"

    def answer(self, source: str, document: Any) -> Outcome:
        try:
            return Outcome(value=Program(source, {}).run(document, {}, LIMITS))
        except JException as error:
            return Outcome(code=str(error.error), undecided=str(error.error) in {"U1001", "D1012"})
        except RecursionError:
            return Outcome(code="recursion", undecided=True)
        except Exception as error:  # noqa: BLE001 - whatever escapes from it is its failure
            return Outcome(code=type(error).__name__)


def best_oracle() -> tuple[Oracle, str | None]:
    """The oracle to use, and why it is not npm's when it is not."""
    reason = missing()
    return (NpmOracle(), None) if reason is None else (PythonOracle(), reason)
