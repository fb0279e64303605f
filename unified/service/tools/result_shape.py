"""Derives the shape of the records in a tool's result from its output schema: their fields, and which of these are free.

A field of a common model has the keys that the model declares, and their depth. Where the provider decides, as in custom fields
and in a provider's own object, there may be keys of any name and any depth.
"""

from typing import Any

import msgspec

from unified.service.tools.by_identity import ByIdentity
from unified.transform.tools import ToolDefinition

MAX_CACHED = 1_024
"""Shapes in the cache."""


class ResultShape(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a tool's records."""

    fields: frozenset[str]
    """All of them; hidden and unmapped fields are left out of a result, not null."""
    free: tuple[str, ...]
    """Fields whose keys and depth no model declares."""


def _shape(definition: ToolDefinition) -> ResultShape:
    data = definition.output_schema["properties"]["data"]
    properties: dict[str, Any] = data.get("items", data)["properties"]
    free = tuple(name for name, schema in properties.items() if _is_free(schema))
    return ResultShape(fields=frozenset(properties), free=free)


def _is_free(schema: dict[str, Any]) -> bool:
    """Return whether a value of this schema may be or have an object that is not declared, or anything at all."""
    types = schema.get("type", "")
    kinds = {types} if isinstance(types, str) else {*types}
    if "properties" in schema:
        return any(_is_free(one) for one in schema["properties"].values())
    if "items" in schema:
        return _is_free(schema["items"])
    return not kinds <= {"string", "integer", "number", "boolean", "null"}


result_shape = ByIdentity(_shape, MAX_CACHED)
"""Returns the shape of a tool definition's result."""
