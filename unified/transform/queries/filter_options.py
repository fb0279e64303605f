"""The conditions that a list takes, whoever applies them; refusals, schemas, tools and pages all name them from here."""

from collections.abc import Iterable

import msgspec

from unified.catalog.filter_rows import Operator
from unified.errors.names import did_you_mean, known_names
from unified.models import Model
from unified.transform.queries.filter_names import FilterName, essentials, filter_names
from unified.transform.queries.query import OPERATORS, TIMES

NO_FIELDS: frozenset[str] = frozenset()


class FilterOption(msgspec.Struct, frozen=True, kw_only=True):
    """A field by which a list can be filtered."""

    name: str
    """The name in `filter[…]`."""
    also: tuple[str, ...] = ()
    """Other names that mean the same."""
    field: str
    """The common field that is compared; empty for a condition without one, such as a part of a path."""
    operators: tuple[Operator, ...]
    """The operators that it can be compared by."""
    native: tuple[Operator, ...] = ()
    """Those of the operators that the provider applies."""
    emulated: bool
    """Whether Unified applies the other operators to the mapped records, of which it reads a bounded number."""


class ListedFilters(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions that a list takes."""

    filters: tuple[FilterOption, ...]
    parameters: tuple[str, ...]
    """Query parameters that are conditions: `updated_after` and the like, and `search`."""

    def text(self, model: Model) -> str:
        """Return the end of a refusal: `Filters of crm.contacts: filter[email] (eq, in), …`."""
        names = [*self.parameters, *(_shown(one) for one in self.filters)]
        return f"Filters of {model.id}: {known_names(names) or 'none'}"

    def hint(self, name: str) -> str:
        """Return ` Did you mean 'email'?` for an unknown name, if one is close."""
        known = [name for one in self.filters for name in (one.name, *one.also)]
        return "" if name in known else did_you_mean(name, known)


def _shown(option: FilterOption) -> str:
    """Return a filter with its operators, where it does not have all of them."""
    some = "" if len(option.operators) == len(OPERATORS) else f" ({', '.join(option.operators)})"
    return f"filter[{option.name}]{some}"


def listed_filters(
    model: Model,
    filled: frozenset[str],
    native: frozenset[str],
    *,
    hidden: frozenset[str] = NO_FIELDS,
    closed: frozenset[str] = NO_FIELDS,
) -> ListedFilters:
    """Return the conditions that a list takes.

    Args:
        model: The common model.
        filled: The fields that the mapping fills.
        native: The conditions that the provider applies, such as `filter.email.in`.
        hidden: Fields that the caller does not see; no condition on them is listed.
        closed: Conditions that a boundary refuses.
    """
    compared = comparable(model, filled)
    operators = _native_operators(native - closed)
    known = {one.name: one for one in filter_names(model).values()}
    named = {name: known.get(name) or FilterName(name=name, field="") for name in (*known, *operators)}
    options = [
        _option(one, operators.get(one.name, frozenset()), is_compared=one.field in compared)
        for one in named.values()
        if not {one.name, one.field} & hidden
    ]
    return ListedFilters(
        filters=tuple(one for one in options if one.operators),
        parameters=tuple(_parameters(filled, native, hidden, closed)),
    )


def _option(name: FilterName, native: frozenset[str], *, is_compared: bool) -> FilterOption:
    applied = tuple(one for one in OPERATORS if one in native)
    operators = OPERATORS if is_compared else applied
    return FilterOption(
        name=name.name, also=name.also, field=name.field, operators=operators, native=applied, emulated=is_compared
    )


def _native_operators(native: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return name → operators that some list call applies; only identifiers can name a condition."""
    operators: dict[str, set[str]] = {}
    for parameter in native:
        first, _, rest = parameter.partition(".")
        name, _, operator = rest.partition(".")
        if first == "filter" and name.isascii() and name.isidentifier():
            operators.setdefault(name, set()).add(operator or "eq")
    return {name: frozenset(names) for name, names in operators.items()}


def _parameters(
    filled: frozenset[str], native: frozenset[str], hidden: frozenset[str], closed: frozenset[str]
) -> Iterable[str]:
    for name in TIMES:
        if (name in native or time_field(name) in filled) and time_field(name) not in hidden and name not in closed:
            yield name
    if "search" in native - closed and not hidden:
        yield "search"


def comparable(model: Model, filled: frozenset[str]) -> frozenset[str]:
    """Return the fields by which mapped records can be compared, with or without the provider's support."""
    fields = (field for field in model.fields if field.name in filled and field.kind not in {"map", "any"})
    return frozenset(field.name for field in fields if not field.nested or essentials(field))


def time_field(name: str) -> str:
    """Return the field that a condition such as `updated_after` compares."""
    return "updated_at" if name.startswith("updated") else "created_at"
