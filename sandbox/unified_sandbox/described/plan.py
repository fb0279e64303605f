"""A file made ready to run: every expression compiled, every name checked."""

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from unified_jsonata import Expression
from unified_sandbox.described.document import Effect, Field, Paging, Refusals, Route, StandInFile
from unified_sandbox.described.seeding import Rows
from unified_sandbox.described.selecting import Selector

OPERATIONS = ("list", "get", "create", "update", "delete", "answer")
EXPRESSIONS = ("when", "check", "where", "key", "id", "each", "refused", "together", "take", "sets", "store", "show", "wrap")
"""Keys of a route that hold one expression."""


class PlannedEffect(msgspec.Struct, frozen=True, kw_only=True):
    """A change that a write brings with it."""

    rules: Effect
    subject: Expression | None
    """The collection of `create`, where an expression names it."""
    where: Expression | None
    each: Expression | None
    set: Expression | None
    when: Expression | None


class PlannedRefusals(msgspec.Struct, frozen=True, kw_only=True):
    """A form of refusals in addition to that of the file."""

    rules: Refusals
    errors: Expression | None


class PlannedRoute(msgspec.Struct, frozen=True, kw_only=True):
    """One route: its rules, and its expressions by key."""

    method: str
    path: str
    rules: Route
    operation: str
    subject: str
    """The collection; empty for `answer`, and where an expression names it for each request."""
    expressions: dict[str, Expression | None]
    selectors: tuple[Selector, ...]
    parents: tuple[tuple[str, Expression], ...]
    headers: tuple[tuple[str, Expression], ...]
    sort_entry: Expression | None
    pagings: tuple[Paging, ...]
    """The ways to ask for pages: the first with an argument in the request, else the last; none for a list in one piece."""
    effects: tuple[PlannedEffect, ...]
    refusals: PlannedRefusals | None
    """The form of its refusals, where it is not that of the file."""

    @property
    def known_arguments(self) -> set[str]:
        """Names that the query, or the body of a list, may have."""
        rules = self.rules
        names = {one.name for one in self.selectors} | {*rules.ignores, *rules.requires}
        names |= {rules.sort.argument, rules.sort.direction} if rules.sort else set()
        names |= {rules.select.argument} if rules.select else set()
        return names.union(*({one.at, one.size} for one in self.pagings))


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One stand-in, ready to run."""

    name: str
    file: StandInFile
    zone: ZoneInfo
    collections: dict[str, Rows]
    fields: dict[str, dict[str, Field]]
    """Collection to its fields, written out."""
    errors: Expression
    error_headers: tuple[tuple[str, Expression], ...]
    wrap_list: Expression | None
    wrap_item: Expression | None
    bound: dict[str, PlannedRoute] = {}
    """The functions of fields of GraphQL types, by `Type.field`."""

    def required(self, collection: str) -> tuple[str, ...]:
        """Return the fields that a new record of a collection must have."""
        return tuple(name for name, field in self.fields[collection].items() if field.required)


Bindings = dict[str, Any]
