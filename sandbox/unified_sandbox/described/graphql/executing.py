"""One GraphQL request: parsed, validated, and executed over the records in memory."""

from pathlib import Path
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from unified.catalog.files.source import Source
from unified_sandbox.described.answering import declined, refusal
from unified_sandbox.described.bodies import body_of
from unified_sandbox.described.document import GraphQL
from unified_sandbox.described.evaluation import bindings_of, evaluate
from unified_sandbox.described.evaluation_context import EvaluationContext, evaluate_in
from unified_sandbox.described.graphql.conditions import Reader
from unified_sandbox.described.graphql.cost import cost_of
from unified_sandbox.described.graphql.schema import Bound, bound_schema
from unified_sandbox.described.handling import check_headers, check_parents, context_of
from unified_sandbox.described.operations import HANDLERS, Task
from unified_sandbox.described.plan import Plan, PlannedRoute
from unified_sandbox.described.refusing import Declined, refuse
from unified_sandbox.messages import Answer, Incoming, Record
from unified_sandbox.standin import Route, State


class _Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request, as the fields that are resolved for it see it."""

    bound: Bound
    request: Incoming
    context: EvaluationContext

    def task(self, route: PlannedRoute, type_: str, parent: Any, arguments: dict[str, Any]) -> Task:
        """Return what a field is to do."""
        known = {name: value for name, value in arguments.items() if value is not None}
        params = {"id": str(known["id"])} if "id" in known else {}
        request = msgspec.structs.replace(self.request, params=params)
        bindings = bindings_of(request, known) | {"query": known, "parent": parent}
        wanted = known.get(self.bound.rules.conditions)
        return Task(
            plan=self.bound.plan,
            route=route,
            request=request,
            context=self.context,
            body=known,
            bindings=bindings,
            keeps=None if wanted is None else lambda record: self.reader.holds(record, type_, wanted),
        )

    @property
    def reader(self) -> Reader:
        """The function that compares records with conditions."""
        return Reader(type_of=self.bound.type_of, types=frozenset(self.bound.rules.records), related=self.related)

    def related(self, record: Record, type_: str, field: str) -> Any:
        """Return the record, or the records, that a field of a record leads to."""
        inner = self.bound.type_of(type_, field)
        route = self.bound.route(type_, field)
        if route is not None:
            return self.task(route, inner, record, {}).visible()
        return self.context.state[self.bound.rules.records[inner]].get(str(record.get(f"{field}Id")))

    def resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        """Return the value of one field."""
        type_, field = info.parent_type.name, info.field_name
        route = self.bound.route(type_, field)
        if route is not None:
            task = self.task(route, self.bound.type_of(type_, field), source, arguments)
            check_parents(task)
            return HANDLERS[route.operation](task).body
        if not isinstance(source, dict):
            return None
        is_link = field not in source and self.bound.type_of(type_, field) in self.bound.rules.records
        return self.related(source, type_, field) if is_link else source.get(field)


def graphql_route(plan: Plan, rules: GraphQL, source: Source, folder: Path) -> Route:
    """Return the route that answers GraphQL requests.

    Raises:
        CatalogError: The schema is invalid, or does not fit the file; the message gives file, line and column.
    """
    bound = bound_schema(plan, rules, source, folder)

    def handle(request: Incoming, state: State) -> Answer:
        context = context_of(plan, request, state)
        return evaluate_in(context, lambda: _answered(_Call(bound=bound, request=request, context=context)))

    return "POST", rules.path, handle


def _answered(call: _Call) -> Answer:
    plan = call.bound.plan
    try:
        check_headers(plan, call.request)
        document, variables, name = _read(call)
    except Declined as problem:
        return declined(plan, problem)
    result = execute_sync(
        call.bound.schema, document, variable_values=variables, operation_name=name, field_resolver=call.resolve
    )
    errors = result.errors or []
    if errors and result.data is None and all(one.path is None for one in errors):
        return refusal(plan, "invalid_query", errors[0].message)
    bodies = [_problem(plan, one) for one in errors]
    listed = {"errors": [one for body in bodies for one in body["errors"]]} if bodies else {}
    operation = get_operation_ast(document, name)
    kind = "" if operation is None else operation.operation.value
    return Answer(200, {**listed, "data": _as_json(result.data)}, operation=kind)


def _as_json(value: Any) -> Any:
    """Return data in which a whole number has no fraction, as JSON is usually written."""
    if isinstance(value, dict):
        return {name: _as_json(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_as_json(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read(call: _Call) -> tuple[DocumentNode, dict[str, Any], str | None]:
    """Return the document, the variables, and the name of the operation; declines what is not valid."""
    body = body_of(call.request, "json")
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        refuse("invalid_query", "Expected an object with a query.", "query")
    variables = body.get("variables") or {}
    if not isinstance(variables, dict) or body.keys() - {"query", "variables", "operationName"}:
        refuse("invalid_query", "Expected query, variables and operationName only.", "variables")
    try:
        document = parse(body["query"])
    except GraphQLError as problem:
        refuse("invalid_query", problem.message, "query")
    problems = validate(call.bound.schema, document)
    if problems:
        refuse("invalid_query", problems[0].message, "query")
    name = body.get("operationName")
    _check_cost(call, document, variables, name)
    return document, variables, name


def _check_cost(call: _Call, document: DocumentNode, variables: dict[str, Any], name: str | None) -> None:
    rules, operation = call.bound.rules.complexity, get_operation_ast(document, name)
    if rules is None or not isinstance(operation, OperationDefinitionNode):
        return
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    cost = cost_of(operation, fragments, variables, rules)
    if cost > rules.max:
        refuse("invalid_query", f"Query too complex: {cost:.0f} points, at most {rules.max:.0f}.", "query")


def _problem(plan: Plan, error: GraphQLError) -> dict[str, Any]:
    """Return the body of the error that a field was declined with; what the stand-in itself did wrong is raised."""
    if not isinstance(error.original_error, Declined):
        raise error
    problem = error.original_error
    seen = {"status": 200, "code": problem.code, "message": problem.message, "field": problem.field, "place": error.path or []}
    return dict(evaluate(plan.errors, {}, seen))
