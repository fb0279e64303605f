"""The calls of a method: one, or several of which the first with a true `when` is made."""

from collections.abc import Sequence
from typing import Any

from unified.transform.operation import Bindings, Operation


def choose(calls: Sequence[Operation], root: Any, bindings: Bindings) -> Operation:
    """Return the first call with a true `when`, the last one if there is none.

    The `when` of the last call is not looked at: an update may have nothing for it and still make its calls of `after`.
    """
    return next((one for one in calls[:-1] if one.matches(root, bindings)), calls[-1])
