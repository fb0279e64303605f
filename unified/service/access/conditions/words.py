"""Conditions on records in words, for people: pages, the command line and refusals."""

from collections.abc import Iterator

from unified.models import MODELS, Model
from unified.service.access.conditions.reading import Hop, RecordConditions, RelativeTime, Test
from unified.transform.queries.filter_names import field_of
from unified.transform.queries.filters import TIME_KINDS
from unified.transform.queries.query import Filter

PERIODS = {word: word.replace("_", " ") for word in ("today", "this_week", "this_month", "this_quarter", "this_year")}
COMPARED: dict[str, str] = {
    "eq": "is {value}",
    "ne": "is not {value}",
    "in": "is one of {value}",
    "gt": "is more than {value}",
    "gte": "is at least {value}",
    "lt": "is less than {value}",
    "lte": "is at most {value}",
    "contains": "contains {value}",
}
"""Operator → its words."""
IN_TIME: dict[str, str] = {
    "gt": "is after {value}",
    "gte": "is {value} or later",
    "lt": "is before {value}",
    "lte": "is {value} or earlier",
}
"""The same where times are compared, as far as it is another one."""
WITHIN: dict[str, str] = IN_TIME | {"eq": "is within {value}"}
"""The same where times are compared with a period."""


def condition_words(conditions: RecordConditions) -> tuple[str, ...]:
    """Return one text for each condition: `close date is within this month`."""
    model = MODELS[conditions.model]
    return (*(words_of_test(one, model) for one in conditions.tests), *(_hop_words(one) for one in conditions.hops))


def words_of_test(test: Test, model: Model) -> str:
    """Return one condition in words."""
    subject = test.field.replace("_", " ")
    if isinstance(test, RelativeTime):
        return f"{subject} {WITHIN[test.operator].format(value=_period(test))}"
    field = next((one for one in model.fields if one.name == field_of(test.field, model)), None)
    is_time = field is not None and field.kind in TIME_KINDS
    words = (IN_TIME if is_time else COMPARED).get(test.operator) or COMPARED[test.operator]
    return f"{subject} {words.format(value=', '.join(_values(test)))}"


def _period(test: RelativeTime) -> str:
    if test.word in PERIODS:
        return PERIODS[test.word] if test.word != "today" or test.operator != "eq" else "today's date"
    days = int(test.word.removesuffix("d"))
    count = f"{abs(days)} day" + ("" if abs(days) == 1 else "s")
    return f"the day {count} ago" if days < 0 else f"the day in {count}"


def _values(test: Filter) -> Iterator[str]:
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    return (str(one) for one in values)


def _hop_words(hop: Hop) -> str:
    relation, related = hop.relation, MODELS[hop.relation.model]
    inner = " and ".join(words_of_test(one, related) for one in hop.tests)
    name = relation.name.replace("_", " ")
    one = f"one of its {name}" if relation.is_list else f"its {name}"
    return f"{one}: {inner}"
