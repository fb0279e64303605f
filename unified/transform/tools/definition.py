"""Tool definitions: name, description, schemas and annotations of one operation, and the digest that a review accepts."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from unified.bounded_cache import CachesByOwner
from unified.errors.configuration import CatalogError
from unified.models import UPSERT, MethodClass, method_class
from unified.models.hidden import NOTHING, Hidden, Inside
from unified.transform.calls.methods import METHODS
from unified.transform.calls.operation import Operation
from unified.transform.mapping import Mapping
from unified.transform.tools.descriptions import MAX_NAME, describe, title, tool_name
from unified.transform.tools.inputs import input_schema
from unified.transform.tools.outputs import output_schema

MAX_CACHED = 256
"""Definitions cached for one mapping: its methods, times the sets of hidden fields and refused parameters in use."""
READ_VERBS = frozenset({"GET", "HEAD", "POST", ""})
"""HTTP methods of reads; searches are posted. Empty: the record is found by listing."""
IDEMPOTENT_VERBS = frozenset({"GET", "HEAD", "PUT", "DELETE", ""})
"""Idempotent HTTP methods (RFC 9110, 9.2.2). Empty: the record is found by listing."""
CREATE_VERBS = frozenset({"GET", "HEAD", "POST", ""})
"""HTTP methods of a create that change no existing record; some providers add a record by changing its container (PUT)."""
IDENTIFYING = frozenset({"id", "remote_id"})
"""The fields of a record that whoever wrote it gets in any case."""
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_cache: "CachesByOwner[Mapping, tuple[str, Hidden, frozenset[str], bool], ToolDefinition]" = CachesByOwner(MAX_CACHED)


class ToolDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """The description of one operation for a language model. Definitions are shared: copy a schema before you change it."""

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
    """`sha256:…` over the definition with nothing hidden: the form that a review accepts, independent of scopes."""


def documented(mapping: Mapping, method: str) -> bool:
    """Return whether the method has a description: derived for the five standard methods, from `describe` for custom ones."""
    if method not in mapping.operations:
        return False
    name = tool_name(mapping.model, method)
    if _NAME.fullmatch(name) is None or len(name) > MAX_NAME:
        return False
    return method in METHODS or bool(mapping.file.document.describe.get(method, "").strip())


def define(
    mapping: Mapping,
    method: str,
    *,
    hidden: frozenset[str] = frozenset(),
    inside: Inside = (),
    refused_parameters: frozenset[str] = frozenset(),
    shows_records: bool = True,
) -> ToolDefinition:
    """Return the tool definition of one method.

    Args:
        mapping: the mapping that the method belongs to.
        method: the method, such as `list`.
        hidden: fields that a scope hides; the definition does not name them.
        inside: what it hides of the records in other fields; also left out of the schemas.
        refused_parameters: parameters of a list that a boundary does not allow; the definition does not name them.
        shows_records: whether a write answers with the record, and not with its id alone.

    Raises:
        CatalogError: the mapping does not have the method, or nothing describes it.
    """
    cached = _cache.of(mapping)
    key = (method, Hidden(fields=hidden, inside=inside), refused_parameters, shows_records)
    definition = cached.get(key)
    if definition is None:
        definition = cached.put(key, _build(mapping, *key[:3], shows_records=shows_records))
    return definition


def reviewed_digest(mapping: Mapping, method: str) -> str:
    """Return the digest that a review file must hold for a method to be offered."""
    return define(mapping, method).digest


def _build(
    mapping: Mapping, method: str, hidden: Hidden, refused_parameters: frozenset[str], *, shows_records: bool
) -> ToolDefinition:
    if not documented(mapping, method):
        subject = f"{method} of {mapping.model.id} for {mapping.provider.name}"
        raise CatalogError(f"{subject} has no description: expected a method of the mapping, with a text under `describe`")
    definition = ToolDefinition(
        name=tool_name(mapping.model, method),
        method=method,
        method_class=method_class(method),
        model=mapping.model.id,
        tags=mapping.tags,
        description=describe(mapping, method),
        input_schema=input_schema(mapping, method, hidden.fields, refused_parameters, hidden.inside),
        output_schema=output_schema(mapping, method, *_unread(mapping, hidden, shows_records=shows_records)),
        annotations=annotate(mapping, method),
        digest="",
    )
    digest = _digest(definition) if hidden == NOTHING and not refused_parameters else reviewed_digest(mapping, method)
    return msgspec.structs.replace(definition, digest=digest)


def _unread(mapping: Mapping, hidden: Hidden, *, shows_records: bool) -> tuple[frozenset[str], Inside]:
    """Return what a result does not have: what is hidden, or all but the id if records are not shown."""
    return (hidden.fields, hidden.inside) if shows_records else (mapping.filled - IDENTIFYING, ())


def _digest(definition: ToolDefinition) -> str:
    """Return the SHA-256 of the texts that a model reads and the parts that scopes depend on, as JSON with sorted keys."""
    subject = [
        definition.name,
        definition.description,
        definition.input_schema,
        definition.method_class,
        definition.tags,
    ]
    return f"sha256:{hashlib.sha256(msgspec.json.encode(subject, order='sorted')).hexdigest()}"


def annotate(mapping: Mapping, method: str) -> dict[str, Any]:
    """Return the annotations of a method, as MCP names them (2026-07-28, ToolAnnotations)."""
    calls = mapping.calls_of(method)
    verbs = frozenset(verb for one in calls for verb in verbs_of(one))
    reads = method_class(method) == "read" and verbs <= READ_VERBS
    return {
        "title": title(mapping.model, method, mapping.provider.title),
        "readOnlyHint": reads,
        "destructiveHint": not reads and not (method == "create" and all(one.verb in CREATE_VERBS for one in calls)),
        "idempotentHint": reads or method == UPSERT or (method in {"update", "delete"} and verbs <= IDEMPOTENT_VERBS),
        "openWorldHint": True,
    }


def verbs_of(operation: Operation) -> Iterator[str]:
    """Yield the HTTP methods of an operation and of the calls before and after it."""
    yield operation.verb
    for inner in operation.inner():
        yield from verbs_of(inner)
