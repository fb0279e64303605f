"""The arguments of a tool as lines for people: one a line, nested ones with their path."""

from collections.abc import Iterator
from typing import Any


def argument_lines(schema: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield `filter.email: text | {in}`, with `*` behind what must be given and the description behind a dash."""
    required = schema.get("required", ())
    for name, one in schema["properties"].items():
        mark = "*" if name in required else ""
        text = f" - {one['description']}" if "description" in one else ""
        if "properties" in one and not prefix:
            yield f"{name}{mark}: object{text}"
            yield from argument_lines(one, f"{name}.")
        else:
            yield f"{prefix}{name}{mark}: {shape(one)}{text}"


def shape(schema: dict[str, Any]) -> str:
    """Return a schema in a few words: `text`, `integer 1..200`, `one of open, closed`, `list of text`, `text | {in}`."""
    if "anyOf" in schema:
        return " | ".join(shape(one) for one in schema["anyOf"])
    kinds = schema.get("type", "anything")
    names = [kinds] if isinstance(kinds, str) else kinds
    shown = [_shape(one, schema) for one in names if one != "null"]
    return " or ".join([*shown, *(["null"] if "null" in names else [])])


def _shape(kind: str, schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return f"one of {', '.join(str(one) for one in schema['enum'] if one is not None)}"
    if kind == "array":
        most = f" (at most {schema['maxItems']})" if "maxItems" in schema else ""
        return f"list of {shape(schema['items'])}{most}"
    if kind == "object" and "properties" in schema:
        return "{" + ", ".join(schema["properties"]) + "}"
    if kind == "integer" and "minimum" in schema:
        return f"integer {schema['minimum']}..{schema['maximum']}"
    return schema.get("format", "text") if kind == "string" else kind
