"""Schemas of the structs in bodies and responses: a response has all keys of its struct, a body those that were chosen."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_type_hints

import msgspec

from unified.api.openapi.schemas.enums import REF
from unified.api.openapi.schemas.normal_form import Schema, normal_form
from unified.api.openapi.schemas.struct_texts import with_texts

Structs = tuple[type[msgspec.Struct], ...]


def struct_schemas(requests: Structs, responses: Structs) -> dict[str, Schema]:
    """Return the schemas of structs, and of those within them, by name; a struct in both is described as a body."""
    sent = {name: normal_form(_always_sent(name, one, responses)) for name, one in _components(responses).items()}
    found = sent | {name: normal_form(one) for name, one in _components(requests).items()}
    return with_texts(found, (*responses, *requests))


def structs_in(kinds: Iterable[Any]) -> Structs:
    """Return the structs that annotations name, and all structs within these; generic ones only by their parts."""
    found: dict[type[msgspec.Struct], None] = {}
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in found:
            found[kind] = None
            waiting += get_type_hints(kind).values()
        waiting += get_args(kind)
    return tuple(found)


def _components(structs: Structs) -> Mapping[str, Any]:
    return msgspec.json.schema_components(structs, ref_template=f"{REF}{{name}}")[1]


def _always_sent(name: str, schema: Mapping[str, Any], structs: Structs) -> Mapping[str, Any]:
    """Return the schema of a response's struct, with every key required that is always sent."""
    omits = any(one.__name__ == name and one.__struct_config__.omit_defaults for one in structs)
    if omits or "properties" not in schema:
        return schema
    needed = set(schema.get("required", ()))
    return {**schema, "required": [key for key, one in schema["properties"].items() if key in needed or "default" in one]}
