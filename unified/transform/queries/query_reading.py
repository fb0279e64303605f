"""Reading of a common query, from a URL or from an object; all that cannot be understood is reported at once."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from unified.catalog.filter_rows import Operator
from unified.catalog.wire import OVERRIDES
from unified.errors.error import FieldProblem
from unified.errors.names import known_names, unknown_name
from unified.errors.requests import ValidationFailed
from unified.models import Field, Model
from unified.text.parsing_limits import expected_limit, page_limit
from unified.transform.queries.filter_names import field_of, one_name
from unified.transform.queries.query import FLAGS, MAX_LIMIT, OPERATORS, TIMES, Filter, Query
from unified.transform.queries.query_values import READERS, filter_reader

PARAMETERS = ("limit", "cursor", *TIMES, "filter[…]", "search", "sort", "fields", "expand", *FLAGS, "remote_query[…]")
MAX_TEXT_CHARACTERS = 10_000
"""Of the value of one parameter."""
_FILTER = re.compile(r"^filter\[(?P<field>[A-Za-z_][\w.]*)\](?:\[(?P<operator>\w+)\])?$")
_REMOTE = re.compile(r"^remote_query\[(?P<name>[^\[\]]{1,100}(?:\[[^\[\]]{0,60}\])*)\]$")


def query_from_pairs(pairs: Iterable[tuple[str, str]], model: Model) -> Query:
    """Read a URL's query.

    Raises:
        ValidationFailed: Parameters cannot be understood; `errors` lists all of them.
    """
    reader = _Reader(model)
    for name, text in pairs:
        reader.take(name, text)
    return reader.finish()


def query_from_object(parameters: Mapping[str, Any], model: Model) -> Query:
    """Read a query given as an object, as tools, golden cases and the embedding API do.

    Raises:
        ValidationFailed: Parameters cannot be understood; `errors` lists all of them.
    """
    reader = _Reader(model)
    for name, value in parameters.items():
        for key, text in _flatten(name, value):
            reader.take(key, text)
    return reader.finish()


def _flatten(name: str, value: Any) -> Iterable[tuple[str, str]]:
    if name in {"filter", "remote_query"} and isinstance(value, dict):
        for field, condition in value.items():
            if isinstance(condition, dict):
                conditions = ((operator, one) for operator, one in condition.items() if one is not None)
                yield from ((f"{name}[{field}][{operator}]", _text(one)) for operator, one in conditions)
            elif condition is not None:
                yield f"{name}[{field}]", _text(condition)
    elif value is not None:
        yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(_text(one) for one in value) if isinstance(value, list | tuple) else str(value)


class _Reader:
    """Collects parameters and the problems found in them."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.seen: set[str] = set()
        self.values: dict[str, Any] = {}
        self.filters: list[Filter] = []
        self.remote: list[tuple[str, str]] = []
        self.path: list[tuple[str, str]] = []
        self.problems: list[FieldProblem] = []

    def take(self, name: str, text: str) -> None:
        if len(text) > MAX_TEXT_CHARACTERS or "\x00" in text:
            self.refuse(name, f"expected text of at most {MAX_TEXT_CHARACTERS} characters without NUL")
        elif self.repeated(name):
            self.refuse(name, "given more than once; expected one value (lists are separated by commas)")
        elif name == "limit":
            self.take_limit(name, text)
        elif name in READERS:
            self.values[name] = self.read(READERS[name], name, text)
        elif match := _FILTER.match(name):
            self.take_filter(name, match["field"], match["operator"] or "eq", text)
        elif match := _REMOTE.match(name):
            self.take_remote(name, match["name"], text)
        elif name in self.model.path_parameters:
            self.path.append((name, text))
        else:
            known = (*PARAMETERS, *self.model.path_parameters)
            self.refuse(name, unknown_name("parameter", name, known), "unknown_parameter")

    def repeated(self, name: str) -> bool:
        """Return whether a parameter came before, in this or another spelling; the provider's own may repeat."""
        match = _FILTER.match(name)
        plain_name = f"filter.{one_name(match['field'], self.model)}.{match['operator'] or 'eq'}" if match else name
        is_repeated = plain_name in self.seen and not _REMOTE.match(name)
        self.seen.add(plain_name)
        return is_repeated

    def read(self, reader: Callable[[str], Any], name: str, text: str) -> Any:
        """Return the value of a text; None, and a problem, where it has none."""
        try:
            return reader(text)
        except ValueError as problem:
            self.refuse(name, str(problem))
            return None

    def take_limit(self, name: str, text: str) -> None:
        limit = page_limit(text, MAX_LIMIT)
        if limit is None:
            self.refuse(name, expected_limit(MAX_LIMIT))
        else:
            self.values |= {"limit": limit.size, "is_limit_reduced": limit.is_reduced}

    def take_filter(self, name: str, field: str, operator: str, text: str) -> None:
        if "." in field:
            self.refuse(name, "expected the name of one field, without dots")
            return
        if operator not in OPERATORS:
            self.refuse(name, unknown_name("operator", operator, OPERATORS))
            return
        found = one_name(field, self.model)
        read = filter_reader(self.field(found)) if operator != "contains" else None
        parts = text.split(",") if operator == "in" else [text]
        if read is not None:
            parts = [self.read(read, name, part) for part in parts]
        elif operator == "in":
            parts = [part for part in parts if part]
        value = tuple(parts) if operator == "in" else parts[0]
        if value == ():
            self.refuse(name, "expected one value or more, separated by commas")
            return
        known: Operator = next(one for one in OPERATORS if one == operator)
        written = None if field == found else field
        self.filters.append(Filter(field=found, operator=known, value=value, written=written))

    def field(self, name: str) -> Field | None:
        """Return the field that a filter's name means."""
        found = field_of(name, self.model)
        return next((one for one in self.model.fields if one.name == found), None)

    def take_remote(self, name: str, parameter: str, text: str) -> None:
        if parameter.strip().lower() in OVERRIDES:
            self.refuse(name, "expected a parameter that does not change the method of the call")
        self.remote.append((parameter, text))

    def refuse(self, name: str, message: str, code: str = "invalid") -> None:
        self.problems.append(FieldProblem(pointer=name, code=code, message=message))

    def finish(self) -> Query:
        if self.problems:
            names = known_names({problem.pointer for problem in self.problems})
            raise ValidationFailed(f"query: cannot be understood: {names}", errors=tuple(self.problems))
        lists = {"filters": tuple(self.filters), "remote_query": tuple(self.remote), "path": tuple(self.path)}
        values: dict[str, Any] = {**self.values, **lists}
        return Query(**values)
