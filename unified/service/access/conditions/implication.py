"""When one condition surely holds wherever another one does, whatever the records are.

The answer is yes only where it is certain. It decides whether a child's conditions lie within its parent's, and whether a
provider that applies a caller's filter applies a condition of the scope with it.
"""

import math
from collections.abc import Iterator
from datetime import datetime

from unified.models import MODELS, Field, Model
from unified.service.access.conditions.connected_user import ConnectedUser
from unified.service.access.conditions.reading import Hop, RecordConditions, RelativeTime, Test
from unified.transform.queries.filter_names import field_of
from unified.transform.queries.filters import TIME_KINDS
from unified.transform.queries.query import Filter
from unified.transform.queries.query_values import utc

LOWER, UPPER = ("gt", "gte"), ("lt", "lte")
INCLUDING = frozenset({"gte", "lte"})
NUMBER_KINDS = frozenset({"number", "integer"})


def beyond(ours: RecordConditions | None, theirs: RecordConditions) -> str | None:
    """Return the name of one of their conditions that ours do not imply; None if they imply all."""
    model = MODELS[theirs.model]
    for wide in theirs.tests:
        if ours is None or not any(implies(one, wide, model) for one in ours.tests):
            return wide.field
    for hop in theirs.hops:
        if ours is None or not any(_hop_implies(one, hop) for one in ours.hops):
            return hop.relation.name
    return None


def _hop_implies(narrow: Hop, wide: Hop) -> bool:
    """Return whether one related record that fulfils the one surely fulfils the other."""
    model = MODELS[wide.relation.model]
    return narrow.relation == wide.relation and all(
        any(implies(one, test, model) for one in narrow.tests) for test in wide.tests
    )


def implies(narrow: Test, wide: Test, model: Model) -> bool:
    """Return whether every record of a model that fulfils the one condition surely fulfils the other."""
    if narrow.field != wide.field:
        return False
    if isinstance(narrow, ConnectedUser) or isinstance(wide, ConnectedUser):
        return _names_no_more(narrow, wide)
    if isinstance(narrow, RelativeTime) or isinstance(wide, RelativeTime):
        return isinstance(narrow, RelativeTime) and isinstance(wide, RelativeTime) and _relative_implies(narrow, wide)
    if (narrow.operator, narrow.value) == (wide.operator, wide.value):
        return True
    field = next(one for one in model.fields if one.name == field_of(wide.field, model))
    if narrow.operator in {"eq", "in"}:
        return all(_fulfils(one, wide, field) for one in _values(narrow))
    return _range_implies(narrow, wide, field)


def _names_no_more(narrow: Test, wide: Test) -> bool:
    """Return the same where one condition is on the connected user, who may be anyone: `$me` implies only `$me`."""
    ours, theirs = _named_values(narrow), _named_values(wide)
    return bool(ours) and ours <= theirs


def _named_values(test: Test) -> frozenset[str]:
    """Return the values that a field may have, `$me` among them; empty for a condition that names no values."""
    if isinstance(test, ConnectedUser):
        return frozenset(test.values)
    return frozenset(_values(test)) if isinstance(test, Filter) and test.operator in {"eq", "in"} else frozenset()


def _relative_implies(narrow: RelativeTime, wide: RelativeTime) -> bool:
    """Return the same of two comparisons with relative times, of which only those with the same period are compared."""
    if narrow.word != wide.word:
        return False
    return narrow.operator == wide.operator or (narrow.operator, wide.operator) in _SAME_PERIOD


_SAME_PERIOD = frozenset({("eq", "gte"), ("eq", "lte"), ("gt", "gte"), ("lt", "lte")})


def _values(condition: Filter) -> Iterator[str]:
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return (str(one) for one in values)


def _fulfils(value: str, wide: Filter, field: Field) -> bool:
    """Return whether a record fulfils a condition if its field, or an entry of it, equals a value."""
    if wide.operator in {"eq", "in"}:
        return value in set(_values(wide))
    if wide.operator == "ne":  # of an entry of a list, nothing follows about the others
        return bool(field.enum) and not field.is_list and value != wide.value
    order = _order(value, str(wide.value), field) if wide.operator != "contains" else None
    return order is not None and _lies(order, wide)


def _lies(order: int, wide: Filter) -> bool:
    if order == 0:
        return wide.operator in INCLUDING
    return order > 0 if wide.operator in LOWER else order < 0


def _range_implies(narrow: Filter, wide: Filter, field: Field) -> bool:
    """Return whether a range is within another one that is open to the same side."""
    side = next((one for one in (LOWER, UPPER) if narrow.operator in one), ())
    order = _order(str(narrow.value), str(wide.value), field) if wide.operator in side else None
    if order is None:
        return False
    return _lies(order, wide) or (order == 0 and narrow.operator not in INCLUDING)


def _order(value: str, other: str, field: Field) -> int | None:
    """Return -1, 0 or 1 if the value is before, at or after the other; None where that is not certain."""
    first, second = _comparable(value, field), _comparable(other, field)
    if first is None or second is None:
        return None
    return int(first > second) - int(first < second)


def _comparable(value: str, field: Field) -> float | None:
    """Return a number in the order of the field's values; None for texts, which each provider orders differently."""
    if field.kind in NUMBER_KINDS:
        number = float(value)
        return number if math.isfinite(number) else None
    text = utc(value) if field.kind in TIME_KINDS else None
    return None if text is None else datetime.fromisoformat(text).timestamp()
