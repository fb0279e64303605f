"""Conditions of a child's scope within those of its parent: what it leaves out is the parent's; it can add and narrow."""

from collections.abc import Callable
from typing import Any

from unified.models import MODELS, Model
from unified.models.relations import neighbors
from unified.service.access.conditions.implication import beyond
from unified.service.access.conditions.reading import RecordConditions, Records, Test, conditions_on
from unified.transform.queries.filter_names import field_of

HiddenOf = Callable[[Model], frozenset[str]]
"""Returns the fields of a model that are hidden from someone."""
NO_TESTS: tuple[Test, ...] = ()


def filled_from(child: Records, parent: Records) -> dict[str, dict[str, Any]]:
    """Return the conditions of a child, with those of its parent on everything that the child does not mention."""
    models = dict.fromkeys((*parent, *child))
    return {name: _filled(MODELS[name], child.get(name, {}), parent.get(name, {})) for name in models}


def _filled(model: Model, child: dict[str, Any], parent: dict[str, Any]) -> dict[str, Any]:
    known = neighbors(model)
    named, own = {_subject(model, name): name for name in parent}, {_subject(model, name) for name in child}
    filled = {name: value for name, value in parent.items() if _subject(model, name) not in own}
    for name, value in child.items():
        above = parent.get(named.get(_subject(model, name), ""))
        if name in known and isinstance(above, dict):
            filled[name] = _filled(MODELS[known[name].model], value, above)
        else:
            filled[name] = _with_ranges(value, above)
    return filled


def _subject(model: Model, name: str) -> str:
    """Return what a condition is about, whichever of its names it has."""
    return field_of(name, model) or name


def _with_ranges(child: Any, parent: Any) -> Any:
    """Return the conditions on one field; the parent's are added to a range that leaves its other end open."""
    if not isinstance(child, dict) or not isinstance(parent, dict) or {"eq", "in"} & (child.keys() | parent.keys()):
        return child
    return {**parent, **child}


def wider_than(child: Records, parent: Records) -> str | None:
    """Return where the conditions of a child may allow a record that the parent's do not; None if they surely do not."""
    ours = conditions_on(child)
    for name, theirs in conditions_on(parent).items():
        bad = beyond(ours.get(name), theirs)
        if bad is not None:
            return f"{name}.{bad}"
    return None


def asks_unseen(child: Records, parent: Records, hidden: HiddenOf, unreached: Callable[[Model], bool]) -> str | None:
    """Return a condition by which the holder of the parent could learn what it does not see; None if there is none.

    Anyone who may choose a condition on a field learns its values from the records that are then listed. So a condition that
    the parent does not have needs fields that the parent sees, and related records of models that it reaches.
    """
    above = conditions_on(parent)
    for name, own in conditions_on(child).items():
        bad = _unseen(own, above.get(name), hidden, unreached)
        if bad is not None:
            return f"{name}.{bad}"
    return None


def _unseen(
    own: RecordConditions, above: RecordConditions | None, hidden: HiddenOf, unreached: Callable[[Model], bool]
) -> str | None:
    model = MODELS[own.model]
    known = NO_TESTS if above is None else above.tests
    for test in own.tests:
        if test not in known and field_of(test.field, model) in hidden(model):
            return test.field
    for hop in own.hops:
        if above is not None and hop in above.hops:
            continue
        related, relation = MODELS[hop.relation.model], hop.relation
        named = relation.owned_by in hidden(related) if relation.owned_by else relation.field in hidden(model)
        if named or unreached(related) or any(field_of(one.field, related) in hidden(related) for one in hop.tests):
            return relation.name
    return None
