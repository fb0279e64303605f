"""Evaluation by jsonata-python behind the same contract as the compiler's: for comparing the two."""

from collections.abc import Callable, Mapping
from typing import Any

from jsonata.jexception import JException

from unified_jsonata.errors import FunctionError, JsonataError, refusal_in
from unified_jsonata.failures import runtime_error
from unified_jsonata.limits import Limits
from unified_jsonata.syntax.tree import Node
from unified_jsonata_reference.interpreter import CallFailed, Program


class ReferenceRunner:
    """One expression in jsonata-python's form."""

    def __init__(self, source: str, tree: Node, given: Mapping[str, Any]) -> None:
        self.source = source
        self.tree = tree
        try:
            self._program = Program(source, given)
        except JException as error:
            raise runtime_error(source, tree, error.error, error.location) from None

    def prepare(self) -> str:
        """Do nothing: the expression is interpreted."""
        return ""

    def evaluator(self, bound: Mapping[str, Any], limits: Limits) -> Callable[[Any], Any]:
        """Return what gives the value for one document."""
        return lambda data: self.run(data, bound, limits)

    def shaped(self, shape: Any, bound: Mapping[str, Any], limits: Limits) -> None:
        """Return None: the expression is interpreted."""

    def shaped_source(self, shape: Any) -> None:
        """Return None, as `shaped` does."""

    def run(self, data: Any, bound: Mapping[str, Any], limits: Limits) -> Any:
        """Return the value for one document; JsonataError when there is none."""
        try:
            return self._program.run(data, bound, limits)
        except JsonataError:
            raise
        except JException as error:
            raise runtime_error(self.source, self.tree, error.error, error.location) from None
        except CallFailed as failure:
            refusal = refusal_in(failure)
            if refusal is not None:
                raise refusal from None
            raise self._call_failed(failure) from failure.__cause__
        except RecursionError:
            raise runtime_error(self.source, self.tree, "D1011", -1) from None
        except Exception as error:  # noqa: BLE001 - whatever jsonata-python stumbles over
            raise runtime_error(self.source, self.tree, "U0102", -1, type(error).__name__) from None

    def _call_failed(self, failure: CallFailed) -> JsonataError:
        cause = failure.__cause__
        if isinstance(cause, JsonataError):
            return cause
        code = "U0101" if failure.given else "U0102"
        detail = str(cause) if isinstance(cause, FunctionError) else str(failure)
        return runtime_error(self.source, self.tree, code, failure.location, detail)
