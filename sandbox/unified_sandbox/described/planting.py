"""Planting in a stand-in of a file: a record as it is stored, and the ways in which the file shows it."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from unified_jsonata import Expression
from unified_sandbox.described.answering import public
from unified_sandbox.described.evaluation import evaluate, evaluate_object
from unified_sandbox.described.evaluation_context import evaluate_in, seeding_context
from unified_sandbox.described.plan import Plan, PlannedRoute
from unified_sandbox.described.seeding import with_computed
from unified_sandbox.messages import Record
from unified_sandbox.standin import State

READING = ("get", "list")
"""Operations with a usual form of a record."""


def plant(plan: Plan, state: State, resource: str, id_: str, record: Record) -> None:
    """Add a record with its computed fields, which may depend on its id."""
    rows = plan.collections[resource]
    whole = record if rows.rules.id.kind == "number" else {rows.id_field: id_, **record}
    state[resource][id_] = _evaluated(plan, state, id_, lambda: with_computed(whole, rows))


def stored_fields(plan: Plan, state: State, resource: str, record: Record) -> Record | None:
    """Return the fields to store of a record as it is shown; None where the file does not say it."""
    expression = plan.collections[resource].planted
    if expression is None:
        return None
    found: Record = _evaluated(plan, state, "", lambda: evaluate_object(expression, record, {}, {}))
    return found


def shows_of(
    plan: Plan, routes: Sequence[PlannedRoute], state: State, resource: str, base: str
) -> Sequence[Callable[[Record], Any]]:
    """Return the ways in which records of a collection are shown: its own, and those of the routes that read them."""
    rows = plan.collections[resource]
    own = [one.expressions["show"] for one in routes if one.subject == resource and one.operation in READING]
    expressions = dict.fromkeys([rows.show, *own])
    return [_show(plan, state, resource, base, one) for one in expressions]


def _show(plan: Plan, state: State, resource: str, base: str, expression: Expression | None) -> Callable[[Record], Any]:
    rows = plan.collections[resource]

    def show(record: Record) -> Any:
        id_ = str(record.get(rows.id_field))
        request = {"path": {"id": id_}, "query": {}, "every": {}, "headers": {}, "body": {}, "base": base, "url": base}
        seen = request | {"collection": resource}
        shown = _evaluated(plan, state, id_, lambda: evaluate(expression, record, seen, record))
        return public(shown, rows.rules.private)

    return show


def _evaluated(plan: Plan, state: State, chance: str, function: Callable[[], Any]) -> Any:
    context = seeding_context(plan.name, state, random.Random(chance), plan.file.moments, plan.zone)
    return evaluate_in(context, function)
