"""The first data of a stand-in, made from its file: the same for the same seed."""

import random
from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import msgspec

from unified_jsonata import Expression
from unified_sandbox.described.document import Collection, Ids
from unified_sandbox.described.evaluation import an_object, evaluate
from unified_sandbox.described.evaluation_context import EvaluationContext, evaluate_in, seeding_context
from unified_sandbox.messages import Record
from unified_sandbox.standin import State


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """A collection with its expressions compiled."""

    name: str
    rules: Collection
    seed: Expression | None
    make_id: Expression | None
    computed: tuple[tuple[str, Expression], ...]
    store: Expression | None
    show: Expression | None
    planted: Expression | None
    derived: Expression | None
    hidden: Expression | None
    deleted: Expression | None

    @property
    def id_field(self) -> str:
        """Field that holds the id."""
        return self.rules.id.field


def seed_all(
    name: str, collections: Mapping[str, Rows], rng: random.Random, moments: str, zone: tzinfo
) -> dict[str, dict[str, Record]]:
    """Return the first records of every collection, in the order of the file; later ones can refer to earlier ones."""
    state = State({one: {} for one, rows in collections.items() if rows.derived is None})
    context = seeding_context(name, state, rng, moments, zone)
    evaluate_in(context, lambda: _fill(collections, state, context))
    return state


def _fill(collections: Mapping[str, Rows], state: State, context: EvaluationContext) -> None:
    for name, held in state.items():
        rows = collections[name]
        for n, record in enumerate(rows.rules.records):
            _add(held, rows, dict(record), n, context)
        for n in range(rows.rules.rows):
            id_ = new_id(rows, n, context)
            bindings = {"n": n, "id": id_}
            record = evaluate(rows.seed, {}, bindings, {})
            if record is not None:
                _add(held, rows, {rows.id_field: id_, **an_object(rows.seed, record)}, n, context)


def _add(held: dict[str, Record], rows: Rows, record: Record, n: int, context: EvaluationContext) -> None:
    if rows.id_field not in record:
        record = {rows.id_field: new_id(rows, n, context), **record}
    held[str(record[rows.id_field])] = with_computed(record, rows)


def with_computed(record: Record, rows: Rows) -> Record:
    """Return a record with the fields that the provider computes of the others, in the order of the file."""
    for name, expression in rows.computed:
        record = {**record, name: evaluate(expression, record, {})}
    return record


def new_id(rows: Rows, n: int, context: EvaluationContext) -> Any:
    """Return the id of the record with a number, counted from 0."""
    ids: Ids = rows.rules.id
    if ids.kind == "uuid":
        return context.uuid(rows.name, str(n))
    if ids.kind == "text" and rows.make_id is not None:
        return evaluate(rows.make_id, {}, {"n": n})
    number = ids.first + n * ids.step
    return str(number) if ids.kind == "text" else number


def next_id(rows: Rows, held: Mapping[str, Record], context: EvaluationContext) -> Any:
    """Return an id that no record has and, by the numbers of records, none had."""
    n = len(held)
    while str(new_id(rows, n, context)) in held:
        n += 1
    return new_id(rows, n, context)
