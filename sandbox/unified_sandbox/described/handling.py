"""One request at a route: its headers, arguments and body checked, then its operation."""

import random
from collections.abc import Iterable

from unified.errors.names import known_names
from unified_sandbox.described.answering import declined, formed
from unified_sandbox.described.batches import carried_out
from unified_sandbox.described.bodies import body_of
from unified_sandbox.described.evaluation import bindings_of, evaluate, holds
from unified_sandbox.described.evaluation_context import EvaluationContext, evaluate_in
from unified_sandbox.described.operations import Task
from unified_sandbox.described.plan import Plan, PlannedRoute
from unified_sandbox.described.refusing import Declined, refuse
from unified_sandbox.described.values import argument_at
from unified_sandbox.messages import Answer, Incoming
from unified_sandbox.standin import Handler, State


def handler_of(routes: tuple[PlannedRoute, ...], plan: Plan) -> Handler:
    """Return what answers one method of one path: the first route with a `when` that holds, or without one."""

    def handle(request: Incoming, state: State) -> Answer:
        context = context_of(plan, request, state)
        return evaluate_in(context, lambda: _handled(routes, plan, request, context))

    return handle


def context_of(plan: Plan, request: Incoming, state: State) -> EvaluationContext:
    """Return the context of a request."""
    chance, now = random.Random(str(request.now)), request.now.astimezone(plan.zone)
    return EvaluationContext(name=plan.name, state=state, now=now, moments=plan.file.moments, rng=chance)


def _handled(routes: tuple[PlannedRoute, ...], plan: Plan, request: Incoming, context: EvaluationContext) -> Answer:
    try:
        check_headers(plan, request)
        body = body_of(request, routes[0].rules.send)
        bindings = bindings_of(request, body)
        route = next((one for one in routes if holds(one.expressions["when"], body, bindings)), routes[-1])
        seen = bindings | {"collection": route.subject}
        task = Task(plan=plan, route=route, request=request, context=context, body=body, bindings=seen)
        _check_arguments(task)
        evaluate(route.expressions["check"], body, bindings)
        check_parents(task)
        return formed(carried_out(task), route)
    except Declined as problem:
        return declined(plan, problem, routes[0])


def check_headers(plan: Plan, request: Incoming) -> None:
    """Decline a request without a header that the provider needs."""
    for name, wanted in plan.file.requires_headers.items():
        given = request.headers.get(name.lower())
        if given is None or (wanted and wanted not in given):
            refuse("missing_header", f"The header {name}{': ' + wanted if wanted else ''} is required.", name)


def _check_arguments(task: Task) -> None:
    rules = task.route.rules
    for name in rules.requires:
        if argument_at(task.arguments, name) in (None, ""):
            refuse("missing_argument", f"{name} is required.", name)
    if task.plan.file.unknown_arguments == "ignore":
        return
    known = task.route.known_arguments - {""}
    if rules.arguments == "body":
        _check_known(task.body if isinstance(task.body, dict) else {}, {name.partition(".")[0] for name in known})
    if rules.arguments != "query":
        known = {*rules.ignores}
    _check_known(task.request.query, known)


def _check_known(names: Iterable[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            refuse("unknown_argument", f"{name}: no such parameter; known: {known_names(known) or 'none'}.", name)


def check_parents(task: Task) -> None:
    """Decline a request below a record that is not there; expressions see the first parent as `$parent`."""
    for collection, key in task.route.parents:
        found = task.context.state[collection].get(str(evaluate(key, task.body, task.bindings)))
        if found is None:
            refuse("not_found", f"No record of {collection} has this id.")
        task.bindings.setdefault("parent", found)
