"""The rules that a compiled mapping must fulfil before it is served; errors give file, line, column and known names."""

import re
from collections.abc import Iterator

from unified.catalog.mapping import EXPRESSIONS
from unified.catalog.source import DocumentPath
from unified.catalog.text_policy import problems_in
from unified.errors import CatalogError, did_you_mean, known_names
from unified.jsonata import BUILTINS, Expression, unbound_variables, unknown_functions
from unified.models import MODELS
from unified.transform.check_filters import filter_problems
from unified.transform.check_values import enum_problems, refusal_problems
from unified.transform.compile import OWN_FUNCTIONS, READING
from unified.transform.functions import callables
from unified.transform.mapping import METHODS, Mapping
from unified.transform.operation import Operation
from unified.transform.pagination import KEYS
from unified.transform.path import ENTRY, SETTINGS, fields_in, names_in
from unified.transform.query import TIMES

FUNCTIONS = frozenset(BUILTINS) | frozenset(callables()) | OWN_FUNCTIONS
SCOPES: dict[str, frozenset[str]] = {
    "record": frozenset({"account", "query", "call"}),
    "write": frozenset({"account", "query"}),
    "when": frozenset({"account", "query", "order"}),
    "entries": frozenset({"account", "query"}),
    "query": frozenset({"account", "query", "reads", "fields", "limit", "order"}),
    "headers": frozenset({"account", "query", "reads", "fields", "limit", "order"}),
    "body": frozenset({"account", "query", "reads", "fields", "limit", "order", "write"}),
    "items": frozenset({"account", "query", "headers"}),
    "item": frozenset({"account", "query", "headers"}),
    "created": frozenset({"account", "query", "headers"}),
    "page": frozenset({"headers"}),
    "version": frozenset({"account", "query", "headers"}),
    "warnings": frozenset({"account", "query", "call"}),
}
"""The `$names` that each kind of expression may read, in addition to the results of `before`."""
NEVER_VERSIONED = frozenset({"list", "get", "create"})
"""Methods that change no record that a caller has read."""
FILTERED = frozenset({"when", "query", "headers", "body"})
"""The expressions of a list call that may read `$filters`, if there is a filter table."""
_METHOD_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
"""A custom method is part of tool names, which have at most 64 characters."""
PAGE_KEYS = ("send", "next", "more", "total", "total_in", "field", "page_info", "first")
ROOT_NAMES = frozenset({*TIMES, "filter", "search", "include_deleted", "id"})


def check_mapping(mapping: Mapping) -> None:
    """Check a mapping.

    Raises:
        CatalogError: The mapping is invalid; the message gives the first problem.
    """
    problem = next(iter(problems(mapping)), None)
    if problem is not None:
        raise problem


def problems(mapping: Mapping) -> Iterator[CatalogError]:
    """Yield every problem of a mapping, in the order of the file."""
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
    yield from filter_problems(mapping)
    for operation in _operations(mapping):
        yield from _operation(mapping, operation, prefetched)
    yield from _lists(mapping)
    yield from _choices(mapping)
    yield from _custom(mapping)
    yield from _custom_keys(mapping)
    yield from _single(mapping)
    yield from _path_forms(mapping)
    yield from _objects(mapping)
    yield from _descriptions(mapping)


def _definitions(mapping: Mapping, prefetched: frozenset[str]) -> Iterator[CatalogError]:
    """Refuse shared definitions with names that expressions of this mapping have already."""
    shared, given = mapping.file.shared, frozenset({"version"}).union(*SCOPES.values())
    taken = dict.fromkeys(FUNCTIONS, "a function") | dict.fromkeys(given, "given to expressions")
    taken |= dict.fromkeys(prefetched, f"the result of a call in {mapping.file.source.name}")
    for part, name in sorted(mapping.file.used):
        if shared is not None and part == "define" and name in taken:
            yield shared.source.error((part, name), f"`${name}` is {taken[name]}: choose another name", key=True)


def _operations(mapping: Mapping) -> Iterator[Operation]:
    for operation in mapping.top_calls():
        yield operation
        for inner in operation.inner():
            yield inner
            yield from inner.inner()


def _expression(mapping: Mapping, place: DocumentPath, expression: Expression, names: frozenset[str]) -> Iterator[CatalogError]:
    source = mapping.file.source
    known = FUNCTIONS if mapping.id_template is not None else FUNCTIONS - {"id"}
    for use in unknown_functions(expression.analysis, known):
        hint = did_you_mean(use.name, known)
        yield source.error(place, f"unknown function ${use.name}.{hint} Known: {known_names(known, 200)}", offset=use.start)
    for use in unbound_variables(expression.analysis, names | known):
        hint = did_you_mean(use.name, names)
        yield source.error(place, f"unknown variable ${use.name}.{hint} Known here: {known_names(names)}", offset=use.start)
    yield from refusal_problems(mapping, str(place[-1]), place, expression)
    yield from enum_problems(mapping, place, expression)


def _fields(mapping: Mapping, place: DocumentPath, record: Expression) -> Iterator[CatalogError]:
    if record.analysis.writes is None:
        yield mapping.file.source.error(place, "expected an object constructor `{…}`: one record in, one record out")
        return
    known = {field.name for field in mapping.model.fields}
    for write in record.analysis.writes:
        if write.key not in known:
            message = (
                f"{mapping.model.id} has no field `{write.key}`.{did_you_mean(write.key, known)} Known: {known_names(known)}"
            )
            yield mapping.file.source.error(place, message, offset=write.start)


def _write_root(mapping: Mapping, place: DocumentPath, expression: Expression) -> Iterator[CatalogError]:
    known = {field.name for field in mapping.model.fields} | set(mapping.model.path_parameters)
    for read in expression.analysis.reads:
        if read.path and read.path[0] not in known and read.path[0] not in {"*", "**"}:
            hint = did_you_mean(read.path[0], known)
            message = f"{mapping.model.id} has no field `{read.path[0]}` to write from.{hint} Known: {known_names(known)}"
            yield mapping.file.source.error(place, message, offset=read.start)


def _operation(mapping: Mapping, operation: Operation, prefetched: frozenset[str]) -> Iterator[CatalogError]:
    for key in EXPRESSIONS:
        expression: Expression | None = getattr(operation, key)
        if expression is not None:
            given = {"filters"} if operation.filters is not None and key in FILTERED else set[str]()
            given |= {"with": {"page"}, "find": {"answer"}}.get(operation.method, set())
            given |= {"answer"} if "after" in operation.place else set()
            given |= {ENTRY} if operation.entries is not None and key in ENTERED else set()
            given |= {"version"} if key in VERSIONED and _changes(mapping, operation) else set()
            yield from _expression(mapping, (*operation.place, key), expression, SCOPES[key] | prefetched | given)
    if operation.record is not None and operation.method != "fields":
        yield from _fields(mapping, (*operation.place, "record"), operation.record)
    if operation.method in {"list", "get"}:
        yield from _query_roots(mapping, operation)
    yield from _call(mapping, operation)


ENTERED = frozenset({"query", "headers", "body"})
"""The expressions that are evaluated for each of the `entries`, `$one`."""
VERSIONED = frozenset({"query", "headers", "body"})
"""The expressions of a change or delete of a record that may read `$version`."""


def _version(mapping: Mapping, version: Expression) -> Iterator[CatalogError]:
    """Check the expression of a version, and that a change is made that could name it."""
    yield from _expression(mapping, ("version",), version, SCOPES["version"])
    if "get" not in mapping.operations:
        message = "`version` needs a `get` call in this file: what a caller read is compared with what there is now"
        yield mapping.file.source.error(("version",), message, key=True)


def _changes(mapping: Mapping, operation: Operation) -> bool:
    """Return whether a call changes or deletes a record of which callers know the version."""
    return mapping.version is not None and operation.method in mapping.choices and operation.method not in NEVER_VERSIONED


def _query_roots(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    known = ROOT_NAMES | set(mapping.model.path_parameters) | set(mapping.id_template.names() if mapping.id_template else ())
    for key in ("when", "query", "headers", "body"):
        expression: Expression | None = getattr(operation, key)
        for read in expression.analysis.reads if expression is not None else ():
            if read.path and read.path[0] not in known:
                hint = did_you_mean(read.path[0], known)
                message = f"the common query has no `{read.path[0]}`.{hint} Known: {known_names(known)}"
                yield mapping.file.source.error((*operation.place, key), message, offset=read.start)


def _call(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    call, place, source = operation.call, operation.place, mapping.file.source
    ways = [name for name in ("request", "via", "chain") if getattr(call, name)]
    if len(ways) != 1:
        came = " and ".join(f"`{name}`" for name in ways) or "none of them"
        yield source.error(place, f"expected one of `request`, `via`, `chain`, got {came}")
    known = {field.name for field in mapping.model.fields}
    for key, names in (("sort", tuple(call.sort)), ("required", call.required)):
        for name in names:
            if name not in known:
                yield source.error((*place, key), f"{mapping.model.id} has no field `{name}`.{did_you_mean(name, known)}")
    for name in call.recheck:
        if name not in operation.native:
            message = (
                f"`{name}` is not read by this call, so there is nothing to recheck. Read: {known_names(operation.native)}"
            )
            yield source.error((*place, "recheck"), message)
    yield from _verb(mapping, operation)
    for name in sorted({*operation.with_} & {*operation.each} | {*operation.before} & {*operation.with_, *operation.each}):
        message = f"two calls have the name `{name}`: give each result its own"
        yield source.error((*place, "each" if name in operation.each else "with", name), message, key=True)
    yield from _afterwards(mapping, operation)
    yield from _over(mapping, operation)
    yield from _page_keys(mapping, operation)
    yield from _path_names(mapping, operation)


def _verb(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Report a read that could change something, and a write that would only read."""
    reads = operation.method in READING
    if operation.verb and operation.verb not in ({"GET", "POST"} if reads else {"POST", "PUT", "PATCH", "DELETE"}):
        expected = "GET, or POST for a search: it only reads" if reads else "POST, PUT, PATCH or DELETE: it writes"
        message = f"`{operation.verb}` in a call of `{operation.method}`: expected {expected}"
        yield mapping.file.source.error((*operation.place, "request"), message)


def _afterwards(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Report a write after which the record cannot be read."""
    source, call, find = mapping.file.source, operation.call, operation.find
    if find is not None and (call.then != "get" or find.created is None):
        message = "`find` needs `created` in it, and `then: get` beside it"
        yield source.error((*operation.place, "find"), message, key=True)
    if call.then == "get" and "get" not in mapping.operations:
        yield source.error((*operation.place, "then"), "`then: get` needs a `get` call in this file")


def _over(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Report a list over parents that its path does not name."""
    if operation.call.over is None:
        return
    for key in ("before", "name", "sort", "chain"):
        if getattr(operation.call, key):
            message = f"`{key}` has no effect in a list over parents: remove it"
            yield mapping.file.source.error((*operation.place, key), message, key=True)
    if operation.parent is not None:
        return
    referring = [one.name for one in mapping.model.fields if one.reference == operation.call.over]
    names = known_names(f"{{{name}}}" for name in referring) or "none, as no field of the model refers to it"
    message = f"the path must name the parent's id. Fields of {mapping.model.id} that refer to {operation.call.over}: {names}"
    yield mapping.file.source.error((*operation.place, "over"), message)


def _page_keys(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    rules = operation.pages.rules
    needed, allowed = KEYS[rules.type or "none"]
    present = {name for name in PAGE_KEYS if getattr(rules, name) is not None}
    for name in sorted(needed - present):
        yield mapping.file.source.error((*operation.place, "pagination"), f"pagination type {rules.type} needs `{name}`")
    own = operation.call.pagination
    for name in sorted(present - needed - allowed):
        if own is not None and getattr(own, name) is not None:
            yield mapping.file.source.error((*operation.place, "pagination", name), f"`{name}` is no key of type {rules.type}")


def _path_names(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    if operation.method == "each":
        return  # its names are the provider's, of the object that it is made for
    parts = set(mapping.id_template.names() if mapping.id_template else ()) | {"id"}
    known = {field.name for field in mapping.model.fields} | parts | set(mapping.model.path_parameters)
    for name in fields_in(operation.path, operation.results):
        if name not in known:
            hint = did_you_mean(name, known)
            message = f"`{{{name}}}` is neither a field of {mapping.model.id} nor a part of the id.{hint}"
            yield mapping.file.source.error((*operation.place, "request"), message)
    if operation.entries is not None and operation.method != "after":
        message = "only calls of `after` are made for each entry of a list"
        yield mapping.file.source.error((*operation.place, "entries"), message, key=True)
    for name in names_in(operation.path):
        problem = _dotted_problem(mapping, operation, name)
        if problem:
            yield mapping.file.source.error((*operation.place, "request"), problem)


def _dotted_problem(mapping: Mapping, operation: Operation, name: str) -> str | None:
    """Return what is wrong with a name such as `{settings.company}` or `{ticket_id.number}`; None if nothing is."""
    first, *rest = name.split(".")
    if first == ENTRY:
        return (
            None
            if operation.entries is not None
            else f"`{{{name}}}`: `{ENTRY}` is an entry of `entries`, which this call lacks"
        )
    if not rest or first in operation.results:
        return None
    if first == SETTINGS:
        known = tuple(mapping.provider.settings)
        fits = len(rest) == 1 and rest[0] in known
        return None if fits else f"`{{{name}}}`: {mapping.provider.name} has no such setting. Known: {known_names(known)}"
    template = operation.references.get(first)
    if template is None:
        return f"`{{{name}}}`: `{first}` is no setting, no result of `before`, and no field that holds a composite id"
    fits = len(rest) == 1 and rest[0] in template.names()
    return None if fits else f"`{{{name}}}`: `{first}` has no such part. Known: {known_names(template.names())}"


def _lists(mapping: Mapping) -> Iterator[CatalogError]:
    names = [one.call.name for one in mapping.lists if one.call.name]
    for index, operation in enumerate(mapping.lists):
        place, last = ("list", index), index == len(mapping.lists) - 1
        if not last and operation.when is None and not operation.call.name:
            message = "unreachable: an earlier list call without `when` is always taken; give this one a `when` or put it last"
            yield mapping.file.source.error(("list", index + 1), message)
        if last and operation.when is not None:
            yield mapping.file.source.error((*place, "when"), "the last list call has no `when`: it takes what is left")
        for name in operation.call.chain:
            if name not in names:
                yield mapping.file.source.error(
                    (*place, "chain"), f"no list call is named `{name}`. Known: {known_names(names)}"
                )


def _choices(mapping: Mapping) -> Iterator[CatalogError]:
    """Report calls of a method that are never made, or a choice without a last resort."""
    for method, calls in mapping.choices.items():
        for operation in calls[:-1] if method != "list" else ():
            if operation.when is None:
                message = f"only the last call of `{method}` may be without `when`: the calls after this one are never made"
                yield mapping.file.source.error(operation.place, message)
        last = calls[-1]
        if last.when is not None and method not in {"list", "update"}:
            message = f"the last call of `{method}` has no `when`: it takes what is left"
            yield mapping.file.source.error((*last.place, "when"), message)


def _custom(mapping: Mapping) -> Iterator[CatalogError]:
    for name in mapping.file.document.custom:
        if name in METHODS or _METHOD_NAME.fullmatch(name) is None:
            expected = f"expected a word of a-z, 0-9 and _ (at most 30 characters) that is not one of {', '.join(METHODS)}"
            yield mapping.file.source.error(("custom", name), f"`{name}` cannot be a custom method: {expected}", key=True)


def _path_forms(mapping: Mapping) -> Iterator[CatalogError]:
    """Require a form for each path parameter, so that one object's name cannot reach objects that belong to other models."""
    document, names = mapping.file.document, mapping.model.path_parameters
    for name in names:
        if name not in document.path:
            message = f"`path` must give the form of `{name}`: without it, the names of the provider's own objects pass"
            yield mapping.file.source.error(("path",) if document.path else (), message)
    for key, rules in (("path", document.path), ("reserved", document.reserved)):
        for name in sorted(set(rules) - set(names)):
            yield mapping.file.source.error(
                (key, name), f"`{name}` is no path parameter. Known: {known_names(names) or 'none'}"
            )
    for name, pattern in document.path.items():
        try:
            re.compile(pattern)
        except re.error as problem:
            yield mapping.file.source.error(("path", name), f"`path` is not a regular expression: {problem.msg}")


def _objects(mapping: Mapping) -> Iterator[CatalogError]:
    for name, model in mapping.file.document.objects.items():
        if model not in MODELS:
            message = f"no common model is called `{model}`.{did_you_mean(model, MODELS)} Known: {known_names(MODELS)}"
            yield mapping.file.source.error(("objects", name), message)


def _custom_keys(mapping: Mapping) -> Iterator[CatalogError]:
    try:
        re.compile(mapping.file.document.custom_keys or "")
    except re.error as problem:
        yield mapping.file.source.error(("custom_keys",), f"`custom_keys` is not a regular expression: {problem.msg}")


def _single(mapping: Mapping) -> Iterator[CatalogError]:
    lists = {field.name: field for field in mapping.model.fields if field.is_list}
    for name, types in mapping.single.items():
        if name not in lists:
            message = f"{mapping.model.id} has no list `{name}`.{did_you_mean(name, lists)} Known: {known_names(lists)}"
            yield mapping.file.source.error(("single",), message)
            continue
        known = next((one.enum for one in lists[name].nested if one.name == "type"), ())
        for word in sorted(set(types) - set(known)):
            hint, types_known = did_you_mean(word, known), ", ".join(known) or "none"
            message = f"an entry of `{name}` cannot be of type `{word}`.{hint} Types: {types_known}"
            yield mapping.file.source.error(("single", name), message)


def _descriptions(mapping: Mapping) -> Iterator[CatalogError]:
    for name, text in mapping.file.document.describe.items():
        for problem in problems_in(text):
            yield mapping.file.source.error(("describe", name), f"`describe` of {name}: {problem}")
