"""Statuses of problems that operations may answer: those of all, and those of what an operation does."""

from collections.abc import Iterable

from unified.api.openapi.parts import Part

ALWAYS = ("400", "500", "503")
"""A query or version that cannot be read, a fault, and a service or database that is too busy."""
OF_KEYS = ("401", "403", "404", "422", "429")
"""What a key, its scope, an id, a parameter or a limit is refused with."""
OF_BODIES = ("408", "413", "415")
"""Bodies that come too slowly, are too large, or are no JSON."""
OF_PROVIDERS = ("424", "501", "502", "504")
"""What keeps a provider from answering as it should."""
OF_WRITES = ("409", "410")
"""Repetitions of a write by its `Idempotency-Key`."""
OF_VERSIONS = ("412",)
"""Changes of a record that has changed meanwhile."""


def references(statuses: Iterable[str]) -> Part:
    """Return references to shared error responses, by status."""
    return {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(set(statuses))}
