"""A tool's definition: name, description, schemas and hints of one operation, and the digest that a review is for."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from unified.errors import CatalogError
from unified.models import MethodClass, method_class
from unified.transform.mapping import METHODS, Mapping
from unified.transform.operation import Operation
from unified.transform.tools.descriptions import MAX_NAME, description, title, tool_name
from unified.transform.tools.inputs import input_schema
from unified.transform.tools.outputs import output_schema

MAX_KEPT = 256
"""Definitions kept for one mapping: its methods, times the sets of hidden fields and of barred parameters in use."""
READING = frozenset({"GET", "HEAD", "POST", ""})
"""Verbs that a read may be made with: searches are posted. Empty: the record is looked for in a list."""
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", ""})
"""RFC 9110, 9.2.2."""
ADDING = frozenset({"GET", "HEAD", "POST", ""})
"""Verbs of a create that change nothing which is there; some providers add by changing what holds it (PUT)."""
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_Kept = dict[tuple[str, frozenset[str], frozenset[str]], "ToolDefinition"]
_kept: WeakKeyDictionary[Mapping, _Kept] = WeakKeyDictionary()


class ToolDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent is told about one operation. Definitions are shared: copy a schema before you change it."""

    name: str
    method: str
    method_class: MethodClass
    model: str
    tags: tuple[str, ...]
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    annotations: dict[str, Any]
    digest: str
    """`sha256:…` over the definition with nothing hidden: what a review was for, whatever a scope hides."""


def documented(mapping: Mapping, method: str) -> bool:
    """Whether there is a text for agents: derived for the five methods, for a custom one the mapping's own."""
    if method not in mapping.operations:
        return False
    name = tool_name(mapping.model, method)
    if _NAME.fullmatch(name) is None or len(name) > MAX_NAME:
        return False
    return method in METHODS or bool(mapping.file.document.describe.get(method, "").strip())


def define(
    mapping: Mapping, method: str, *, hidden: frozenset[str] = frozenset(), barred: frozenset[str] = frozenset()
) -> ToolDefinition:
    """The tool of one method, without the fields that a scope hides, and the parameters of a list that a boundary bars.

    Raises CatalogError for a method that the mapping does not have, or that nothing describes.
    """
    kept = _kept.setdefault(mapping, {})
    found = kept.get((method, hidden, barred))
    if found is None:
        found = _made(mapping, method, hidden, barred)
        if len(kept) >= MAX_KEPT:
            kept.pop(next(iter(kept)), None)  # the oldest
        kept[method, hidden, barred] = found
    return found


def reviewed_digest(mapping: Mapping, method: str) -> str:
    """The digest that a review file must hold for a method to be offered."""
    return define(mapping, method).digest


def _made(mapping: Mapping, method: str, hidden: frozenset[str], barred: frozenset[str]) -> ToolDefinition:
    if not documented(mapping, method):
        what = f"{method} of {mapping.model.id} for {mapping.provider.name}"
        raise CatalogError(f"{what} is not documented: expected a method of the mapping with a text under `describe`")
    made = ToolDefinition(
        name=tool_name(mapping.model, method),
        method=method,
        method_class=method_class(method),
        model=mapping.model.id,
        tags=mapping.tags,
        description=description(mapping, method),
        input_schema=input_schema(mapping, method, hidden, barred),
        output_schema=output_schema(mapping, method, hidden),
        annotations=hints(mapping, method),
        digest="",
    )
    return msgspec.structs.replace(
        made, digest=_digest(made) if not hidden and not barred else reviewed_digest(mapping, method)
    )


def _digest(made: ToolDefinition) -> str:
    """SHA-256 over what an agent reads and what decides about its scope, as JSON with sorted keys."""
    subject = [made.name, made.description, made.input_schema, made.method_class, made.tags]
    return f"sha256:{hashlib.sha256(msgspec.json.encode(subject, order='sorted')).hexdigest()}"


def hints(mapping: Mapping, method: str) -> dict[str, Any]:
    """Annotations as MCP names them (2026-07-28, ToolAnnotations)."""
    verbs = frozenset(verbs_of(mapping.operation(method)))
    reads = method_class(method) == "read" and verbs <= READING
    return {
        "title": title(mapping.model, method, mapping.provider.title),
        "readOnlyHint": reads,
        "destructiveHint": not reads and not (method == "create" and mapping.operation(method).verb in ADDING),
        "idempotentHint": reads or (method in {"update", "delete"} and verbs <= IDEMPOTENT),
        "openWorldHint": True,
    }


def verbs_of(operation: Operation) -> Iterator[str]:
    """The HTTP methods of an operation and of the calls around it."""
    yield operation.verb
    for inner in (*operation.before.values(), *operation.after):
        yield from verbs_of(inner)
