"""From a stored record to an answer: as the provider shows it, narrowed, wrapped, with its headers."""

from typing import Any

import msgspec

from unified_jsonata import Expression
from unified_sandbox.described.document import Select
from unified_sandbox.described.evaluation import evaluate
from unified_sandbox.described.evaluation_context import current_context
from unified_sandbox.described.plan import Bindings, Plan, PlannedRoute
from unified_sandbox.described.refusing import Declined, status_of
from unified_sandbox.described.values import argument_at
from unified_sandbox.messages import Answer, Record, as_xml
from unified_sandbox.shown_records import as_planted

USUAL = {"create": 201}
"""Statuses of operations, where it is not 200."""
EMPTY = 204


def shown(record: Record, plan: Plan, route: PlannedRoute, arguments: Any, bindings: Bindings) -> Any:
    """Return a stored record as this route shows it."""
    expression = route.expressions["show"] or plan.collections[route.subject].show
    rows = plan.collections[route.subject]
    whole = public(evaluate(expression, record, bindings, record), rows.rules.private)
    held = as_planted(current_context().state, route.subject, str(record.get(rows.id_field)), whole)
    return _narrowed(held, route.rules.select, arguments)


def public(record: Any, private: tuple[str, ...]) -> Any:
    """Return a shown record without the fields that no answer has."""
    if not private or not isinstance(record, dict):
        return record
    return {name: value for name, value in record.items() if name not in private}


def _narrowed(record: Any, select: Select | None, arguments: Any) -> Any:
    wanted = None if select is None else argument_at(arguments, select.argument)
    if select is None or not isinstance(record, dict) or (not wanted and select.without == "all"):
        return record
    texts = wanted if isinstance(wanted, list) else [wanted or ""]
    names = {part.strip() for text in texts for part in str(text).split(select.separator)} | {*select.always}
    return {name: value for name, value in record.items() if name in names}


def item_answer(item: Any, plan: Plan, route: PlannedRoute, bindings: Bindings) -> Answer:
    """Return the answer with one record, or without one after a deletion."""
    status = route.rules.status or (EMPTY if route.operation == "delete" and item is None else USUAL.get(route.operation, 200))
    seen = bindings | {"item": item}
    wrap: Expression | None = route.expressions["wrap"] or (None if item is None else plan.wrap_item)
    body = evaluate(wrap, item, seen, item) if status != EMPTY else None
    return Answer(status, body, headers_of(route, item, seen))


def headers_of(route: PlannedRoute, data: Any, bindings: Bindings) -> dict[str, str]:
    """Return the headers of an answer; those without a value are left out."""
    return _headers(route.headers, data, bindings)


def _headers(expressions: tuple[tuple[str, Expression], ...], data: Any, bindings: Bindings) -> dict[str, str]:
    found = {name: evaluate(expression, data, bindings) for name, expression in expressions}
    return {name: str(value).encode("ascii", "replace").decode() for name, value in found.items() if value is not None}


def refusal(
    plan: Plan, code: str, message: str, *, field: str = "", status: int = 0, route: PlannedRoute | None = None
) -> Answer:
    """Return a refusal in the form of the route, or of the file; the status is that of the case, unless it is given."""
    own = None if route is None else route.refusals
    known = plan.file.statuses | ({} if own is None else own.rules.statuses)
    chosen = known.get(code) or status or status_of(code, known)
    seen = {"status": chosen, "code": code, "message": message, "field": field, "place": []}
    body = evaluate(plan.errors if own is None else own.errors, {}, seen)
    answer = Answer(chosen, body, _headers(plan.error_headers, {}, seen))
    return as_xml(answer) if own is not None and own.rules.answers == "xml" else answer


def formed(answer: Answer, route: PlannedRoute) -> Answer:
    """Return an answer in the form in which the route answers."""
    return as_xml(answer) if route.rules.answers == "xml" else answer


def declined(plan: Plan, problem: Declined, route: PlannedRoute | None = None) -> Answer:
    """Return the answer to a request that an operation declined."""
    return refusal(plan, problem.code, problem.message, field=problem.field, route=route)


def plain(value: Any) -> Any:
    """Return a copy of JSON values that shares nothing with the data."""
    return msgspec.json.decode(msgspec.json.encode(value))
