"""The annotations of a tool: hints for a client's screen, never weaker than what the provider's HTTP method means.

They limit nothing: what a caller may do is decided by scopes.
"""

from collections.abc import Iterator
from typing import Any

from unified.models import method_class
from unified.transform.mapping import Mapping
from unified.transform.operation import Operation
from unified.transform.tools.names import title

READING = frozenset({"GET", "HEAD", "POST", ""})
"""Verbs that a read may be made with: searches are posted. Empty: the record is looked for in a list."""
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", ""})
"""RFC 9110, 9.2.2."""
ADDING = frozenset({"GET", "HEAD", "POST", ""})
"""Verbs of a create that change nothing which is there; some providers add by changing what holds it (PUT)."""


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
