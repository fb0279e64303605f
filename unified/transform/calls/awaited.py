"""Results of `before` calls that are requested only when an expression really reads them.

An expression is evaluated with an `Awaited` in the place of each result. The caller then requests the results that
were read, and evaluates it again. So a call is made only if this query or body needs it, whatever the file says around it.
"""

from collections.abc import Mapping
from typing import Any

from unified_jsonata import UNDEFINED, Expression


class Awaited:
    """The place of a result that was not requested; it is missing until then, and notes that it was read."""

    __slots__ = ("is_read",)

    def __init__(self) -> None:
        self.is_read = False


class _Noting(dict[str, Any]):
    """Bindings without the awaited results; reading one of those that the expression depends on is noted."""

    def __init__(self, bindings: Mapping[str, Any], needs: frozenset[str]) -> None:
        super().__init__(bindings)
        self._needs = needs

    def get(self, name: str, default: Any = None) -> Any:
        value = super().get(name, default)
        if type(value) is not Awaited:
            return value
        value.is_read = value.is_read or name in self._needs
        return UNDEFINED

    def items(self) -> Any:
        """Return all bindings at once, as an engine does that copies them: every one that is needed counts as read."""
        return {name: self.get(name) for name in self}.items()


def noting(bindings: Mapping[str, Any], expression: Expression) -> Mapping[str, Any]:
    """Return the bindings for an expression: awaited results are missing, and reading one is noted."""
    if not any(type(value) is Awaited for value in bindings.values()):
        return bindings
    return _Noting(bindings, expression.analysis.needs)


def read_result(bindings: Mapping[str, Any], name: str) -> Any:
    """Return a result for a path; None for one that is missing or awaited, which is noted."""
    value = bindings.get(name)
    if type(value) is not Awaited:
        return None if value is UNDEFINED else value
    value.is_read = True
    return None
