"""Lists of tuples: the values of a path with the variables that its steps have bound."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.groups import key_of
from unified_jsonata.runtime.paths import at, selects
from unified_jsonata.undefined import UNDEFINED

Stream = list[tuple[Any, ...]]
Step = Callable[..., Any]


def tuples(items: Iterable[Any]) -> Stream:
    """Return the tuples of values that nothing is known about."""
    return [(item,) for item in items]


def stream_step(budget: Budget, stream: Stream, step: Step, *, focus: bool, index: bool, parent: bool) -> Stream:
    """Return one step: with `focus` its values become a variable and the context stays where it was."""
    found: Stream = []
    if not focus and not index:
        return _stepped(budget, stream, step, parent=parent)
    for one in budget.loop(stream):
        value = step(*one)
        if value is UNDEFINED:
            continue
        values = value if isinstance(value, list) else (value,)
        budget.items(len(values))
        for position, item in enumerate(values):
            new = (one[0], *one[1:], item) if focus else (item, *one[1:])
            found.append((*new, *((position,) if index else ()), *((one[0],) if parent else ())))
    return found


def _stepped(budget: Budget, stream: Stream, step: Step, *, parent: bool) -> Stream:
    """Return one step that binds no variable."""
    found: Stream = []
    for one in budget.loop(stream):
        value = step(*one)
        rest = (*one[1:], one[0]) if parent else one[1:]
        if isinstance(value, list):
            budget.items(len(value))
            found.extend([(item, *rest) for item in value])
        elif value is not UNDEFINED:
            budget.left -= 1
            found.append((value, *rest))
    return found


def stream_joined(budget: Budget, stream: Stream, step: Callable[..., Stream], *, focus: bool, index: bool) -> Stream:
    """Return a step that gives tuples itself: their variables are added."""
    found: Stream = []
    for one in budget.loop(stream):
        for position, inner in enumerate(budget.loop(step(*one))):
            new = (one[0], *one[1:], inner[0]) if focus else (inner[0], *one[1:])
            found.append((*new, *inner[1:], *((position,) if index else ())))
    return found


def stream_filter(budget: Budget, stream: Stream, test: Step) -> Stream:
    """Return the tuples that a predicate selects, by truth or by position."""
    size = len(stream)
    return [one for position, one in enumerate(budget.loop(stream)) for _ in range(selects(test(*one), position, size))]


def stream_where(budget: Budget, stream: Stream, test: Step) -> Stream:
    """Return the tuples for which a condition holds."""
    return [one for one in budget.loop(stream) if test(*one)]


def stream_at(stream: Stream, position: float) -> Stream:
    """Return the tuple at a position."""
    found = at(stream, position)
    return [] if found is UNDEFINED else [found]


def stream_group(budget: Budget, stream: Stream, pairs: Sequence[tuple[Step, Step]]) -> dict[str, Any]:
    """Return the tuples gathered by key.

    Values and variables of those with equal keys are arrays for the value's expression.
    """
    groups: dict[str, tuple[int, Stream]] = {}
    for one in budget.loop(stream, len(pairs)):
        for number, (key, _) in enumerate(pairs):
            found = key_of(key(*one))
            if found is UNDEFINED:
                continue
            before = groups.setdefault(found, (number, []))
            if before[0] != number:
                raise Failure("D1009")
            before[1].append(one)
    values = {key: pairs[number][1](*_reduced(budget, members)) for key, (number, members) in groups.items()}
    return {key: value for key, value in values.items() if value is not UNDEFINED}


def _reduced(budget: Budget, members: Stream) -> list[Any]:
    budget.spend(len(members) * len(members[0]))
    if len(members) == 1:
        return list(members[0])
    return [_column(column) for column in zip(*members, strict=True)]


def _column(column: tuple[Any, ...]) -> Any:
    found: list[Any] = []
    for value in column:
        if isinstance(value, list):
            found.extend(value)
        elif value is not UNDEFINED:
            found.append(value)
    return found
