"""The schema of a stand-in's file, ready to run, with every name in the file checked against it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    value_from_ast_untyped,
)

from unified.catalog.files.source import Source
from unified.errors.names import did_you_mean, known_names
from unified_sandbox.described.checking import FITS
from unified_sandbox.described.document import GraphQL
from unified_sandbox.described.plan import Plan, PlannedRoute

SUFFIX = ".graphql"


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """A schema, and what the fields of its types do."""

    plan: Plan
    rules: GraphQL
    schema: GraphQLSchema

    def route(self, type_: str, field: str) -> PlannedRoute | None:
        """Return what the file says that a field does."""
        return self.plan.bound.get(f"{type_}.{field}")

    def type_of(self, type_: str, field: str) -> str:
        """Return the name of the type that a field has, without lists and `!`; of a connection, that of its nodes."""
        found = _type(self.schema, type_, field)
        nodes = found.fields.get("nodes") if isinstance(found, GraphQLObjectType) else None
        return str(found if nodes is None else get_named_type(nodes.type))


def _type(schema: GraphQLSchema, type_: str, field: str) -> Any:
    parent = schema.type_map[type_]
    return get_named_type(parent.fields[field].type) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None


def bound_schema(plan: Plan, rules: GraphQL, source: Source, folder: Path) -> Bound:
    """Read the schema.

    Raises:
        CatalogError: It is invalid, or does not have what the file names; the message gives file, line and column.
    """
    text = rules.sdl
    try:
        if text.strip().endswith(SUFFIX):
            text = (folder / text.strip()).read_text(encoding="utf-8")
        schema = build_schema(text)
    except (GraphQLError, TypeError, OSError) as problem:
        raise source.error(("graphql", "sdl"), f"no valid schema: {problem}") from None
    bound = Bound(plan=plan, rules=rules, schema=schema)
    _check_names(bound, source)
    for name, kind in rules.scalars.items():
        _restrict(schema.type_map[name], kind)
    return bound


def _check_names(bound: Bound, source: Source) -> None:
    rules, types = bound.rules, bound.schema.type_map
    for name in rules.scalars:
        _known(source, ("graphql", "scalars", name), name, (one for one, it in types.items() if _is_scalar(it)), "scalar")
    objects = {name: it for name, it in types.items() if isinstance(it, GraphQLObjectType) and not name.startswith("__")}
    for name, collection in rules.records.items():
        _known(source, ("graphql", "records", name), name, objects, "type")
        _known(source, ("graphql", "records", name), collection, bound.plan.collections, "collection")
    fields = {f"{name}.{field}" for name, it in objects.items() for field in it.fields}
    for name in rules.fields:
        _known(source, ("graphql", "fields", name), name, fields, "field of a type")
    missing = next((one for one in _needed(bound, objects) if one not in rules.fields), None)
    if missing is not None:
        raise source.error(("graphql", "fields"), f"expected `{missing}`, which the schema has: what does it do?")
    for name, route in bound.plan.bound.items():
        type_, _, field = name.partition(".")
        idle = sorted(objects[type_].fields[field].args.keys() - set(_arguments(bound, route)))
        if idle:
            message = f"nothing reads {known_names(idle)} of `{name}`: say what it does, or put it under `ignores`"
            raise source.error(("graphql", "fields", name), message)


def _arguments(bound: Bound, route: PlannedRoute) -> Iterator[str]:
    """Yield the arguments of a field that have an effect: by its rules, or because an expression reads them."""
    yield from route.known_arguments
    if route.operation == "list":
        yield bound.rules.conditions
    elif route.operation != "answer":
        yield from ("id", "input")
    collection = bound.plan.file.collections.get(route.subject)
    text = msgspec.json.encode((route.rules, collection)).decode()
    yield from re.findall(r"\$query\.(\w+)", text)


def _needed(bound: Bound, objects: dict[str, GraphQLObjectType]) -> Iterator[str]:
    """Yield the fields that only the file can explain: those of queries and mutations, and lists of records."""
    roots = {one.name for one in (bound.schema.query_type, bound.schema.mutation_type) if one is not None}
    for name, it in objects.items():
        for field in it.fields:
            is_list = name in bound.rules.records and bound.type_of(name, field) != str(_type(bound.schema, name, field))
            if name in roots or is_list:
                yield f"{name}.{field}"


def _known(source: Source, place: tuple[str | int, ...], name: str, names: Any, what: str) -> None:
    known = sorted(names)
    if name not in known:
        raise source.error(place, f"unknown {what} '{name}'.{did_you_mean(name, known)} Known: {known_names(known)}")


def _is_scalar(it: Any) -> bool:
    return isinstance(it, GraphQLScalarType)


def _restrict(scalar: Any, kind: str) -> None:
    """Make a scalar take values of a kind only."""
    fits: Callable[[Any], bool] = FITS[kind]

    def parse(value: Any) -> Any:
        if not fits(value):
            raise GraphQLError(f"{scalar.name} cannot represent {value!r}: expected a value of kind {kind}")
        return value

    scalar.coerce_input_value = parse
    scalar.coerce_input_literal = lambda node: parse(value_from_ast_untyped(node))
