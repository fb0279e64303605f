"""The common query: what a caller may request of a list or get, and the root object that mapping expressions see."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from unified.catalog.filter_rows import Operator
from unified.catalog.wire import OVERRIDES
from unified.errors import FieldProblem, ValidationFailed, did_you_mean, known_names
from unified.models import Model

OPERATORS: tuple[Operator, ...] = ("eq", "ne", "in", "gt", "gte", "lt", "lte", "contains")
TIMES = ("updated_after", "updated_before", "created_after", "created_before")
DEFAULT_LIMIT, MAX_LIMIT = 50, 200
FLAGS = ("include_deleted", "include_raw")
PARAMETERS = ("limit", "cursor", *TIMES, "filter[…]", "search", "sort", "fields", "expand", *FLAGS, "remote_query[…]")

_FILTER = re.compile(r"^filter\[(?P<field>[A-Za-z_][\w.]*)\](?:\[(?P<operator>\w+)\])?$")
_REMOTE = re.compile(r"^remote_query\[(?P<name>[^\[\]]{1,100}(?:\[[^\[\]]{0,60}\])*)\]$")
_TIME = re.compile(r"^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$", re.ASCII)


_NUMBER = re.compile(r"^[+-]?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,2})?$", re.ASCII)


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """One condition on a field; `value` is a tuple for `in`."""

    field: str
    operator: Operator = "eq"
    value: str | bool | float | tuple[str, ...]

    @property
    def parameter(self) -> str:
        """The name under which expressions read it, and by which it is native or not."""
        return f"filter.{self.field}" + ("" if self.operator == "eq" else f".{self.operator}")

    @property
    def shown(self) -> str:
        """The name under which the caller wrote it."""
        return f"filter[{self.field}]" + ("" if self.operator == "eq" else f"[{self.operator}]")


class Sort(msgspec.Struct, frozen=True, kw_only=True):
    """An order: the common field, and the direction."""

    field: str
    descending: bool = False


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller requests of a list or get, in common terms."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    updated_after: str | None = None
    updated_before: str | None = None
    created_after: str | None = None
    created_before: str | None = None
    filters: tuple[Filter, ...] = ()
    search: str | None = None
    sort: Sort | None = None
    fields: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    include_deleted: bool = False
    include_raw: bool = False
    remote_query: tuple[tuple[str, str], ...] = ()
    path: tuple[tuple[str, str], ...] = ()
    """Path parameters of the model, such as `object` of custom objects."""
    here: frozenset[str] = frozenset()
    """Conditions that the provider must not learn, by their names in `requested`; they are tested on mapped records."""

    def requested(self) -> frozenset[str]:
        """Return the names of the conditions that the result must respect, such as `updated_after` and `filter.email`."""
        names = {name for name in (*TIMES, "search") if getattr(self, name) is not None}
        names |= {condition.parameter for condition in self.filters}
        return frozenset(names | ({"include_deleted"} if self.include_deleted else set()))

    def root(self, names: Iterable[str] | None = None) -> dict[str, Any]:
        """Return the object that expressions see: only the conditions in `names`, or all that the provider may learn."""
        wanted = self.requested() - self.here if names is None else frozenset(names)
        root: dict[str, Any] = dict(self.path)
        root |= {name: getattr(self, name) for name in (*TIMES, "search") if name in wanted and getattr(self, name)}
        if self.include_deleted:
            root["include_deleted"] = True
        conditions = _conditions(tuple(one for one in self.filters if one.parameter in wanted))
        return root | {"filter": conditions} if conditions else root

    def digest_parts(self) -> tuple[Any, ...]:
        """Return what a cursor is bound to: everything except the position and the page size."""
        rest = (self.path, self.search, self.sort, self.filters, self.include_deleted, self.remote_query)
        kept = (sorted(self.here),) if self.here else ()
        return (*(getattr(self, name) for name in TIMES), *(msgspec.to_builtins(part) for part in rest), *kept)


def _conditions(filters: tuple[Filter, ...]) -> dict[str, Any]:
    grouped: dict[str, Any] = {}
    for condition in filters:
        value = list(condition.value) if isinstance(condition.value, tuple) else condition.value
        if condition.operator == "eq":
            grouped[condition.field] = value
        elif not isinstance(grouped.get(condition.field, {}), dict):
            continue  # eq and another operator on one field: the other one is tested on the records
        else:
            grouped.setdefault(condition.field, {})[condition.operator] = value
    return grouped


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
        if len(text) > 10_000 or "\x00" in text:  # noqa: PLR2004
            self.refuse(name, "expected text of at most 10000 characters without NUL")
        elif self.repeated(name):
            self.refuse(name, "given more than once; expected one value (lists are separated by commas)")
        elif name in READERS:
            self.values[name] = READERS[name](self, name, text)
        elif match := _FILTER.match(name):
            self.take_filter(name, match["field"], match["operator"] or "eq", text)
        elif match := _REMOTE.match(name):
            self.take_remote(name, match["name"], text)
        elif name in self.model.path_parameters:
            self.path.append((name, text))
        else:
            known = ", ".join((*PARAMETERS, *self.model.path_parameters))
            self.refuse(name, f"unknown parameter.{did_you_mean(name, PARAMETERS)} Known: {known}", "unknown_parameter")

    def repeated(self, name: str) -> bool:
        """Return whether a parameter came before, in this or its other spelling; the provider's own may repeat."""
        plain_name = name.removesuffix("[eq]")
        is_repeated = plain_name in self.seen and not _REMOTE.match(name)
        self.seen.add(plain_name)
        return is_repeated

    def take_filter(self, name: str, field: str, operator: str, text: str) -> None:
        if "." in field:
            self.refuse(name, "expected the name of one field, without dots")
            return
        if operator not in OPERATORS:
            self.refuse(name, f"unknown operator.{did_you_mean(operator, OPERATORS)} Known: {', '.join(OPERATORS)}")
            return
        parts = [part for part in text.split(",") if part] if operator == "in" else [text]
        read = BY_KIND.get(next((one.kind for one in self.model.fields if one.name == field), ""))
        if read is not None and operator != "contains":
            parts = [read(self, name, part) for part in parts]
        value = tuple(parts) if operator == "in" else parts[0]
        if value == ():
            self.refuse(name, "expected one value or more, separated by commas")
            return
        known: Operator = next(one for one in OPERATORS if one == operator)
        self.filters.append(Filter(field=field, operator=known, value=value))

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


def _limit(reader: _Reader, name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 1_000_000:  # noqa: PLR2004
        reader.refuse(name, f"expected a whole number from 1 to {MAX_LIMIT}")
        return DEFAULT_LIMIT
    return min(int(text), MAX_LIMIT)


def _time(reader: _Reader, name: str, text: str) -> str:
    # A plus sign that was not percent-encoded arrives as a space.
    text = re.sub(r" (?=\d\d:\d\d$)", "+", text)
    if not _TIME.match(text):
        reader.refuse(name, "expected a time like 2026-01-31T12:00:00Z (RFC 3339)")
        return text
    time = utc(text)
    if time is None:
        reader.refuse(name, "expected a time that exists, like 2026-01-31T12:00:00Z (RFC 3339)")
    return time or text


def _day(reader: _Reader, name: str, text: str) -> str:
    """Return a date or time unchanged: mappings use the part that they need."""
    _time(reader, name, text)
    return text


def utc(text: str) -> str | None:
    """Return a time as RFC 3339 text in UTC with `Z`; a date is its midnight; None when it does not exist."""
    try:
        time = datetime.fromisoformat(text)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time.isoformat(timespec="milliseconds" if time.microsecond else "seconds").replace("+00:00", "Z")


def _number(reader: _Reader, name: str, text: str) -> str:
    if not _NUMBER.match(text):
        reader.refuse(name, "expected a number like 5 or -0.5")
    return text


def _truth(reader: _Reader, name: str, text: str) -> str:
    _flag(reader, name, text.lower())
    return text.lower()


def _flag(reader: _Reader, name: str, text: str) -> bool:
    if text not in {"true", "false"}:
        reader.refuse(name, "expected true or false")
    return text == "true"


def _sort(reader: _Reader, name: str, text: str) -> Sort | None:
    field = text.removeprefix("-")
    if not field.isidentifier():
        reader.refuse(name, "expected a field, or -field for descending order")
        return None
    return Sort(field=field, descending=text.startswith("-"))


def _names(_reader: _Reader, _name: str, text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _plain(_reader: _Reader, _name: str, text: str) -> str:
    return text


READERS = {
    "limit": _limit,
    "cursor": _plain,
    "search": _plain,
    "sort": _sort,
    "fields": _names,
    "expand": _names,
    **dict.fromkeys(TIMES, _time),
    **dict.fromkeys(FLAGS, _flag),
}
BY_KIND: dict[str, Callable[[_Reader, str, str], str]] = {
    "datetime": _time,
    "date": _day,
    "due": _day,
    "number": _number,
    "integer": _number,
    "boolean": _truth,
}
"""How a filter's value is read for each kind of field; for other kinds, it is used unchanged."""
