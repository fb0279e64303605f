"""The common query: the request of a list or get, and the root object that mapping expressions see."""

from collections.abc import Iterable
from typing import Any

import msgspec

from unified.catalog.filter_rows import Operator

OPERATORS: tuple[Operator, ...] = ("eq", "ne", "in", "gt", "gte", "lt", "lte", "contains")
TIMES = ("updated_after", "updated_before", "created_after", "created_before")
DEFAULT_LIMIT, MAX_LIMIT = 50, 200
FLAGS = ("include_deleted", "include_raw")


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """One condition on a field; `value` is a tuple for `in`."""

    field: str
    """Its one name, as `filter_names` has it."""
    operator: Operator = "eq"
    value: str | bool | float | tuple[str, ...]
    written: str | None = None
    """The name that the caller gave it, if that is another one."""

    @property
    def parameter(self) -> str:
        """The name under which expressions read it, and by which it is native or not."""
        return f"filter.{self.field}" + ("" if self.operator == "eq" else f".{self.operator}")

    @property
    def shown(self) -> str:
        """The name under which the caller wrote it."""
        return f"filter[{self.written or self.field}]" + ("" if self.operator == "eq" else f"[{self.operator}]")


class Sort(msgspec.Struct, frozen=True, kw_only=True):
    """An order: the common field, and the direction."""

    field: str
    descending: bool = False


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's request for a list or get, in common terms."""

    limit: int = DEFAULT_LIMIT
    is_limit_reduced: bool = False
    """Whether more records were asked for than a page can have."""
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
    unspoken: frozenset[str] = frozenset()
    """Conditions that are not the caller's, by the same names; no warning names them."""
    hidden: frozenset[str] = frozenset()
    """Fields that the caller does not see, which no refusal names as possible."""
    half_hidden: frozenset[str] = frozenset()
    """Fields that the caller sees in part, which it cannot use in a query; also set by the visibility."""
    closed: frozenset[str] = frozenset()
    """Parameters that a boundary refuses, such as `filter.name.contains` and `sort.name`, which no refusal names either."""

    @property
    def unasked(self) -> frozenset[str]:
        """The fields by which the caller can ask nothing."""
        return self.hidden | self.half_hidden

    def requested(self) -> frozenset[str]:
        """Return the names of the conditions that the result must respect, such as `updated_after` and `filter.email`."""
        names = {name for name in (*TIMES, "search") if getattr(self, name) is not None}
        names |= {condition.parameter for condition in self.filters}
        return frozenset(names | ({"include_deleted"} if self.include_deleted else set()))

    def shown(self, parameter: str) -> str:
        """Return a condition as the caller wrote it: `filter[emails][contains]` for `filter.email.contains`."""
        return next((one.shown for one in self.filters if one.parameter == parameter), shown_parameter(parameter))

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
        """Return the part of the query that a cursor is bound to: everything except the position and the page size."""
        filters = tuple({"field": one.field, "operator": one.operator, "value": one.value} for one in self.filters)
        times = (self.updated_after, self.updated_before, self.created_after, self.created_before)
        kept = (sorted(self.here),) if self.here else ()
        return (*times, self.path, self.search, self.sort, filters, self.include_deleted, self.remote_query, *kept)


def shown_parameter(parameter: str) -> str:
    """Return `filter.amount.gte` as a caller writes it: `filter[amount][gte]`."""
    first, *rest = parameter.split(".")
    return first + "".join(f"[{part}]" for part in rest)


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
