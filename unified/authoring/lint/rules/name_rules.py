"""The rules for names in expressions that are never filled: conditions, settings, headers, and names without a value."""

from collections.abc import Iterator
from typing import Any

from unified.authoring.lint.findings import Found, Rule, lint_rule
from unified.authoring.lint.lint_context import MappingSubject
from unified.authoring.lint.rules.ignored_rules import purpose, shown_purpose
from unified.authoring.lint.rules.variable_paths import paths_below
from unified.catalog.mapping import EXPRESSIONS
from unified.errors.names import did_you_mean, known_names, suggestion
from unified.transform.calls.methods import WRITING
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import names_in
from unified.transform.checks.check_expressions import SCOPES
from unified.transform.queries.filter_names import filter_names, one_name
from unified.transform.queries.query import OPERATORS
from unified_jsonata import Expression

BOUND: dict[str, frozenset[str]] = {
    "reads": frozenset({"list", "get", *WRITING, "custom"}),
    "fields": frozenset({"list", "get", *WRITING, "custom"}),
    "custom_field_keys": frozenset({"list", "get", "before"}),
    "limit": frozenset({"list"}),
    "order": frozenset({"list"}),
    "write": frozenset(WRITING),
}
"""Names that only calls of some methods have a value for."""
LIST_ONLY = frozenset({"limit", "order"})
"""Names without which an expression that a list shares with a get still has its meaning."""


def _unknown_conditions(subject: MappingSubject) -> Iterator[Found]:
    model, template = subject.mapping.model, subject.mapping.id_template
    paths = {name for operation in subject.operations() for name in names_in(operation.path)}
    known = {one.name for one in filter_names(model).values()} | paths | set(template.names() if template else ())
    for operation in subject.operations():
        if operation.method not in {"list", "before"}:
            continue
        for key in ("when", "query", "headers", "body"):
            expression = getattr(operation, key)
            for read in expression.analysis.reads if expression is not None else ():
                if read.path[:1] == ("filter",) and len(read.path) > 1:
                    message = _wrong_condition(read.path[1:], known, one_name(read.path[1], model))
                    if message:
                        yield Found(place=(*operation.place, key), message=message, offset=read.start)


def _wrong_condition(path: tuple[str, ...], known: set[str], right_name: str) -> str | None:
    name, operator = path[0], path[1] if len(path) > 1 else "eq"
    if right_name != name and name not in known:
        return f"mappings call the condition `{right_name}`, whatever name a caller gives it: read `filter.{right_name}`"
    if name not in known and name not in {"*", "**"}:
        return f"no filter is called `{name}`, so this is never true.{suggestion(name, known, 'Filters')}"
    if operator not in OPERATORS:
        hint = did_you_mean(operator, OPERATORS)
        return f"filter[{name}] has no operator `{operator}`.{hint} Known: {', '.join(OPERATORS)}"
    return None


def _id_in_bodies(subject: MappingSubject) -> Iterator[Found]:
    mapping = subject.mapping
    places: list[Any] = [(("write",), mapping.write_expression)]
    for operation in subject.operations():
        if purpose(operation) in {"create", "update", "upsert", "custom", "after"}:
            places += [((*operation.place, key), getattr(operation, key)) for key in ("body", "query", "headers", "when")]
    for place, expression in places:
        for read in expression.analysis.reads if expression is not None else ():
            if read.path[:1] == ("id",):
                message = "`id` is no part of a body, so this is always missing: read `$query.id`, the id in the path"
                yield Found(place=place, message=message, offset=read.start)


def _unbound_here(subject: MappingSubject) -> Iterator[Found]:
    """Report names without a value, unless the expression is shared with a list, where order and page size have one."""
    shared = {one.source for operation in subject.mapping.lists for _, one in _sending(operation)}
    for operation in subject.operations():
        for key in EXPRESSIONS:
            expression = getattr(operation, key)
            for use in expression.analysis.variables if expression is not None else ():
                methods = BOUND.get(use.name)
                if methods is None or operation.method in methods or use.name not in SCOPES[key]:
                    continue
                if use.name not in LIST_ONLY or expression.source not in shared:
                    message = (
                        f"`${use.name}` has no value in {shown_purpose(operation)}; calls that have it: {known_names(methods)}"
                    )
                    yield Found(place=(*operation.place, key), message=message, offset=use.start)


def _unbound(subject: MappingSubject) -> Iterator[Found]:
    """Report names without a value: in calls of other methods, and where a list call is chosen before the account is known."""
    yield from _unbound_here(subject)
    for operation in subject.mapping.lists:
        for use in operation.when.analysis.variables if operation.when is not None else ():
            if use.name == "account":
                message = "`$account` has no value where a list call is chosen: choose it by the query"
                yield Found(place=(*operation.place, "when"), message=message, offset=use.start)


def _order_without_sort(subject: MappingSubject) -> Iterator[Found]:
    """Report `$order` where no order is offered, unless the expression is shared with a call that offers one."""
    lists = subject.mapping.lists
    shared = {one.source for operation in lists if operation.call.sort for _, one in _sending(operation)}
    for operation in lists:
        for key, expression in _sending(operation):
            uses = expression.analysis.variables if not operation.call.sort and expression.source not in shared else ()
            for use in uses:
                if use.name == "order":
                    message = "`$order` is read, but no order is offered: name the fields under `sort`, or do not read it"
                    yield Found(place=(*operation.place, key), message=message, offset=use.start)


def _sending(operation: Operation) -> Iterator[tuple[str, Expression]]:
    for key in ("query", "headers", "body"):
        expression: Expression | None = getattr(operation, key)
        if expression is not None:
            yield key, expression


def _unknown_settings(subject: MappingSubject) -> Iterator[Found]:
    known = {*subject.mapping.provider.settings, "country"}
    for place, expression in subject.expressions():
        for path in paths_below(expression, "account"):
            message = _wrong_setting(path.names, known)
            if message:
                yield Found(place=place, message=message, offset=path.start)


def _wrong_setting(names: tuple[str, ...], known: set[str]) -> str | None:
    if names and names[0] not in {"settings", "country", "id"}:
        hint = did_you_mean(names[0], ("settings", "country", "id"))
        return f"`$account` has no `{names[0]}`.{hint} Known: country, id, settings"
    if names[:1] == ("settings",) and len(names) > 1 and names[1] not in known:
        return f"the provider file declares no setting `{names[1]}`.{suggestion(names[1], known, 'Declared')}"
    return None


def _header_names(subject: MappingSubject) -> Iterator[Found]:
    for place, expression in subject.expressions():
        for path in paths_below(expression, "headers"):
            if path.names and path.names[0] != path.names[0].lower():
                message = f"names in `$headers` are in lower case: write `{path.names[0].lower()}`"
                yield Found(place=place, message=message, offset=path.start)


def _shadowed(subject: MappingSubject) -> Iterator[Found]:
    taken = {name for names in SCOPES.values() for name in names}
    for operation in subject.operations():
        calls = {"before": operation.before, "per_page": operation.per_page, "per_record": operation.per_record}
        for key, name in ((key, name) for key, named in calls.items() for name in named):
            if name in taken:
                message = f"`${name}` already has another meaning, so this result is not seen: give it another name"
                yield Found(place=(*operation.place, key, name), message=message, key=True)


NAME_RULES: tuple[Rule, ...] = (
    lint_rule(
        "M062",
        "unknown filter",
        "Callers can filter by fields and with the operators of the common query; another word is never there, so what "
        "depends on it never happens.",
        _unknown_conditions,
    ),
    lint_rule("M063", "id in a body", "A common body has no id: it is part of the path of the call.", _id_in_bodies),
    lint_rule("M064", "name without a value", "Some names are defined only in certain methods.", _unbound),
    lint_rule(
        "M065",
        "order without sort",
        "Callers may sort only by the fields under `sort`, so `$order` is empty.",
        _order_without_sort,
    ),
    lint_rule("M066", "unknown setting", "What no one is asked for is never there.", _unknown_settings),
    lint_rule(
        "M067", "name of a header", "Names of response headers have any case, so they are made lower case.", _header_names
    ),
    lint_rule("M073", "name of a result taken", "A result of `before` cannot have the name of something else.", _shadowed),
)
"""Rules on names in the expressions of a mapping that loads, in order of their codes."""
