"""One tool from the same operation at several providers: a schema that takes whatever one of them takes.

It is what is shown. What is called is checked against the schema of the chosen account's provider.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from unified.transform.tools import ToolDefinition

Schema = dict[str, Any]
MAX_DESCRIPTION = 1_000
"""Characters; function calling APIs take 1,024."""
_SENTENCES = re.compile(r"(?<=[.!?]) ")


def merged(several: Sequence[ToolDefinition]) -> ToolDefinition:
    """One definition for all of them; the only one as it is."""
    first, *others = several
    made = first
    for other in others:
        made = msgspec.structs.replace(
            made,
            tags=tuple(dict.fromkeys((*made.tags, *other.tags))),
            input_schema=either(made.input_schema, other.input_schema),
            output_schema=either(made.output_schema, other.output_schema),
            annotations=_annotations(made.annotations, other.annotations),
        )
    if not others:
        return made
    return msgspec.structs.replace(made, description=_description(several), digest=_digest(several))


def _description(several: Sequence[ToolDefinition]) -> str:
    """All sentences once, those of a provider behind the one that names it."""
    sentences = dict.fromkeys(part for one in several for part in _SENTENCES.split(one.description))
    text = " ".join(sentences)
    return text if len(text) <= MAX_DESCRIPTION else text[: MAX_DESCRIPTION - 1].rpartition(" ")[0] + "…"


def _digest(several: Sequence[ToolDefinition]) -> str:
    digests = sorted({one.digest for one in several})
    return digests[0] if len(digests) == 1 else f"sha256:{hashlib.sha256(msgspec.json.encode(digests)).hexdigest()}"


def _annotations(ours: Schema, theirs: Schema) -> Schema:
    """The hints that hold for both: harmless only when both are."""
    found = {name: ours.get(name, False) and theirs.get(name, False) for name in ("readOnlyHint", "idempotentHint")}
    found |= {name: ours.get(name, True) or theirs.get(name, True) for name in ("destructiveHint", "openWorldHint")}
    return {"title": str(ours.get("title", "")).partition(" (")[0], **found}


def either(ours: Schema, theirs: Schema) -> Schema:
    """A schema that takes what one of the two takes: a keyword on which they differ is widened, or left out."""
    if _alike(ours, theirs):
        return ours
    if "anyOf" in ours or "anyOf" in theirs or not _one_kind(ours, theirs):
        return _texts(ours, theirs) | {"anyOf": _alternatives(ours, theirs)}
    made = {word: value for word, value in ours.items() if theirs.get(word) == value}
    for word, widen in _WIDEN.items():
        if word in ours and word in theirs:
            made[word] = widen(ours[word], theirs[word])
    made |= _texts(ours, theirs)
    return {word: value for word, value in made.items() if word != "required" or value}


def _alike(ours: Schema, theirs: Schema) -> bool:
    """Whether they differ in nothing but their description."""
    return {**ours, "description": None} == {**theirs, "description": None}


def _one_kind(ours: Schema, theirs: Schema) -> bool:
    """Whether the two are of the same types, `null` beside them or not."""
    return _types(ours) - {"null"} == _types(theirs) - {"null"}


def _types(schema: Schema) -> set[str]:
    return set(_listed(schema.get("type", [])))


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _texts(ours: Schema, theirs: Schema) -> Schema:
    text = ours.get("description") or theirs.get("description")
    return {"description": text} if text else {}


def _alternatives(ours: Schema, theirs: Schema) -> list[Schema]:
    """Every form of both, those of one kind widened into one."""
    found: list[Schema] = []
    for form in (*ours.get("anyOf", [_bare(ours)]), *theirs.get("anyOf", [_bare(theirs)])):
        place = next((i for i, one in enumerate(found) if _one_kind(one, form)), None)
        if place is None:
            found.append(form)
        else:
            found[place] = either(found[place], form)
    return found


def _bare(schema: Schema) -> Schema:
    return {word: value for word, value in schema.items() if word != "description"}


def _joined(ours: list[Any], theirs: list[Any]) -> list[Any]:
    return [*ours, *(one for one in theirs if one not in ours)]


def _properties(ours: Schema, theirs: Schema) -> Schema:
    """Both have the fields of one model, so a field that one does not have is not another thing there."""
    both = {name: either(ours[name], theirs[name]) for name in ours if name in theirs}
    return {**ours, **theirs, **both}


_WIDEN: dict[str, Any] = {
    "properties": _properties,
    "required": lambda ours, theirs: [name for name in ours if name in theirs],
    "items": either,
    "enum": _joined,
    "type": lambda ours, theirs: ours if ours == theirs else _joined(_listed(ours), _listed(theirs)),
    "minimum": min,
    "minLength": min,
    "minItems": min,
    "minProperties": min,
    "maximum": max,
    "maxLength": max,
    "maxItems": max,
}
"""Keywords that stay when both have them."""
