"""Which records a list holds, and in which order."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from unified.errors.names import known_names
from unified_jsonata import Expression
from unified_sandbox.described.document import Filter, Sort
from unified_sandbox.described.evaluation import evaluate, holds
from unified_sandbox.described.languages import LANGUAGES
from unified_sandbox.described.languages.selection import EVERYTHING, BadQuery, Selection
from unified_sandbox.described.moments import read_moment
from unified_sandbox.described.refusing import refuse
from unified_sandbox.described.values import argument_at, matches, order_key, values_at
from unified_sandbox.messages import Record


class Selector(msgspec.Struct, frozen=True, kw_only=True):
    """A filter with its expression compiled."""

    name: str
    rule: Filter
    where: Expression | None
    types: Expression | None = None
    kind: str = "any"
    """The kind of the field, if the file says it."""
    seen: Mapping[str, Expression | None] = {}
    """Field of the query language to the expression of its value."""

    def selection(self, value: Any, bindings: dict[str, Any]) -> Selection:
        """Return what the argument's value selects; declines a value that is not of the field's kind."""
        if self.rule.language:
            return self._in_language(value, bindings)
        if self.where is not None:
            seen = bindings | {"value": value}
            return Selection(where=lambda record: holds(self.where, record, seen))
        wanted = _listed(value, self.rule.separator) if self.rule.operator == "in" else value
        self._check(wanted)
        return Selection(where=lambda record: matches(record, self.rule.field, self.rule.operator, wanted))

    def among(self, rows: Sequence[Record], selection: Selection) -> list[Record]:
        """Return the records that are selected; declines a query about what they do not have."""
        try:
            return [record for record in rows if selection.where(record)]
        except BadQuery as problem:
            refuse("invalid_query", str(problem), self.name)

    def _in_language(self, value: Any, bindings: dict[str, Any]) -> Selection:
        language = LANGUAGES[self.rule.language]
        try:
            found = language(value) if self.types is None else language(value, evaluate(self.types, {}, bindings))
        except BadQuery as problem:
            refuse("invalid_query", str(problem), self.name)
        if not self.seen:
            return found

        def where(record: Record) -> bool:
            return found.where(_Seen(self.seen, lambda expression: evaluate(expression, record, bindings)))

        return msgspec.structs.replace(found, where=where)

    def _check(self, wanted: Any) -> None:
        for one in wanted if isinstance(wanted, list) else [wanted]:
            if self.rule.operator != "is_null" and not CHECKS.get(self.kind, lambda _: True)(one):
                refuse("invalid_argument", f"{self.name}: expected a {self.kind}.", self.name)


class _Seen(dict[str, Any]):
    """A record as a query language sees it; a field is evaluated when it is asked for."""

    def __init__(self, seen: Mapping[str, Expression | None], value_of: Callable[[Expression | None], Any]) -> None:
        super().__init__(seen)
        self._value_of = value_of

    def __getitem__(self, name: str) -> Any:
        """Return the value of a field."""
        return self._value_of(super().__getitem__(name))

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a field, `default` where there is no such field."""
        return self._value_of(super().get(name)) if name in self else default


def _is_number(value: Any) -> bool:
    return str(value).lstrip("-").replace(".", "", 1).isdigit()


def _is_moment(value: Any) -> bool:
    return _is_number(value) or read_moment(str(value)) is not None


CHECKS: dict[str, Callable[[Any], bool]] = {
    "number": _is_number,
    "integer": _is_number,
    "moment": _is_moment,
    "date": _is_moment,
    "boolean": lambda value: str(value).lower() in {"true", "false", "1", "0"},
}
"""Whether an argument can be compared with fields of a kind."""


def _listed(value: Any, separator: str) -> list[Any]:
    texts = value if isinstance(value, list) else [value]
    return [part.strip() if isinstance(part, str) else part for one in texts for part in _split(one, separator)]


def _split(value: Any, separator: str) -> Sequence[Any]:
    return value.split(separator) if isinstance(value, str) and separator else [value]


def selected(
    records: Sequence[Record], selectors: Sequence[Selector], arguments: Any, bindings: dict[str, Any]
) -> tuple[list[Record], Selection]:
    """Return the records that every given filter selects, and what else a query language asks for."""
    asked = EVERYTHING
    rows = list(records)
    for one in selectors:
        value = argument_at(arguments, one.name)
        if value is not None:
            selection = one.selection(value, bindings)
            rows = one.among(rows, selection)
            asked = selection if one.rule.language else asked
    return rows, asked


def ordered(records: list[Record], order: Sequence[str], id_field: str = "") -> list[Record]:
    """Return records by fields, each with `-` in front for descending; those alike stay as they were.

    Ids of digits are in the order of their numbers.
    """
    for field in reversed(order):
        key = _sort_key(field.removeprefix("-"), id_field)
        records = sorted(records, key=key, reverse=field.startswith("-"))
    return records


def _sort_key(path: str, id_field: str) -> Callable[[Record], tuple[int, Any]]:
    def key(record: Record) -> tuple[int, Any]:
        value = next(values_at(record, path), None)
        if path == id_field and isinstance(value, str) and value.isdecimal():
            value = int(value)
        return order_key(value)

    return key


def order_asked(sort: Sort, arguments: Any, entry: Expression | None, bindings: dict[str, Any]) -> tuple[str, ...]:
    """Return the fields that the argument asks for; declines a word that the file does not know."""
    value = argument_at(arguments, sort.argument)
    if value is None or value == "":
        return ()
    words = value if isinstance(value, list) else str(value).split(sort.separator)
    return tuple(_field(sort, str(evaluate(entry, word, bindings, word)).strip(), arguments) for word in words)


def _field(sort: Sort, word: str, arguments: Any) -> str:
    name, is_descending = _STYLES[sort.style](sort, word, arguments)
    if name not in sort.fields:
        refuse("invalid_argument", f"{sort.argument}: cannot sort by {name}; known: {known_names(sort.fields)}.", sort.argument)
    return ("-" if is_descending else "") + sort.fields[name]


def _signed(_sort: Sort, word: str, _arguments: Any) -> tuple[str, bool]:
    return word.lstrip("+-"), word.startswith("-")


def _separate(sort: Sort, word: str, arguments: Any) -> tuple[str, bool]:
    return word, str(argument_at(arguments, sort.direction) or "asc").lower().startswith("desc")


def _words(_sort: Sort, word: str, _arguments: Any) -> tuple[str, bool]:
    name, _, direction = word.replace(":", " ").partition(" ")
    return name, direction.strip().lower().startswith("desc")


_STYLES = {"signed": _signed, "separate": _separate, "words": _words}
