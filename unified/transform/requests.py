"""The requests of a mapping: one page of a list, one record by its id, one write."""

from collections.abc import Iterable
from typing import Any

import msgspec

from unified.catalog.wire import ProviderRequest
from unified.transform.mapping import Mapping
from unified.transform.operation import Operation
from unified.transform.pagination import page_size, put_page
from unified.transform.query import Query


def first_page(mapping: Mapping, query: Query, bindings: dict[str, Any]) -> ProviderRequest:
    """The request for a list's first page."""
    choice = mapping.list_for(query)
    part = mapping.chained(choice.operation)[0]
    return list_request(mapping, part, query, bindings, native=choice.native, left=choice.left)


def list_request(
    mapping: Mapping,
    part: Operation,
    query: Query,
    bindings: dict[str, Any],
    *,
    native: Iterable[str],
    left: frozenset[str] = frozenset(),
    position: Any = None,
) -> ProviderRequest:
    """The request for one page of one list call."""
    mapping.check_path(dict(query.path))
    root = query.root([*native, "include_deleted"])
    size = page_size(part.pages.rules, query.limit)
    reads = mapping.shape(part, query, left).reads(mapping.reads_rules)
    seen = {**bindings, "reads": reads, "limit": size, "query": root, **_order(query, part)}
    request = part.request(root, seen, list_values(root))
    request = msgspec.structs.replace(request, query=_extended(request.query, query.remote_query))
    return put_page(part.pages, request, position, size)


def list_values(root: dict[str, Any]) -> dict[str, Any]:
    """Values for the path of a list call: equality filters and the model's path parameters."""
    filters = {name: value for name, value in root.get("filter", {}).items() if isinstance(value, str)}
    return {**filters, **{name: value for name, value in root.items() if isinstance(value, str)}}


def _order(query: Query, part: Operation) -> dict[str, Any]:
    if query.sort is None:
        return {}
    order = {"by": part.call.sort[query.sort.field], "descending": query.sort.descending}
    return {"order": order}


def _extended(pairs: tuple[tuple[str, str], ...], more: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    taken = {name for name, _ in pairs}
    return (*pairs, *(pair for pair in more if pair[0] not in taken))


def get_request(mapping: Mapping, record_id: Any, query: Query, bindings: dict[str, Any]) -> ProviderRequest:
    """The request for one record by its id."""
    mapping.check_path(dict(query.path))
    operation = mapping.operation("get")
    values = {**query.root(), **mapping.id_values(record_id)}
    reads = mapping.shape(operation, query).reads(mapping.reads_rules)
    request = operation.request(values, {**bindings, "reads": reads, "query": values}, values)
    return msgspec.structs.replace(request, query=_extended(request.query, query.remote_query))


def path_values(body: dict[str, Any]) -> dict[str, Any]:
    """The values of a common body that can stand in a path."""
    return {name: value for name, value in body.items() if isinstance(value, str | int)}


def write_request(
    mapping: Mapping, method: str, body: dict[str, Any], bindings: dict[str, Any], values: dict[str, Any]
) -> ProviderRequest:
    """The request of a create, update, delete or custom method; `values` are the id and its parts."""
    common = {name: value for name, value in body.items() if name != "remote_fields"}
    mapping.check_path({**common, **values})
    seen = {**bindings, "query": {**common, **values}}
    sent = mapping.provider_body(method, body, seen)
    return mapping.operation(method).request(common, seen, {**path_values(common), **values}, sent)
