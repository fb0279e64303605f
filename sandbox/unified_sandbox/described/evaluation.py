"""Expressions of a stand-in: compiled once, evaluated over what the current request or seeding sees."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from unified.catalog.definitions import check_definitions, definitions_of
from unified.catalog.files.composition import needed, with_definitions, written
from unified.catalog.files.source import DocumentPath, Origin, Source
from unified.errors.configuration import CatalogError
from unified.errors.names import did_you_mean, known_names, suggestion
from unified_jsonata import UNDEFINED, Expression, JsonataError, Limits
from unified_jsonata.analysis import unbound_variables, unknown_functions
from unified_jsonata.names import BUILTINS
from unified_sandbox.described.functions import FUNCTIONS
from unified_sandbox.described.names import EVERY, names_given
from unified_sandbox.messages import Incoming, Record

LIMITS = Limits(timeout=30.0, steps=20_000_000)
"""Bounds of one evaluation; one expression may make the first data of a whole collection, on a busy machine too."""


class Located(Expression):
    """An expression of a file: what fails while it runs says file, line and column, and never shows data."""

    def __init__(self, source: str, fail: Callable[[JsonataError], CatalogError]) -> None:
        super().__init__(source, FUNCTIONS)
        self._fail = fail

    def evaluate(self, data: Any = UNDEFINED, bindings: Mapping[str, Any] | None = None, limits: Limits | None = None) -> Any:
        """Return the value.

        Raises:
            CatalogError: The evaluation fails; the message gives the place.
            Declined: The expression declines the request.
        """
        try:
            return super().evaluate(data, bindings, limits or LIMITS)
        except JsonataError as problem:
            raise self._fail(problem) from None

    def wrong(self, what: str) -> CatalogError:
        """Return the error for a mistake that shows only while the expression runs."""
        return self._fail(JsonataError(code="", message=what))


class Evaluator:
    """Compiles the expressions of one file, with the definitions that they use and errors that give the place."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._definitions = definitions_of(source)
        self._texts = {name: one.text for name, one in self._definitions.items()}
        check_definitions(self._definitions, self._definitions)
        for name in self._definitions.keys() & {*FUNCTIONS, *EVERY}:
            raise source.error(("define", name), f"${name} is bound already: expected another name", key=True)

    def compile(self, place: DocumentPath, text: str) -> Located | None:
        """Compile one expression; None for none.

        Raises:
            CatalogError: It is invalid; the message gives file, line and column.
        """
        if not text:
            return None
        names = needed(self._texts, text)
        whole = with_definitions(written(self._source, place, text), [(name, self._definitions[name]) for name in names])
        origin = Origin(source=self._source, place=place, pieces=whole.pieces)
        source = msgspec.structs.replace(self._source, origins={place: origin}) if names else self._source
        try:
            found = Located(whole.text, lambda problem: source.error(place, problem.message, offset=problem.position))
        except JsonataError as problem:
            raise source.error(place, f"not valid JSONata: {problem.message}", offset=problem.position) from None
        _check_names(found, source, place)
        return found


def _check_names(expression: Located, source: Source, place: DocumentPath) -> None:
    """Raise CatalogError for a name that the expression is not given at its place, and for an unknown function."""
    given = names_given(place)
    for use in unknown_functions(expression.analysis, FUNCTIONS):
        message = f"unknown function ${use.name}.{suggestion(use.name, (*FUNCTIONS, *BUILTINS))}"
        raise source.error(place, message, offset=use.start)
    for use in unbound_variables(expression.analysis, {*given, *FUNCTIONS, *BUILTINS}):
        known = known_names(f"${name}" for name in given) or "none"
        hint = did_you_mean(use.name, given)
        message = f"${use.name} is not given here, so it is never there.{hint} Given here: {known}"
        raise source.error(place, message, offset=use.start)


def evaluate(expression: Expression | None, data: Any, bindings: Mapping[str, Any], default: Any = None) -> Any:
    """Return the value of an expression; `default` where there is no expression or no value."""
    if expression is None:
        return default
    value = expression.evaluate(data, bindings)
    return default if value is UNDEFINED else value


def evaluate_object(expression: Expression | None, data: Any, bindings: Mapping[str, Any], default: Record) -> Record:
    """Return the value of an expression that makes fields; one that is null has none.

    Raises:
        CatalogError: The value is not an object; the message gives the place.
    """
    value = evaluate(expression, data, bindings, default)
    return {} if value is None else an_object(expression, value)


def an_object(expression: Expression | None, value: Any) -> Record:
    """Return the value of an expression that makes fields.

    Raises:
        CatalogError: It is not an object; the message gives the place.
    """
    if isinstance(value, dict):
        return value
    raise expression.wrong("expected an object") if isinstance(expression, Located) else TypeError("expected an object")


def holds(expression: Expression | None, data: Any, bindings: Mapping[str, Any]) -> bool:
    """Return whether a condition holds; one that is not there does."""
    return expression is None or bool(evaluate(expression, data, bindings, default=False))


def bindings_of(request: Incoming, body: Any) -> dict[str, Any]:
    """Return what every expression of a route sees of the request."""
    return {
        "path": request.params,
        "query": dict(request.query),
        "every": {name: request.query.all(name) for name in request.query},
        "headers": request.headers,
        "body": body,
        "base": request.base,
        "url": request.url,
    }
