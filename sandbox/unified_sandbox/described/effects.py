"""Applies the changes of a write besides its own record: rows created, changed or removed elsewhere."""

from typing import Any

from unified_sandbox.described.evaluation import evaluate, evaluate_object, holds
from unified_sandbox.described.evaluation_context import EvaluationContext
from unified_sandbox.described.plan import Bindings, Plan, PlannedEffect
from unified_sandbox.described.seeding import next_id, with_computed
from unified_sandbox.messages import Record


def carry_out(
    effects: tuple[PlannedEffect, ...], written: Record, plan: Plan, context: EvaluationContext, bindings: Bindings
) -> None:
    """Make the changes that a write of this record brings with it, in the order of the file."""
    seen = bindings | {"written": written}
    for effect in effects:
        if holds(effect.when, written, seen):
            _carry_out(effect, plan, context, seen)


def _carry_out(effect: PlannedEffect, plan: Plan, context: EvaluationContext, seen: Bindings) -> None:
    rules = effect.rules
    if rules.create:
        for value in _values(effect, seen):
            _create(effect, plan, context, seen | {"each": value})
        return
    held = context.state[rules.update or rules.delete]
    for id_, record in list(held.items()):
        if not holds(effect.where, record, seen):
            continue
        if rules.delete:
            del held[id_]
        else:
            changed = evaluate_object(effect.set, record, seen, {})
            held[id_] = with_computed({**record, **changed}, plan.collections[rules.update])


def _values(effect: PlannedEffect, seen: Bindings) -> list[Any]:
    if effect.each is None:
        return [None]
    values = evaluate(effect.each, {}, seen, [])
    return values if isinstance(values, list) else [values]


def _create(effect: PlannedEffect, plan: Plan, context: EvaluationContext, seen: Bindings) -> None:
    name = str(evaluate(effect.subject, {}, seen, effect.rules.create))
    rows, held = plan.collections[name], context.state[name]
    record = {rows.id_field: next_id(rows, held, context), **evaluate_object(effect.set, {}, seen, {})}
    held[str(record[rows.id_field])] = with_computed(record, rows)
