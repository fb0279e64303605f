"""JQL, the query language of Jira.

It has no times: Jira reads them in the time zone of the user, which only a mapping can ask for. `contains` is a search for
words, and `!=` leaves out what is empty, so neither means what it does here.
"""

from collections.abc import Sequence

from unified.transform.dialects.condition import EQUAL, KINDS, RANGES, SIGNS, Condition, Dialect
from unified.transform.functions.literals import jql


def _render(conditions: Sequence[Condition]) -> str:
    return " and ".join(map(_condition, conditions))


def _condition(one: Condition) -> str:
    if one.operator == "in":
        return f"{one.field} in {jql(list(one.values))}"
    return f"{one.field} {SIGNS[one.operator]} {jql(one.value)}"


JQL = Dialect(render=_render, operators=EQUAL | RANGES, kinds=KINDS - {"datetime"})
