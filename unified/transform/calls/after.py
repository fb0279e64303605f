"""The calls of `after`: what each of them sends, and which of them need the answer to the write first."""

from typing import Any

from unified.catalog.wire import ProviderRequest
from unified.errors.requests import ValidationFailed
from unified.transform.calls.operation import Bindings, Operation
from unified.transform.calls.path import ENTRY, names_in
from unified_jsonata import UNDEFINED

MAX_ENTRIES = 50
"""Requests of one call that is made for each entry of a list."""
ANSWER = "answer"


def split_after(operation: Operation, new_ids: frozenset[str]) -> tuple[tuple[Operation, ...], tuple[Operation, ...]]:
    """Return the calls of `after` that can be built before anything is sent, and those that cannot.

    A call needs the answer if it reads `$answer`, or the id of a new record, of which `new_ids` are the names. The calls behind
    such a one wait too, so that all are made in the order of the file.
    """
    steps = operation.after
    first = next((index for index, step in enumerate(steps) if _waits(step, new_ids)), len(steps))
    return steps[:first], steps[first:]


def _waits(step: Operation, new_ids: frozenset[str]) -> bool:
    calls = (step, *step.before.values())
    named = {name.split(".")[0] for one in calls for name in names_in(one.path)}
    sending = (text for one in calls for text in (one.when, one.query, one.headers, one.body, one.for_each) if text is not None)
    read = {use.name for text in sending for use in text.analysis.variables}
    return bool(named & new_ids) or ANSWER in read or (bool(new_ids) and "query" in read)


def step_requests(step: Operation, body: dict[str, Any], bindings: Bindings, values: dict[str, Any]) -> list[ProviderRequest]:
    """Return the requests of a call of `after`: one, one for each entry of its `for_each`, or none if its `when` is false.

    Raises:
        ValidationFailed: There are more entries than requests that one write may make.
    """
    if not step.matches(body, bindings):
        return []
    if step.for_each is None:
        return [step.request(body, bindings, values)]
    found = step.evaluate(step.for_each, body, bindings, "for_each")
    entries = [] if found is UNDEFINED or found is None else found if isinstance(found, list) else [found]
    if len(entries) > MAX_ENTRIES:
        raise ValidationFailed(
            f"{step.where}: this change needs {len(entries)} requests, expected at most {MAX_ENTRIES}: change fewer at once"
        )
    return [step.request(body, {**bindings, ENTRY: one}, {**values, ENTRY: one}) for one in entries]
