"""The rules for expressions: the functions and `$names` that they use, the fields that they fill and read."""

from collections.abc import Iterator

from unified.catalog.files.old_words import renamed_name
from unified.catalog.files.source import DocumentPath
from unified.catalog.mapping import EXPRESSIONS
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import did_you_mean, known_names, suggestion
from unified.models import MAKING
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import ENTRY
from unified.transform.checks.check_values import enum_problems, refusal_problems
from unified.transform.compilation.compile import OWN_FUNCTIONS
from unified.transform.functions import callables
from unified.transform.mapping import Mapping
from unified.transform.queries.query import TIMES
from unified_jsonata import Expression
from unified_jsonata.analysis import unbound_variables, unknown_functions
from unified_jsonata.names import BUILTINS

FUNCTIONS = frozenset(BUILTINS) | frozenset(callables()) | OWN_FUNCTIONS
SCOPES: dict[str, frozenset[str]] = {
    "record": frozenset({"account", "query", "call"}),
    "write": frozenset({"account", "query"}),
    "when": frozenset({"account", "query", "order", "custom_field_keys"}),
    "for_each": frozenset({"account", "query"}),
    "query": frozenset({"account", "query", "reads", "fields", "custom_field_keys", "limit", "order"}),
    "headers": frozenset({"account", "query", "reads", "fields", "custom_field_keys", "limit", "order"}),
    "body": frozenset({"account", "query", "reads", "fields", "custom_field_keys", "limit", "order", "write"}),
    "items": frozenset({"account", "query", "headers"}),
    "item": frozenset({"account", "query", "headers"}),
    "new_id": frozenset({"account", "query", "headers"}),
    "is_new": frozenset({"account", "query", "headers", "status"}),
    "page": frozenset({"headers"}),
    "version": frozenset({"account", "query", "headers"}),
    "warnings": frozenset({"account", "query", "call"}),
}
"""The `$names` that each kind of expression may read, in addition to the results of `before`."""
NEVER_VERSIONED = frozenset({"list", "get", *MAKING})
"""Methods that change no record that a caller has read."""
FILTERED = frozenset({"when", "query", "headers", "body"})
"""The expressions of a list call that may read `$filters`, if there is a filter table."""
ENTERED = frozenset({"query", "headers", "body"})
"""The expressions that are evaluated for each entry of `for_each`, `$one`."""
VERSIONED = frozenset({"query", "headers", "body"})
"""The expressions of a change or delete of a record that may read `$version`."""
ROOT_NAMES = frozenset({*TIMES, "filter", "search", "include_deleted", "id"})


def expression_problems(mapping: Mapping) -> Iterator[CatalogError]:
    """Yield the problems of shared definitions, and of the expressions that belong to no call."""
    prefetched = mapping.file.results
    yield from _definitions(mapping, prefetched)
    yield from _expression(mapping, ("record",), mapping.record, SCOPES["record"] | prefetched)
    yield from _fields(mapping, ("record",), mapping.record)
    if mapping.version is not None:
        yield from _version(mapping, mapping.version)
    if mapping.warnings is not None:
        yield from _expression(mapping, ("warnings",), mapping.warnings, SCOPES["warnings"])
    if mapping.write_expression is not None:
        yield from _expression(mapping, ("write",), mapping.write_expression, SCOPES["write"] | prefetched)
        yield from _write_root(mapping, ("write",), mapping.write_expression)


def call_expression_problems(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Yield what is wrong with the expressions of one call."""
    prefetched = mapping.file.results
    for key in EXPRESSIONS:
        expression: Expression | None = getattr(operation, key)
        if expression is not None:
            names = SCOPES[key] | prefetched | _given(mapping, operation, key)
            yield from _expression(mapping, (*operation.place, key), expression, names)
    for index, notice in enumerate(operation.warnings):
        if notice.when is not None:
            yield from _notice(mapping, (*operation.place, "warnings", index, "when"), notice.when)
    if operation.record is not None and operation.method != "fields":
        yield from _fields(mapping, (*operation.place, "record"), operation.record)
    if operation.method in {"list", "get"}:
        yield from _query_roots(mapping, operation)


def _notice(mapping: Mapping, place: DocumentPath, when: Expression) -> Iterator[CatalogError]:
    """Check the condition of a warning about a whole list, which reads the common query."""
    yield from _expression(mapping, place, when, SCOPES["warnings"] - {"call"})
    yield from _query_reads(mapping, place, when)


def _given(mapping: Mapping, operation: Operation, key: str) -> set[str]:
    """Return the `$names` that an expression may read in this call, and not in every one."""
    given = {"filters"} if operation.filters is not None and key in FILTERED else set[str]()
    given |= {"per_page": {"page"}, "find_new": {"answer"}}.get(operation.method, set())
    given |= {"answer"} if "after" in operation.place else set()
    given |= {ENTRY} if operation.for_each is not None and key in ENTERED else set()
    return given | ({"version"} if key in VERSIONED and _changes(mapping, operation) else set())


def _definitions(mapping: Mapping, prefetched: frozenset[str]) -> Iterator[CatalogError]:
    """Refuse shared definitions with names that expressions of this mapping have already."""
    shared, given = mapping.file.shared, frozenset({"version"}).union(*SCOPES.values())
    taken = dict.fromkeys(FUNCTIONS, "a function") | dict.fromkeys(given, "given to expressions")
    taken |= dict.fromkeys(prefetched, f"the result of a call in {mapping.file.source.name}")
    for part, name in sorted(mapping.file.used):
        if shared is not None and part == "define" and name in taken:
            reason = f"`${name}` is {taken[name]}: choose another name"
            yield shared.source.error((part, name), reason, key=True, rule=LoadRule.DEFINITION_NAME)


def _expression(mapping: Mapping, place: DocumentPath, expression: Expression, names: frozenset[str]) -> Iterator[CatalogError]:
    source = mapping.file.source
    known = FUNCTIONS if mapping.id_template is not None else FUNCTIONS - {"id"}
    for use in unknown_functions(expression.analysis, known):
        hint = renamed_name(use.name) or did_you_mean(use.name, known)
        yield source.error(
            place,
            f"unknown function ${use.name}.{hint} Known: {known_names(known, 200)}",
            offset=use.start,
            rule=LoadRule.UNKNOWN_FUNCTION,
        )
    for use in unbound_variables(expression.analysis, names | known):
        yield source.error(
            place,
            f"unknown variable ${use.name}.{renamed_name(use.name)}{suggestion(use.name, names, 'Known here')}",
            offset=use.start,
            rule=LoadRule.UNBOUND_VARIABLE,
        )
    yield from refusal_problems(mapping, str(place[-1]), place, expression)
    yield from enum_problems(mapping, place, expression)


def _fields(mapping: Mapping, place: DocumentPath, record: Expression) -> Iterator[CatalogError]:
    if record.analysis.writes is None:
        yield mapping.file.source.error(
            place, "expected an object constructor `{…}`: one record in, one record out", rule=LoadRule.NO_OBJECT
        )
        return
    known = {field.name for field in mapping.model.fields}
    for write in record.analysis.writes:
        if write.key not in known:
            message = f"{mapping.model.id} has no field `{write.key}`.{suggestion(write.key, known)}"
            yield mapping.file.source.error(place, message, offset=write.start, rule=LoadRule.UNKNOWN_FIELD)


def _write_root(mapping: Mapping, place: DocumentPath, expression: Expression) -> Iterator[CatalogError]:
    known = {field.name for field in mapping.model.fields} | set(mapping.model.path_parameters)
    for read in expression.analysis.reads:
        if read.path and read.path[0] not in known and read.path[0] not in {"*", "**"}:
            message = f"{mapping.model.id} has no field `{read.path[0]}` to write from.{suggestion(read.path[0], known)}"
            yield mapping.file.source.error(place, message, offset=read.start, rule=LoadRule.UNKNOWN_WRITE_FIELD)


def _version(mapping: Mapping, version: Expression) -> Iterator[CatalogError]:
    """Check the expression of a version, and that a change is made that could name it."""
    yield from _expression(mapping, ("version",), version, SCOPES["version"])
    if "get" not in mapping.operations:
        message = "`version` needs a `get` call in this file: what a caller read is compared with what there is now"
        yield mapping.file.source.error(("version",), message, key=True, rule=LoadRule.READ_BACK_WITHOUT_GET)


def _changes(mapping: Mapping, operation: Operation) -> bool:
    """Return whether a call changes or deletes a record whose version callers know."""
    return mapping.version is not None and operation.method in mapping.choices and operation.method not in NEVER_VERSIONED


def _query_roots(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    for key in ("when", "query", "headers", "body"):
        expression: Expression | None = getattr(operation, key)
        if expression is not None:
            yield from _query_reads(mapping, (*operation.place, key), expression)


def _query_reads(mapping: Mapping, place: DocumentPath, expression: Expression) -> Iterator[CatalogError]:
    """Report what an expression reads of the common query, and is not there."""
    known = ROOT_NAMES | set(mapping.model.path_parameters) | set(mapping.id_template.names() if mapping.id_template else ())
    for read in expression.analysis.reads:
        if read.path and read.path[0] not in known:
            message = f"the common query has no `{read.path[0]}`.{suggestion(read.path[0], known)}"
            yield mapping.file.source.error(place, message, offset=read.start, rule=LoadRule.UNKNOWN_CONDITION)
