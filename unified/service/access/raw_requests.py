"""Which classes of methods a scope must have for requests to the provider's own API: one rule for keys and for consents."""

from unified.models.registry import MethodClass
from unified.service.access.scope.scopes import Scope

RAW: dict[MethodClass, tuple[MethodClass, ...]] = {"read": ("read",), "write": ("read", "write")}
"""Permissions that requests of a class need. A write reads too: many searches are POST requests, changes are answered with the
record, and exports and webhooks send data elsewhere, so to keep the answer back would not be enough."""


def missing_for_raw(scope: Scope, kind: MethodClass) -> tuple[MethodClass, ...]:
    """Return the classes that a scope lacks for requests of a class to the provider's own API; none if it allows them."""
    return tuple(one for one in RAW[kind] if one not in scope.methods)
