"""The list calls of a mapping: which one is made for a query, and which conditions and orders there are."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

from unified.errors.names import did_you_mean, not_done
from unified.errors.requests import UnsupportedFilter
from unified.models import Model
from unified.transform.calls.operation import Operation
from unified.transform.queries.filter_options import ListedFilters, listed_filters
from unified.transform.queries.filters import (
    conditions_not_done,
    fields_needed,
    no_single_ids,
    refuse_direction,
    refuse_unsupported,
    sort_words,
)
from unified.transform.queries.query import TIMES, Query, Sort
from unified_jsonata import Expression


class ListPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The list call chosen for a query, and the conditions that it applies itself."""

    index: int
    operation: Operation
    native: frozenset[str]
    """Conditions that the provider applies."""
    remaining: frozenset[str]
    """Conditions that must be tested on mapped records."""
    is_plain: bool = False
    """Whether the query has neither conditions nor an order nor parameters of its path."""


class ListCalls(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The list calls of one mapping, in the order of its file."""

    model: Model
    calls: tuple[Operation, ...]
    record: Expression
    filled: frozenset[str]
    """Fields that records have."""

    def plan(self, query: Query) -> ListPlan:
        """Choose the list call for a query; there must be one.

        Raises:
            UnsupportedFilter: A filter or order cannot be served; the message names it.
        """
        if not _is_plain(query):
            return self._plan(query)
        plan = self._plain_plans.get(query.include_deleted)
        if plan is None:
            plan = self._plain_plans[query.include_deleted] = msgspec.structs.replace(self._plan(query), is_plain=True)
        return plan

    @cached_property
    def _plain_plans(self) -> dict[bool, ListPlan]:
        """The plans of queries without conditions, with and without deleted records; nothing else of them decides."""
        return {}

    def _plan(self, query: Query) -> ListPlan:
        index = next(i for i in self._candidates() if self._is_for(self.calls[i], query))
        operation = self.calls[index]
        native = self._applied(operation, query)
        rechecked = {*self._rechecked(operation), *no_single_ids(query, self.model, self.filled)}
        remaining = query.requested() - (native - rechecked) - {"include_deleted"}
        if conditions := conditions_not_done(query, remaining, self.model, self.filled):
            refuse_unsupported(query, conditions, self.model, self.listed_filters(query.unasked, query.closed))
        self._refuse_sort(query, operation)
        return ListPlan(index=index, operation=operation, native=native, remaining=remaining)

    def named(self, name: str) -> ListPlan:
        """Return the list call of this name, made without any condition; there must be one."""
        index = next(index for index, one in enumerate(self.calls) if one.call.name == name)
        return ListPlan(index=index, operation=self.calls[index], native=frozenset(), remaining=frozenset())

    def chained(self, operation: Operation) -> tuple[Operation, ...]:
        """Return the list calls that a call with `from` reads one after another; the call itself if it makes a request."""
        if not operation.call.parts:
            return (operation,)
        named = {one.call.name: one for one in self.calls}
        return tuple(named[name] for name in operation.call.parts)

    @cached_property
    def native_filters(self) -> frozenset[str]:
        """Conditions that at least one list call applies itself."""
        return frozenset(name for one in self.calls for name in self._native(one))

    def listed_filters(self, hidden: frozenset[str] = frozenset(), closed: frozenset[str] = frozenset()) -> ListedFilters:
        """Return the conditions of the list, without hidden fields and parameters that a boundary closes."""
        return listed_filters(self.model, self.filled, self.native_filters, hidden=hidden, closed=closed)

    # the call for a query

    def _candidates(self) -> Iterator[int]:
        """Return the list calls that can be chosen; a named one without `when` exists only for a call with `from`."""
        last = len(self.calls) - 1
        return (i for i, one in enumerate(self.calls) if i == last or one.when is not None or not one.call.name)

    def _is_for(self, operation: Operation, query: Query) -> bool:
        """Return whether a list call is the one to choose.

        A condition that is kept from the provider counts only if it needs fields that no other call provides; the request is
        built without it, so what the call itself would do for it does not matter.
        """
        if operation.when is None:
            return True
        kept = query.here & self._native(operation)
        exclusive = self._exclusive_fields(operation)
        unseen = {one for one in kept if not fields_needed(query, frozenset({one}), self.model) & exclusive}
        seen = query.requested() - unseen
        root = query.root(seen)
        bindings: dict[str, Any] = {"query": root, "account": {}, **operation.conditions(query, seen)}
        if query.sort is not None:
            bindings["order"] = {"field": query.sort.field, "descending": query.sort.descending}
        return operation.matches(root, bindings)

    def _exclusive_fields(self, operation: Operation) -> frozenset[str]:
        """Return the fields built from what is prefetched for this list call but not for the one without conditions."""
        results = [frozenset((*one.before, *one.per_page, *one.per_record)) for one in (operation, self.calls[-1])]
        prefetched = results[0] - results[1]
        return frozenset(write.key for write in self.record.analysis.writes or () if write.variables & prefetched)

    def _native(self, operation: Operation) -> frozenset[str]:
        if not operation.call.parts:
            return operation.native
        return frozenset.intersection(*(part.native - part.chosen_by for part in self.chained(operation))) | operation.native

    def _rechecked(self, operation: Operation) -> frozenset[str]:
        """Return the conditions that the call, or a part of its chain, applies less precisely than requested."""
        return operation.rechecked.union(*(part.rechecked for part in self.chained(operation)))

    def _applied(self, operation: Operation, query: Query) -> frozenset[str]:
        """Return the conditions of a query that the provider applies in this call."""
        native = self._native(operation) & query.requested() - _double_conditions(query) - query.here
        return native - frozenset(name for one in self.chained(operation) for name in one.lacking(query))

    # orders

    @property
    def sortable(self) -> frozenset[str]:
        """Fields by which at least one list call can sort."""
        return frozenset(name for one in self.calls for name in one.call.sort)

    def sort_words(self, hidden: frozenset[str] = frozenset(), closed: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Return the values of `sort` that at least one list call has, without hidden fields and what a boundary closes."""
        words = {word for one in self.calls for name, row in one.call.sort.items() for word in sort_words(name, row)}
        named = sorted((word.removeprefix("-"), word.startswith("-"), word) for word in words)
        return tuple(word for name, _, word in named if name not in hidden and f"sort.{name}" not in closed)

    def orders_text(self, hidden: frozenset[str], closed: frozenset[str]) -> str:
        """Return the end of a refusal: `Orders of crm.contacts: name, -name`."""
        words = self.sort_words(hidden, closed)
        shown = (one if self.sorts_alone(one) else f"{one} (with a filter or search)" for one in words)
        return f"Orders of {self.model.id}: {', '.join(shown) or 'none'}"

    def sorts_alone(self, word: str) -> bool:
        """Return whether an order is possible without a condition; some providers sort only in their search."""
        try:
            self.plan(Query(sort=Sort(field=word.removeprefix("-"), descending=word.startswith("-"))))
        except UnsupportedFilter:
            return False
        return True

    def _refuse_sort(self, query: Query, operation: Operation) -> None:
        row = None if query.sort is None else operation.call.sort.get(query.sort.field)
        if query.sort is None or isinstance(row, str):
            return
        if row is not None:
            refuse_direction(query.sort, row, self.model)
            return
        raise UnsupportedFilter(self._no_order(query, query.sort.field), errors=not_done(["sort"], UnsupportedFilter))

    def _no_order(self, query: Query, field: str) -> str:
        """Return why the call that was chosen does not sort by a field."""
        if field in self.sortable:
            reason = "only together with a filter or search that the provider applies"
            return f"{self.model.id}: can be sorted by `{field}` {reason}"
        names = {word.removeprefix("-") for word in self.sort_words(query.unasked, query.closed)}
        orders = f"{did_you_mean(field, names)} {self.orders_text(query.unasked, query.closed)}"
        return f"{self.model.id}: cannot be sorted by `{field}`.{orders}"


def _is_plain(query: Query) -> bool:
    """Return whether a query has neither conditions nor an order nor parameters of its path."""
    if query.filters or query.sort is not None or query.path or query.search is not None or query.here:
        return False
    return all(getattr(query, name) is None for name in TIMES)


def _double_conditions(query: Query) -> frozenset[str]:
    """Return conditions next to an equality on the same field: expressions see only that, if the provider may learn it."""
    equal = {one.field for one in query.filters if one.operator == "eq" and one.parameter not in query.here}
    return frozenset(one.parameter for one in query.filters if one.operator != "eq" and one.field in equal)
