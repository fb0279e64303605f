"""Implements the operations of routes: list, get, create, update, delete and answer, over the records in memory."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeAlias

import msgspec

from unified_sandbox.described.answering import headers_of, item_answer, plain, shown
from unified_sandbox.described.checking import check_write
from unified_sandbox.described.effects import carry_out
from unified_sandbox.described.evaluation import evaluate, evaluate_object, holds
from unified_sandbox.described.evaluation_context import EvaluationContext
from unified_sandbox.described.moments import WRITTEN
from unified_sandbox.described.pages import page_bindings, page_of, paging_of, whole_order
from unified_sandbox.described.plan import Bindings, Plan, PlannedRoute
from unified_sandbox.described.refusing import Declined, refuse
from unified_sandbox.described.seeding import Rows, next_id, with_computed
from unified_sandbox.described.selecting import order_asked, ordered, selected
from unified_sandbox.described.text_values import typed
from unified_sandbox.described.versions import check_version, next_version
from unified_sandbox.messages import Answer, Incoming, Record


class Task(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One request at one route, with what its expressions see."""

    plan: Plan
    route: PlannedRoute
    request: Incoming
    context: EvaluationContext
    body: Any
    bindings: Bindings
    keeps: Callable[[Record], bool] | None = None
    """Further condition of the records that the route can reach."""

    @cached_property
    def arguments(self) -> Any:
        """Where filters, order and position are read."""
        if self.route.rules.arguments == "body":
            return self.body
        if (made := self.route.expressions["arguments"]) is not None:
            return evaluate(made, self.body, self.bindings, {})
        query = self.request.query
        return {name: values if len(values := query.all(name)) > 1 else values[0] for name in query}

    @property
    def rows(self) -> Rows:
        """The collection that the route is about."""
        return self.plan.collections[self.route.subject]

    @cached_property
    def held(self) -> dict[str, Record]:
        """The records of the collection."""
        if self.rows.derived is not None:
            made = evaluate(self.rows.derived, {}, self.bindings, [])
            return {str(one[self.rows.id_field]): one for one in (made if isinstance(made, list) else [made])}
        return self.context.state[self.route.subject]

    def visible(self) -> list[Record]:
        """Return the records that the route can reach."""
        return [one for one in self.held.values() if self.reaches(one)]

    def reaches(self, record: Record) -> bool:
        """Return whether the route can reach a record."""
        hidden = None if self.route.rules.hidden == "shown" else self.rows.hidden
        return (
            (self.keeps is None or self.keeps(record))
            and holds(self.route.expressions["where"], record, self.bindings)
            and (hidden is None or not holds(hidden, record, self.bindings))
        )

    def one(self) -> Record:
        """Return the record that the path names; declines an unknown one."""
        key = self.route.expressions["key"]
        if key is not None:
            found = next((one for one in self.visible() if holds(key, one, self.bindings)), None)
        else:
            last = next(reversed(self.request.params.values()), "")
            found = self.held.get(str(evaluate(self.route.expressions["id"], self.body, self.bindings, last)))
            found = found if found is not None and self.reaches(found) else None
        if found is None:
            refuse("not_found", f"No record of {self.route.subject} has this id.")
        return found


def list_records(task: Task) -> Answer:
    """Answer a page of the records that the arguments select."""
    route, arguments = task.route, task.arguments
    rows, asked = selected(task.visible(), route.selectors, arguments, task.bindings)
    own = order_asked(route.rules.sort, arguments, route.sort_entry, task.bindings) if route.rules.sort else ()
    paging = paging_of(route.pagings, arguments)
    order = whole_order(own or asked.order or route.rules.order or task.rows.rules.order, paging, task.rows.id_field)
    rows = asked.arrange(ordered(rows, order, task.rows.id_field))
    page, position = page_of(rows, paging, arguments, task.rows.id_field, order)
    seen = task.bindings | {"columns": list(asked.columns)}
    items = [shown(one, task.plan, route, arguments, seen) for one in page.rows]
    seen |= page_bindings(page, position, paging, task.request) | {"items": items, "found": rows}
    carry_out(route.effects, {}, task.plan, task.context, seen)
    wrap = route.expressions["wrap"] or task.plan.wrap_list
    return Answer(route.rules.status or 200, evaluate(wrap, items, seen, items), headers_of(route, items, seen))


def get_record(task: Task) -> Answer:
    """Answer one record."""
    return _answer(task, task.one())


def create_record(task: Task) -> Answer:
    """Store a new record and answer it; of a list, all of them or, where one is declined, none."""
    taken = _taken(task)
    if isinstance(taken, list):
        return _create_several(task, taken)
    record, given = _created(task, taken)
    return _written(task, record, given)


def _create_several(task: Task, taken: list[Any]) -> Answer:
    before = dict(task.held)
    try:
        records = [_created(task, one)[0] for one in taken]
    except Declined:
        task.held.clear()
        task.held.update(before)
        raise
    items = [shown(one, task.plan, task.route, task.arguments, task.bindings) for one in records]
    return item_answer(items, task.plan, task.route, task.bindings | {"items": items})


def _created(task: Task, taken: Any) -> tuple[Record, Record]:
    """Return the stored record, and what was given of it."""
    required = (*task.plan.required(task.route.subject), *task.route.rules.required)
    given = _given(task, taken, required)
    fields = _stored(task, given, {})
    id_ = next_id(task.rows, task.held, task.context)
    record = _settled(task, {task.rows.id_field: id_, **_blank(task), **fields}, is_new=True)
    task.held[str(record[task.rows.id_field])] = record
    return record, given


def update_record(task: Task) -> Answer:
    """Change a record and answer it."""
    before = task.one()
    check_version(task.rows, before, task.body, task.request)
    given = _given(task, _taken(task), task.route.rules.required)
    fields = _stored(task, given, before)
    merge = _merged if task.rows.rules.objects == "merge" else _replaced
    record = _settled(task, merge(before, fields), is_new=False)
    task.held[str(before[task.rows.id_field])] = record
    return _written(task, record, given)


def delete_record(task: Task) -> Answer:
    """Remove a record, or mark it as the file says."""
    record = task.one()
    id_ = str(record[task.rows.id_field])
    if task.rows.deleted is None:
        del task.held[id_]
    else:
        changed = evaluate_object(task.rows.deleted, record, task.bindings, {})
        task.held[id_] = _settled(task, record | changed, is_new=False)
    carry_out(task.route.effects, record, task.plan, task.context, task.bindings)
    item = evaluate(task.route.expressions["show"], record, task.bindings)
    return item_answer(item, task.plan, task.route, task.bindings)


def answer(task: Task) -> Answer:
    """Answer with the expression's value, then make the route's changes."""
    body = evaluate(task.route.expressions["answer"], task.body, task.bindings)
    carry_out(task.route.effects, task.body, task.plan, task.context, task.bindings)
    return Answer(task.route.rules.status or 200, body, headers_of(task.route, body, task.bindings))


def _taken(task: Task) -> Any:
    """Return what is written: the body, or what the route takes of it."""
    return evaluate(task.route.expressions["take"], task.body, task.bindings, task.body)


def _given(task: Task, body: Any, required: tuple[str, ...]) -> Record:
    """Return the fields of what is written, checked."""
    if not isinstance(body, dict):
        refuse("invalid_field", "Expected an object.")
    version = task.rows.rules.version
    plan = task.plan
    if task.route.rules.send != "json":
        body = typed(body, plan.fields[task.route.subject])
    return check_write(
        {name: value for name, value in body.items() if name != version},
        plan.fields[task.route.subject],
        task.context.state,
        unknown=plan.file.unknown_fields,
        read_only=plan.file.read_only_fields,
        required=required,
    )


def _stored(task: Task, given: Record, before: Record) -> Record:
    """Return the fields to store; a body and a record may have different forms."""
    seen = task.bindings | {"before": before}
    fields = evaluate_object(task.route.expressions["store"] or task.rows.store, given, seen, given)
    sets = evaluate_object(task.route.expressions["sets"], given, seen, {})
    return dict(plain({**fields, **sets}))


def _blank(task: Task) -> Record:
    """Return null for each field that the collection declares, as providers show those that no one filled in."""
    return dict.fromkeys(task.plan.fields[task.route.subject]) if task.rows.store is None else {}


def _settled(task: Task, record: Record, *, is_new: bool) -> Record:
    """Return a record with its times, version and computed fields."""
    rules = task.rows.rules
    now = WRITTEN[task.context.moments](task.context.now)
    stamps = {name: now for name in ((rules.created if is_new else ""), rules.updated) if name}
    version = {rules.version: next_version(record.get(rules.version))} if rules.version else {}
    return with_computed({**record, **stamps, **version}, task.rows)


def _replaced(before: Record, fields: Record) -> Record:
    return {**before, **fields}


def _merged(before: Record, fields: Record) -> Record:
    """Return the record with objects merged into the existing ones."""
    both = {name: _merged(before[name], value) for name, value in fields.items() if _are_objects(before.get(name), value)}
    return {**before, **fields, **both}


def _are_objects(one: Any, other: Any) -> bool:
    return isinstance(one, dict) and isinstance(other, dict)


def _written(task: Task, record: Record, given: Record) -> Answer:
    seen = task.bindings | {"given": given}
    carry_out(task.route.effects, record, task.plan, task.context, seen)
    current = task.held.get(str(record[task.rows.id_field]), record)
    return _answer(task, current)


def _answer(task: Task, record: Record) -> Answer:
    item = shown(record, task.plan, task.route, task.arguments, task.bindings)
    return item_answer(item, task.plan, task.route, task.bindings)


Operation: TypeAlias = Callable[[Task], Answer]
HANDLERS: dict[str, Operation] = {
    "list": list_records,
    "get": get_record,
    "create": create_record,
    "update": update_record,
    "delete": delete_record,
    "answer": answer,
}
"""The function of each operation of a route."""
