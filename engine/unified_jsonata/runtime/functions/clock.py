"""Functions of the time of an evaluation, which is fixed while it runs."""

from typing import Any

from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.functions.late import from_millis
from unified_jsonata.undefined import UNDEFINED


def now(budget: Budget, picture: Any = UNDEFINED, timezone: Any = UNDEFINED) -> Any:
    """Evaluate `$now`."""
    return from_millis(budget, budget.moment(), picture, timezone)


def millis(budget: Budget) -> int:
    """Evaluate `$millis`."""
    return budget.moment()
