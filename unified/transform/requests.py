"""The requests of a mapping: one page of a list, one record by its id, one write."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from unified.catalog.wire import ProviderRequest
from unified.errors.error import FieldProblem
from unified.errors.names import known_names
from unified.errors.requests import ValidationFailed
from unified.transform.calls.list_positions import window_at
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import names_in
from unified.transform.mapping import Mapping
from unified.transform.prepared_write import PreparedWrite, provider_body
from unified.transform.queries.pagination import page_size, put_page
from unified.transform.queries.query import Query
from unified.transform.queries.windows import today


def first_page(mapping: Mapping, query: Query, bindings: dict[str, Any]) -> ProviderRequest:
    """Return the request for a list's first page."""
    plan = mapping.list_for(query)
    part = mapping.list_calls.chained(plan.operation)[0]
    return list_request(mapping, part, query, bindings, native=plan.native, remaining=plan.remaining)


def list_request(
    mapping: Mapping,
    part: Operation,
    query: Query,
    bindings: dict[str, Any],
    *,
    native: Iterable[str],
    remaining: frozenset[str] = frozenset(),
    position: Any = None,
    day: date | None = None,
) -> ProviderRequest:
    """Return the request for one page of one list call; `day` is when the list began, today by default.

    Raises:
        ValidationFailed: A condition is missing that the list needs, or no day fulfils those on which its windows depend.
    """
    mapping.check_path(dict(query.path))
    native = frozenset(native)
    root = query.root([*native, "include_deleted"])
    _refuse_missing(mapping, part, root)
    size = page_size(part.pages.rules, query.limit)
    shape = mapping.shape(part, query, remaining)
    asked = {"reads": list(shape.reads), "fields": list(shape.fields)}
    list_bindings = {**bindings, **asked, "limit": size, "query": root, **_order(query, part)}
    list_bindings |= part.conditions(query, native)
    request = part.request(root, list_bindings, list_values(root))
    request = msgspec.structs.replace(request, query=_extended(request.query, query.remote_query))
    if part.windows is not None:
        window = window_at(part, query, native, position, day or today())
        if window is None:
            raise ValidationFailed(f"{mapping.model.id}: the list does not reach any day that these conditions allow")
        request, position = window.put(request), window.token
    return put_page(part.pages, request, position, size)


def _refuse_missing(mapping: Mapping, part: Operation, root: dict[str, Any]) -> None:
    """Raise ValidationFailed for a list call without a condition that the file requires, or that its path is made of."""
    in_path = {name.partition(".")[0] for name in names_in(part.path)}
    if not in_path and not part.call.required:
        return
    given = {**root.get("filter", {}), **root}
    in_path &= {one.name for one in mapping.model.fields} - list_values(root).keys()
    needed = [*(name for name in part.call.required if name not in given), *sorted(in_path)]
    missing = [f"filter[{name}]" for name in dict.fromkeys(needed)]
    if missing:
        problems = tuple(FieldProblem(pointer=one, code="required", message="required for this list") for one in missing)
        raise ValidationFailed(f"{mapping.model.id}: the list needs {known_names(missing)}", errors=problems)


def list_values(root: dict[str, Any]) -> dict[str, Any]:
    """Return the values for the path of a list call: equality filters and the model's path parameters."""
    filters = {name: value for name, value in root.get("filter", {}).items() if isinstance(value, str)}
    return {**filters, **{name: value for name, value in root.items() if isinstance(value, str)}}


def _order(query: Query, part: Operation) -> dict[str, Any]:
    if query.sort is None:
        return {}
    row = part.call.sort[query.sort.field]
    order = {"by": row if isinstance(row, str) else row.by, "descending": query.sort.descending}
    return {"order": order}


def _extended(pairs: tuple[tuple[str, str], ...], more: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    taken = {name for name, _ in pairs}
    return (*pairs, *(pair for pair in more if pair[0] not in taken))


def get_request(
    mapping: Mapping, parts: dict[str, str], query: Query, bindings: dict[str, Any], operation: Operation | None = None
) -> ProviderRequest:
    """Return the request for one record: of one call of the mapping, by default of the one that is made first.

    `parts` are the id, and the parts of a composite one.
    """
    mapping.check_path(dict(query.path))
    values = {**query.root(), **parts}
    operation = operation or mapping.chosen("get", values, {**bindings, "query": values})
    shape = mapping.shape(operation, query)
    asked = {"reads": list(shape.reads), "fields": list(shape.fields)}
    request = operation.request(values, {**bindings, **asked, "query": values}, values)
    return msgspec.structs.replace(request, query=_extended(request.query, query.remote_query))


def own_request(mapping: Mapping, write: PreparedWrite, bindings: dict[str, Any]) -> ProviderRequest | None:
    """Return a write's own request; None when an update has nothing for it: only the calls after it may have.

    `bindings` are those of the write, with the results of the calls before it.
    """
    if write.method != "update":
        return write_request(mapping, write, bindings)
    operation = write.operation
    if not mapping.write_calls.has_content(operation, write.body) or not operation.matches(write.common, bindings):
        return None
    request = write_request(mapping, write, bindings)
    return None if is_blank(request.body) and not request.query else request


def is_blank(body: Any) -> bool:
    """Return whether a provider's body is made of nothing but objects without content."""
    return isinstance(body, dict) and all(is_blank(one) for one in body.values())


def write_request(mapping: Mapping, write: PreparedWrite, bindings: dict[str, Any]) -> ProviderRequest:
    """Return the request of a create, update, upsert, delete or custom method."""
    mapping.check_path({**write.common, **write.values})
    shape = mapping.shape(write.operation, Query())
    seen = {**bindings, "reads": list(shape.reads), "fields": list(shape.fields)}
    return write.operation.request(write.common, seen, write.path_values, provider_body(mapping, write, seen))
