"""The filter table of a mapping: conditions of the common query as the provider's dialect writes them."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

from unified.catalog.filter_rows import FilterRow, Form, Operator, Rows
from unified.errors.error import FieldProblem
from unified.errors.names import known_names, suggestion
from unified.errors.requests import ValidationFailed
from unified.models import Field, Model
from unified.transform.dialects import Condition, Dialect
from unified.transform.dialects.condition import EQUAL, RANGES, whole_seconds
from unified.transform.dialects.values import BY_KIND, FORMS, MOMENTS, is_day, moment, next_day
from unified.transform.queries.filter_names import field_of, one_name
from unified.transform.queries.query import OPERATORS, Query
from unified_jsonata import Refusal

TIMES: dict[str, dict[Operator, str]] = {
    "updated_at": {"gte": "updated_after", "lt": "updated_before"},
    "created_at": {"gte": "created_after", "lt": "created_before"},
}
"""Fields that have separate query parameters for some operators."""
_OF_A_DAY: dict[Operator, tuple[tuple[Operator, bool], ...]] = {
    "eq": (("gte", False), ("lt", True)),
    "gt": (("gte", True),),
    "gte": (("gte", False),),
    "lt": (("lt", False),),
    "lte": (("lt", True),),
}
"""A comparison with a whole day, for moments: comparisons with its midnight, or with the next one (True)."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row, with everything that its file leaves out."""

    fields: dict[Operator, str]
    """The provider's name for each operator."""
    form: Form
    is_day: bool
    """Whether values may be days, which are ranges where the provider has moments."""
    words: dict[str, tuple[str, ...]] | None = None
    """Of an enum: common word to all native words that mean it."""

    def has(self, values: tuple[str, ...]) -> bool:
        """Return whether the provider has these words; those that it lacks can only be compared on records."""
        return self.words is None or all(self.words.get(one) for one in values)

    def conditions(self, operator: Operator, values: tuple[str, ...]) -> Iterator[Condition]:
        """Yield the provider's conditions for an operator of the common query; raises ValueError for an invalid value."""
        form, asked = FORMS[self.form], operator
        if self.words is not None:
            values = tuple(dict.fromkeys(native for one in values for native in self.words[one]))
            operator = "in" if len(values) > 1 else "eq"
        steps: tuple[tuple[Operator, bool], ...] = ((operator, False),)
        if self.is_day and self.form in MOMENTS and all(map(is_day, values)):
            steps = _OF_A_DAY[operator]
        for step, is_after in steps:
            read = tuple(form.read(self._rounded(step, next_day(one) if is_after else one)) for one in values)
            yield Condition(field=self.fields[asked], operator=step, kind=form.kind, values=read)

    def _rounded(self, operator: Operator, value: str) -> str:
        """Return a time that is sent in whole seconds rounded so that the condition means the same."""
        return whole_seconds(operator, moment(value)).isoformat() if self.form == "seconds" else value


class FilterTable(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The rows of one call, in order."""

    dialect: Dialect
    rows: dict[str, Row]

    @cached_property
    def places(self) -> dict[str, tuple[int, str, Operator]]:
        """The query parameters that it writes, such as `filter.email.in` and `updated_after`, with their order."""
        pairs = [(name, one) for name, row in self.rows.items() for one in OPERATORS if one in row.fields]
        return {parameter(name, one): (order, name, one) for order, (name, one) in enumerate(pairs)}

    @cached_property
    def names(self) -> frozenset[str]:
        """The query parameters that it writes."""
        return frozenset(self.places)

    def lacking(self, query: Query) -> frozenset[str]:
        """Return the conditions of a query with words that the provider does not have."""
        asked = ((name, self.places[name]) for name in query.requested() & self.names)
        return frozenset(
            name
            for name, (_, field, operator) in asked
            if not all(self.rows[field].has(value) for _, value in _asked(query, field, operator))
        )

    def render(self, query: Query, names: frozenset[str]) -> Any:
        """Return these conditions of a query in the dialect; None if it has none of them.

        Raises:
            ValidationFailed: The dialect cannot write a value.
        """
        found = [
            (shown, tuple(self._conditions(shown, self.rows[field], operator, value)))
            for _, field, operator in sorted(self.places[name] for name in names & self.names)
            for shown, value in _asked(query, field, operator)
            if self.rows[field].has(value)
        ]
        if not found:
            return None
        try:
            return self.dialect.render([one for _, conditions in found for one in conditions])
        except Refusal:
            return self._refused(found)

    def _conditions(self, shown: str, row: Row, operator: Operator, values: tuple[str, ...]) -> Iterator[Condition]:
        try:
            yield from row.conditions(operator, values)
        except (ValueError, OverflowError):
            raise _refusal(shown, f"expected {FORMS[row.form].expected}") from None

    def _refused(self, found: list[tuple[str, tuple[Condition, ...]]]) -> Any:
        """Raise the refusal of the first condition with a value that cannot be written."""
        for shown, conditions in found:
            try:
                self.dialect.render(conditions)
            except Refusal as problem:
                raise _refusal(shown, str(problem)) from None
        raise AssertionError("a condition is written alone as it is among others")


def parameter(name: str, operator: Operator) -> str:
    """Return the query parameter that is an operator on a field."""
    own = TIMES.get(name, {}).get(operator)
    return own or f"filter.{name}" + ("" if operator == "eq" else f".{operator}")


def _asked(query: Query, name: str, operator: Operator) -> Iterator[tuple[str, tuple[str, ...]]]:
    own = TIMES.get(name, {}).get(operator)
    if own is not None:
        value = getattr(query, own)
        yield from [(own, (value,))] if value else []
        return
    for one in query.filters:
        if one.field == name and one.operator == operator:
            yield one.shown, tuple(map(str, one.value)) if isinstance(one.value, tuple) else (str(one.value),)


def _refusal(shown: str, message: str) -> ValidationFailed:
    problem = FieldProblem(pointer=shown, code="invalid_value", message=message)
    return ValidationFailed(f"{shown}: {message}", errors=(problem,))


Words = Mapping[str, dict[str, tuple[str, ...]]]
"""Enum to its common words with the native words that mean them."""


def table_of(rows: Rows, model: Model, dialect: Dialect, words: Words) -> FilterTable:
    """Return the table of rows that hold; `row_problems` says what is wrong with the others."""
    known = {name: _row(one) for name, one in rows.items()}
    held = {name: one for name, one in known.items() if not any(_problems(name, one, model, dialect, words))}
    return FilterTable(dialect=dialect, rows={name: _compiled(name, one, model, dialect, words) for name, one in held.items()})


def row_problems(rows: Rows, model: Model, dialect: Dialect, words: Words) -> Iterator[tuple[str, str]]:
    """Yield the name of a row and its problem."""
    taken: dict[str, str] = {}
    for name, one in rows.items():
        wrong = next(_problems(name, _row(one), model, dialect, words), None)
        if wrong is not None:
            yield name, wrong
            continue
        for field in dict.fromkeys(_compiled(name, _row(one), model, dialect, words).fields.values()):
            if dialect.one_row_a_field and field in taken:
                yield name, f"`{taken[field]}` has the field `{field}` already, and the dialect has one place for both"
            taken[field] = name


def _row(row: str | FilterRow) -> FilterRow:
    return FilterRow(field=row) if isinstance(row, str) else row


def _field(name: str, model: Model) -> Field | None:
    """Return the field that a condition compares: that of its name, or the part of a list's entries."""
    wanted = field_of(name, model)
    found = next((one for one in model.fields if one.name == wanted), None)
    if found is None or found.name == name:
        return found
    return next((one for one in found.nested if one.name == name), found)


def _form(name: str, row: FilterRow, model: Model) -> Form:
    field = _field(name, model)
    return row.form or BY_KIND.get(field.kind if field is not None else "", "text")


def _compiled(name: str, row: FilterRow, model: Model, dialect: Dialect, words: Words) -> Row:
    field = _field(name, model)
    usual = ("eq", "in") if row.enum is not None else _default(name, _form(name, row, model), dialect)
    operators = row.operators or tuple(row.names) or usual
    return Row(
        fields={operator: row.names.get(operator, row.field) for operator in operators},
        form=_form(name, row, model),
        is_day=field is not None and BY_KIND.get(field.kind) == "date",
        words=words[row.enum] if row.enum is not None else None,
    )


def _default(name: str, form: Form, dialect: Dialect) -> tuple[Operator, ...]:
    if name in TIMES:
        return tuple(TIMES[name])
    if FORMS[form].kind == "boolean":
        return ("eq",)
    compared = FORMS[form].kind in {"number", "date", "datetime"}
    wanted = (*dialect.default, *(one for one in OPERATORS if one in RANGES)) if compared else dialect.default
    return tuple(one for one in wanted if one in dialect.operators)


def _problems(name: str, row: FilterRow, model: Model, dialect: Dialect, words: Words) -> Iterator[str]:
    if name not in TIMES and (wrong := _wrong_name(name, model)):
        yield wrong
        return
    if row.enum is not None and row.enum not in words:
        yield f"no enum is called `{row.enum}`.{suggestion(row.enum, words)}"
        return
    form, given = FORMS[_form(name, row, model)], (*row.operators, *row.names)
    if form.kind not in dialect.kinds:
        yield f"the dialect cannot write a {form.kind}. Known: {known_names(dialect.kinds)}; `as` chooses another form"
    possible = frozenset(TIMES[name]) if name in TIMES else EQUAL if row.enum is not None else dialect.operators
    for operator in given:
        if operator not in possible:
            yield f"`{operator}` cannot be said here. Known: {known_names(possible)}"
    if row.names and not dialect.has_names:
        yield "`names` are for the dialect `query`, in which every operator has its own parameter"
    if not row.field and not row.names:
        yield "expected `field`, the provider's name"
    yield from _unnamed(_compiled(name, row, model, dialect, words), row, dialect)


def _wrong_name(name: str, model: Model) -> str:
    """Return what is wrong with the name of a row; an empty text if nothing is."""
    right = one_name(name, model)
    if right != name:
        return f"mappings call this condition `{right}`, whatever name a caller gives it: rename the row to `{right}`"
    if _field(name, model) is not None:
        return ""
    known = [field.name for field in model.fields]
    return f"{model.id} has no field `{name}` to filter by.{suggestion(name, known)}"


def _unnamed(compiled: Row, row: FilterRow, dialect: Dialect) -> Iterator[str]:
    """Yield operators that have no name where they need one, and those that a day cannot have where moments are compared."""
    for operator, field in compiled.fields.items():
        if not field or (dialect.has_names and operator in RANGES and operator not in row.names):
            yield f"`{operator}` needs its own parameter: give it under `names`"
        if compiled.is_day and compiled.form in MOMENTS and operator not in _OF_A_DAY:
            yield f"`{operator}` cannot compare days with moments. Known: {known_names(_OF_A_DAY)}"
