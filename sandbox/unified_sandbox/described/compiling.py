"""Compilation of a stand-in's file: expressions parsed, names of collections and pages checked; each error gives its place."""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from unified.catalog.files.source import DocumentPath, Source
from unified.errors.names import did_you_mean, known_names
from unified_jsonata import Expression
from unified_sandbox.described.document import Collection, Effect, Field, Filter, Paging, Route, StandInFile
from unified_sandbox.described.evaluation import Evaluator
from unified_sandbox.described.languages import LANGUAGES
from unified_sandbox.described.plan import EXPRESSIONS, OPERATIONS, Plan, PlannedEffect, PlannedRefusals, PlannedRoute
from unified_sandbox.described.seeding import Rows
from unified_sandbox.described.selecting import Selector

ALIKE = ("send", "refusal")
"""Keys in which the routes of one path are alike: a request may be refused before one of them is chosen."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PLACES = ("query", "body")
"""Where arguments are, if no expression makes them."""
Grouped = dict[tuple[str, str], list[PlannedRoute]]


def compile_plan(name: str, file: StandInFile, source: Source) -> tuple[Plan, Grouped]:
    """Compile a file; return the plan, and its routes by method and path.

    Raises:
        CatalogError: Something does not hold; the message gives file, line and column.
    """
    compiler = _Compiler(file, source)
    fields = {one: _fields(rules) for one, rules in file.collections.items()}
    errors = compiler.expression(("errors",), file.errors)
    if errors is None:
        raise source.error(("errors",), "errors: expected an expression that makes the body of an error")
    plan = Plan(
        name=name,
        file=file,
        zone=_zone(file, source),
        collections={one: compiler.rows(one, rules) for one, rules in file.collections.items()},
        fields=fields,
        errors=errors,
        error_headers=compiler.expressions(("error_headers",), file.error_headers),
        wrap_list=compiler.expression(("list",), file.list),
        wrap_item=compiler.expression(("item",), file.item),
        bound=compiler.bound(fields),
    )
    grouped: Grouped = {}
    for key, rules in file.routes.items():
        method, path = compiler.split(key)
        several = rules if isinstance(rules, tuple) else (rules,)
        place: DocumentPath = ("routes", key)
        for index, one in enumerate(several):
            at = (*place, index) if isinstance(rules, tuple) else place
            alike = compiler.alike(several[0], one, at)
            grouped.setdefault((method, path), []).append(compiler.route(method, path, alike, at, fields))
    return plan, grouped


def _zone(file: StandInFile, source: Source) -> ZoneInfo:
    try:
        return ZoneInfo(file.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise source.error(("zone",), f"expected a time zone such as Europe/Berlin, got `{file.zone}`") from None


def _fields(rules: Collection) -> dict[str, Field]:
    return {name: one if isinstance(one, Field) else Field(kind=one) for name, one in rules.fields.items()}


def _answering(rules: Route) -> Route:
    """Return a GraphQL field as a route: its arguments are a body, what is written is its `input`, and it always answers."""
    is_write = bool(rules.create or rules.update)
    taken = rules.take or ("input" if is_write else "")
    return msgspec.structs.replace(rules, arguments="body", take=taken, status=rules.status or 200)


class _Compiler:
    """Compiles the parts of one file."""

    def __init__(self, file: StandInFile, source: Source) -> None:
        self.file = file
        self.source = source
        self._evaluator = Evaluator(source)

    def expression(self, place: DocumentPath, text: str) -> Expression | None:
        return self._evaluator.compile(place, text)

    def expressions(self, place: DocumentPath, texts: Mapping[str, str]) -> tuple[tuple[str, Expression], ...]:
        """Compile named expressions; empty ones are left out."""
        compiled = ((name, self.expression((*place, name), text)) for name, text in texts.items())
        return tuple((name, one) for name, one in compiled if one is not None)

    def known(self, place: DocumentPath, name: str, names: Iterable[str], what: str) -> None:
        """Check a name.

        Raises:
            CatalogError: It is unknown; the message lists the known ones.
        """
        known = [*names]
        if name not in known:
            listed = known_names(known) or "none"
            raise self.source.error(place, f"unknown {what} '{name}'.{did_you_mean(name, known)} Known: {listed}")

    def split(self, key: str) -> tuple[str, str]:
        """Return method and path of a route's key."""
        method, _, path = key.partition(" ")
        if method not in METHODS or not path.startswith("/"):
            expected = f"expected a method ({', '.join(METHODS)}) and a path, such as `GET /people/{{id}}`"
            raise self.source.error(("routes", key), f"{expected}, got `{key}`", key=True)
        return method, path

    def rows(self, name: str, rules: Collection) -> Rows:
        place: DocumentPath = ("collections", name)
        for field, one in _fields(rules).items():
            if one.of:
                self.known((*place, "fields", field), one.of, self.file.collections, "collection")
        return Rows(
            name=name,
            rules=rules,
            seed=self.expression((*place, "seed"), rules.seed),
            make_id=self.expression((*place, "id", "make"), rules.id.make),
            computed=self.expressions((*place, "computed"), rules.computed),
            store=self.expression((*place, "store"), rules.store),
            show=self.expression((*place, "show"), rules.show),
            planted=self.expression((*place, "planted"), rules.planted),
            derived=self.expression((*place, "derived"), rules.derived),
            hidden=self.expression((*place, "hidden"), rules.hidden),
            deleted=self.expression((*place, "deleted"), rules.deleted),
        )

    def alike(self, first: Route, rules: Route, place: DocumentPath) -> Route:
        """Return a route with what all routes of its path have from the first one.

        Raises:
            CatalogError: It has something else.
        """
        unset = Route()
        for key in ALIKE:
            if getattr(rules, key) not in (getattr(unset, key), getattr(first, key)):
                message = f"{key}: the routes of a path are alike in this, as a request may be refused before one is chosen"
                raise self.source.error((*place, key), f"{message}: expected the first one alone to say it", key=True)
        return msgspec.structs.replace(rules, **{key: getattr(first, key) for key in ALIKE})

    def route(
        self, method: str, path: str, rules: Route, place: DocumentPath, fields: Mapping[str, Mapping[str, Field]]
    ) -> PlannedRoute:
        operation, subject = self._operation(rules, place)
        expressions = {key: self.expression((*place, key), getattr(rules, key)) for key in EXPRESSIONS}
        expressions["answer"] = self.expression((*place, "answer"), rules.answer)
        named = "" if subject or operation == "answer" else getattr(rules, operation)
        expressions["subject"] = self.expression((*place, operation), named)
        expressions["arguments"] = self.expression((*place, "arguments"), "" if rules.arguments in PLACES else rules.arguments)
        for one in rules.parents:
            self.known((*place, "parents", one), one, self.file.collections, "collection")
        known = fields.get(subject, {})
        filters = rules.filters.items()
        return PlannedRoute(
            method=method,
            path=path,
            rules=rules,
            operation=operation,
            subject=subject,
            expressions=expressions,
            selectors=tuple(self._selector(name, one, (*place, "filters", name), known) for name, one in filters),
            parents=self.expressions((*place, "parents"), rules.parents),
            headers=self.expressions((*place, "headers"), rules.headers),
            sort_entry=self.expression((*place, "sort", "entry"), rules.sort.entry if rules.sort else ""),
            pagings=self._pagings(rules, operation, place),
            effects=tuple(self._effect(one, (*place, "also", index)) for index, one in enumerate(rules.also)),
            refusals=self._refusals(rules, place),
        )

    def bound(self, fields: Mapping[str, Mapping[str, Field]]) -> dict[str, PlannedRoute]:
        """Return what fields of GraphQL types do."""
        named = self.file.graphql.fields.items() if self.file.graphql else ()
        return {name: self.route("POST", name, _answering(rules), ("graphql", "fields", name), fields) for name, rules in named}

    def _refusals(self, rules: Route, place: DocumentPath) -> PlannedRefusals | None:
        if not rules.refusal:
            return None
        self.known((*place, "refusal"), rules.refusal, self.file.refusals, "form of refusals")
        named = self.file.refusals[rules.refusal]
        return PlannedRefusals(rules=named, errors=self.expression(("refusals", rules.refusal, "errors"), named.errors))

    def _operation(self, rules: Route, place: DocumentPath) -> tuple[str, str]:
        chosen = [one for one in OPERATIONS if getattr(rules, one)]
        if len(chosen) != 1:
            listed = " and ".join(chosen) or "none"
            raise self.source.error(place, f"expected one of the keys {', '.join(OPERATIONS)}, got {listed}")
        (operation,) = chosen
        named = getattr(rules, operation)
        subject = "" if operation == "answer" or named.startswith("$") else named
        if subject:
            self.known((*place, operation), subject, self.file.collections, "collection")
        if subject and operation not in {"list", "get"} and self.file.collections[subject].derived:
            raise self.source.error((*place, operation), f"'{subject}' is derived from other collections: expected list or get")
        return operation, subject

    def _pagings(self, rules: Route, operation: str, place: DocumentPath) -> tuple[Paging, ...]:
        """Return the ways to ask this route for pages, each followed by its `otherwise`."""
        if operation != "list" or rules.paging == "none":
            return ()
        if rules.paging:
            self.known((*place, "paging"), rules.paging, (*self.file.paging, "none"), "paging")
        name = rules.paging or next(iter(self.file.paging), "")
        found: dict[str, Paging] = {}
        while name and name not in found:
            found[name] = self.file.paging[name]
            name, last = found[name].otherwise, name
            if name:
                self.known(("paging", last, "otherwise"), name, self.file.paging, "paging")
        return tuple(found.values())

    def _selector(self, name: str, rule: Filter | str, place: DocumentPath, fields: Mapping[str, Field]) -> Selector:
        whole = rule if isinstance(rule, Filter) else Filter(field=rule)
        ways = [key for key in ("field", "where", "language") if getattr(whole, key)]
        if len(ways) != 1:
            got = " and ".join(ways) or "none"
            raise self.source.error(place, f"expected one of the keys field, where, language, got {got}")
        if whole.language:
            self.known((*place, "language"), whole.language, LANGUAGES, "query language")
        kind = fields[whole.field].kind if whole.field in fields else "any"
        seen = {one: self.expression((*place, "fields", one), text) for one, text in whole.fields.items()}
        where, types = (self.expression((*place, key), getattr(whole, key)) for key in ("where", "types"))
        return Selector(name=name, rule=whole, where=where, types=types, kind=kind, seen=seen)

    def _effect(self, rules: Effect, place: DocumentPath) -> PlannedEffect:
        chosen = [one for one in ("create", "update", "delete") if getattr(rules, one)]
        if len(chosen) != 1:
            got = " and ".join(chosen) or "none"
            raise self.source.error(place, f"expected one of the keys create, update, delete, got {got}")
        subject = self.expression((*place, "create"), rules.create if rules.create.startswith("$") else "")
        if subject is None:
            self.known((*place, chosen[0]), getattr(rules, chosen[0]), self.file.collections, "collection")
        expressions = {key: self.expression((*place, key), getattr(rules, key)) for key in ("where", "each", "set", "when")}
        return PlannedEffect(rules=rules, subject=subject, **expressions)
