"""The boundary, judged on what will be sent: a planned request read back as if it were the provider's answer.

The names in the caller's body are judged as well; this finds what they become, whatever field or shape it comes from.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from unified.catalog.wire import ProviderRequest
from unified.service.records.resource_boundary import Boundary, BoundaryCheck, require_named_inside
from unified.transform.mapping import Mapping
from unified.transform.operation import Operation
from unified.transform.query import Query


async def require_sent_inside(
    judge: BoundaryCheck,
    mapping: Mapping,
    planned: Iterable[tuple[Operation, ProviderRequest]],
    bindings: dict[str, Any],
) -> None:
    """Raise OutsideResources when a request that will be sent names a resource or a parent outside."""
    for operation, request in planned:
        for record in _read_back(judge.boundary, mapping, operation, request.body, bindings):
            await require_named_inside(judge, record)


def _read_back(
    boundary: Boundary, mapping: Mapping, operation: Operation, body: Any, bindings: dict[str, Any]
) -> Iterator[dict[str, list[str]]]:
    """Ids by field, of a body as a whole and of what lies in it: a record may stand under a key, or in a list."""
    names = tuple(dict.fromkeys((*boundary.needs(mapping.model), *boundary.names(mapping.model))))
    shape = mapping.shape(operation, Query(fields=("id", *names)))
    for item in _objects(body):
        found = shape.found(item, bindings)
        yield {name: ids for name in names if (ids := _ids(found.get(name)))}


def _objects(body: Any) -> Iterator[dict[str, Any]]:
    inner = list(body.values()) if isinstance(body, dict) else [body]
    for one in (body, *inner, *(entry for value in inner if isinstance(value, list) for entry in value)):
        if isinstance(one, dict):
            yield one


def _ids(value: Any) -> list[str]:
    """Ids as records have them: numbers become text."""
    listed = value if isinstance(value, list) else [value]
    return [str(one) for one in listed if isinstance(one, str | int) and not isinstance(one, bool) and one != ""]
