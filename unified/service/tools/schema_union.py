"""One tool for the same operation of several providers: its schema accepts what any of their schemas accepts.

The merged schema is only shown. A call is validated against the schema of the selected account's provider.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from unified.transform.tools import ToolDefinition

Schema = dict[str, Any]
MAX_DESCRIPTION = 1_000
"""Characters; function-calling APIs allow 1,024."""
_SENTENCES = re.compile(r"(?<=[.!?]) ")


def merge_definitions(definitions: Sequence[ToolDefinition]) -> ToolDefinition:
    """Return one definition for all of them; a single one is returned unchanged."""
    first, *others = definitions
    merged = first
    for other in others:
        merged = msgspec.structs.replace(
            merged,
            tags=tuple(dict.fromkeys((*merged.tags, *other.tags))),
            input_schema=union_schema(merged.input_schema, other.input_schema),
            output_schema=union_schema(merged.output_schema, other.output_schema),
            annotations=_annotations(merged.annotations, other.annotations),
        )
    if not others:
        return merged
    return msgspec.structs.replace(merged, description=_description(definitions), digest=_digest(definitions))


def _description(definitions: Sequence[ToolDefinition]) -> str:
    """Return all sentences once; the sentences of a provider follow the one that names it."""
    several = [_SENTENCES.split(one.description) for one in definitions]
    text = " ".join(dict.fromkeys(part for parts in several for part in parts))
    return text if len(text) <= MAX_DESCRIPTION else _cut(_shared_out(several), MAX_DESCRIPTION)


def _shared_out(several: list[list[str]]) -> str:
    """Return the sentences that name each provider or are common to several, whole; others share the remaining length."""
    said = Counter(part for parts in several for part in set(parts))
    kept = [[part for n, part in enumerate(parts) if n == 0 or said[part] > 1] for parts in several]
    own = [" ".join(part for part in parts[1:] if said[part] == 1) for parts in several]
    room = MAX_DESCRIPTION - len(" ".join(dict.fromkeys(part for parts in kept for part in parts)))
    for left, place in enumerate(sorted(range(len(own)), key=lambda n: len(own[n]))):
        own[place] = _cut(own[place], max(room // (len(own) - left) - 1, 0))
        room -= len(own[place]) + 1
    return " ".join(dict.fromkeys(part for parts, more in zip(kept, own, strict=True) for part in (*parts, more) if part))


def _cut(text: str, length: int) -> str:
    """Return a text of at most so many characters, cut between words; nothing of it if no word fits."""
    if len(text) <= length:
        return text
    begun = text[: max(length - 1, 0)].rpartition(" ")[0]
    return f"{begun}…" if begun else ""


def _digest(definitions: Sequence[ToolDefinition]) -> str:
    digests = sorted({one.digest for one in definitions})
    return digests[0] if len(digests) == 1 else f"sha256:{hashlib.sha256(msgspec.json.encode(digests)).hexdigest()}"


def _annotations(left: Schema, right: Schema) -> Schema:
    """Return the hints that hold for both: read-only, for example, only if both are."""
    hints = {name: left.get(name, False) and right.get(name, False) for name in ("readOnlyHint", "idempotentHint")}
    hints |= {name: left.get(name, True) or right.get(name, True) for name in ("destructiveHint", "openWorldHint")}
    return {"title": str(left.get("title", "")).partition(" (")[0], **hints}


def union_schema(left: Schema, right: Schema) -> Schema:
    """Return a schema that accepts what either schema accepts; keywords that differ are widened or left out."""
    if _equal_apart_from_description(left, right):
        return left
    if "anyOf" in left or "anyOf" in right or not _same_types(left, right):
        return _texts(left, right) | {"anyOf": _alternatives(left, right)}
    merged = {word: value for word, value in left.items() if right.get(word) == value}
    for word, widen in _WIDEN.items():
        if word in left and word in right:
            merged[word] = widen(left[word], right[word])
    merged |= _texts(left, right)
    return {word: value for word, value in merged.items() if word != "required" or value}


def _equal_apart_from_description(left: Schema, right: Schema) -> bool:
    """Return whether the schemas are equal apart from their description."""
    return {**left, "description": None} == {**right, "description": None}


def _same_types(left: Schema, right: Schema) -> bool:
    """Return whether the schemas have the same types, apart from `null`."""
    return _types(left) - {"null"} == _types(right) - {"null"}


def _types(schema: Schema) -> set[str]:
    return set(_listed(schema.get("type", [])))


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _texts(left: Schema, right: Schema) -> Schema:
    text = left.get("description") or right.get("description")
    return {"description": text} if text else {}


def _alternatives(left: Schema, right: Schema) -> list[Schema]:
    """Return the alternatives of both schemas; those of the same types are merged."""
    forms: list[Schema] = []
    for form in (*left.get("anyOf", [_bare(left)]), *right.get("anyOf", [_bare(right)])):
        position = next((i for i, one in enumerate(forms) if _same_types(one, form)), None)
        if position is None:
            forms.append(form)
        else:
            forms[position] = union_schema(forms[position], form)
    return forms


def _bare(schema: Schema) -> Schema:
    return {word: value for word, value in schema.items() if word != "description"}


def _joined(left: list[Any], right: list[Any]) -> list[Any]:
    return [*left, *(one for one in right if one not in left)]


def _properties(left: Schema, right: Schema) -> Schema:
    """Return the properties of both; they have the fields of one model, so equal names mean the same."""
    both = {name: union_schema(left[name], right[name]) for name in left if name in right}
    return {**left, **right, **both}


_WIDEN: dict[str, Any] = {
    "properties": _properties,
    "required": lambda left, right: [name for name in left if name in right],
    "items": union_schema,
    "enum": _joined,
    "type": lambda left, right: left if left == right else _joined(_listed(left), _listed(right)),
    "minimum": min,
    "minLength": min,
    "minItems": min,
    "minProperties": min,
    "maximum": max,
    "maxLength": max,
    "maxItems": max,
}
"""Keywords that are kept if both schemas have them, and how to widen each."""
