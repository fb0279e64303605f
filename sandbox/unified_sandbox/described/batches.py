"""Routes that find their collection in the request, and those that write several records at once."""

from typing import Any

import msgspec

from unified_jsonata import compile
from unified_sandbox.described.evaluation import evaluate, holds
from unified_sandbox.described.operations import HANDLERS, Task
from unified_sandbox.described.refusing import Declined, refuse
from unified_sandbox.messages import Answer
from unified_sandbox.standin import State

_AS_IT_IS = compile("$item")


def carried_out(task: Task) -> Answer:
    """Do what the route does: once, or for each body of the request."""
    if task.route.expressions["each"] is not None:
        return _each(task)
    located = _located(task)
    return HANDLERS[located.route.operation](located)


def _located(task: Task) -> Task:
    """Return the task with the collection that it is about; declines an unknown one."""
    named = task.route.expressions["subject"]
    if named is None:
        return task
    subject = str(evaluate(named, task.body, task.bindings, ""))
    if subject not in task.plan.collections:
        refuse("not_found", "There are no such records.")
    return msgspec.structs.replace(task, route=msgspec.structs.replace(task.route, subject=subject))


def _each(task: Task) -> Answer:
    """Write every record of the body; where one is refused, nothing is kept unless the route has an entry for it."""
    state, route = task.context.state, task.route
    before = {name: dict(rows) for name, rows in state.items()}
    results = [_tried(task, body) for body in _bodies(task)]
    refused = next((one for one in results if isinstance(one, Declined)), None)
    if refused is not None and (route.expressions["refused"] is None or _is_joint(task)):
        _restore(state, before)
        results = [one if isinstance(one, Declined) else Declined("rolled_back", "Another one was refused.") for one in results]
    if refused is not None and route.expressions["refused"] is None:
        raise refused
    items = [_refused(task, one) if isinstance(one, Declined) else one.body for one in results]
    body = evaluate(route.expressions["wrap"], items, task.bindings | {"items": items}, items)
    return Answer(route.rules.status or 200, body)


def _bodies(task: Task) -> list[Any]:
    bodies = evaluate(task.route.expressions["each"], task.body, task.bindings)
    return bodies if isinstance(bodies, list) else refuse("invalid_field", "Expected a list of records.")


def _tried(task: Task, body: Any) -> Answer | Declined:
    route = msgspec.structs.replace(task.route, expressions=task.route.expressions | {"wrap": _AS_IT_IS})
    one = msgspec.structs.replace(task, route=route, body=body, bindings=task.bindings | {"body": body})
    try:
        located = _located(one)
        return HANDLERS[route.operation](located)
    except Declined as problem:
        return problem


def _is_joint(task: Task) -> bool:
    together = task.route.expressions["together"]
    return together is not None and holds(together, task.body, task.bindings)


def _restore(state: State, before: dict[str, dict[str, Any]]) -> None:
    for name, rows in before.items():
        state[name].clear()
        state[name].update(rows)


def _refused(task: Task, problem: Declined) -> Any:
    seen = task.bindings | {"code": problem.code, "message": problem.message, "field": problem.field}
    return evaluate(task.route.expressions["refused"], {}, seen)
