"""What one provider can offer within some scopes: the definitions of all operations that they allow, cut to what they show.

It depends on the catalog and the scopes alone, not on accounts, so it is worked out once for all who have the same scopes.
"""

from collections import OrderedDict
from functools import lru_cache
from weakref import WeakKeyDictionary

import msgspec

from unified.service.scopes import Scope, Scopes, allows, hidden_fields
from unified.transform.library import Catalog
from unified.transform.mapping import Mapping
from unified.transform.tools import ToolDefinition, blocked_by, define, tool_name

MAX_KEPT = 512
"""Pairs of provider and scopes."""
Definitions = dict[str, ToolDefinition]
"""Name → definition."""
_kept: WeakKeyDictionary[Catalog, OrderedDict[tuple[str, bytes], Definitions]] = WeakKeyDictionary()


def permitted(catalog: Catalog, provider: str, scopes: Scopes) -> Definitions:
    """The provider's documented and reviewed operations that every scope allows."""
    kept = _kept.setdefault(catalog, OrderedDict())
    key = (provider, _encoded(scopes))
    found = kept.get(key)
    if found is None:
        found = kept[key] = _made(catalog, provider, scopes)
        while len(kept) > MAX_KEPT:
            kept.popitem(last=False)
    return found


def _encoded(scopes: Scopes) -> bytes:
    """The scopes without what says nothing about operations."""
    return msgspec.json.encode([_of_operations(one) for one in scopes])


def _of_operations(scope: Scope) -> tuple[object, ...]:
    return (scope.methods, _or_all(scope.tags), _or_all(scope.models), scope.fields, _or_all(scope.writes))


def _or_all(value: object) -> object:
    return None if value is msgspec.UNSET else value


def _made(catalog: Catalog, provider: str, scopes: Scopes) -> Definitions:
    return {
        one.name: one
        for mapping in catalog.offered(provider)
        for method in mapping.methods
        if allows(scopes, mapping.model, method, mapping.tags)
        and catalog.reviewed(provider, mapping.model.id, method)
        and (one := _defined(mapping, method, scopes)) is not None
    }


def _defined(mapping: Mapping, method: str, scopes: Scopes) -> ToolDefinition | None:
    """The definition; None for one that could only fail, since it needs a field that the scopes hide."""
    hidden = hidden_fields(scopes, mapping.model)
    return None if blocked_by(mapping, method, hidden) else define(mapping, method, hidden=hidden)


@lru_cache(maxsize=8)
def known_names(catalog: Catalog) -> frozenset[str]:
    """Names of all tools that this catalog could offer to somebody."""
    mappings = (catalog.compiled(provider, model) for provider, model in catalog.mappings())
    return frozenset(tool_name(mapping.model, method) for mapping in mappings for method in mapping.methods)
