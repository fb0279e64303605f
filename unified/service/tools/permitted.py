"""What one provider can offer within some scopes: the definitions of all operations that they allow, cut to what they show.

It depends on the catalog, the scopes, and of an account only on the size of its boundary, so it is worked out once for all
who have the same.
"""

from collections import OrderedDict
from functools import lru_cache
from weakref import WeakKeyDictionary

import msgspec

from unified.service.barred import Sizes, barred, is_closed
from unified.service.scopes import Scope, Scopes, allows, hidden_fields
from unified.transform.coverage import repeated
from unified.transform.library import Catalog
from unified.transform.mapping import Mapping
from unified.transform.tools import ToolDefinition, blocked_by, define, tool_name

MAX_KEPT = 512
"""Providers, each with scopes and the sizes of a boundary."""
Definitions = dict[str, ToolDefinition]
"""Name → definition."""
_kept: WeakKeyDictionary[Catalog, OrderedDict[tuple[str, bytes, Sizes], Definitions]] = WeakKeyDictionary()


def permitted(catalog: Catalog, provider: str, scopes: Scopes, sizes: Sizes = ()) -> Definitions:
    """The provider's documented and reviewed operations that every scope allows and the boundary does not close."""
    kept = _kept.setdefault(catalog, OrderedDict())
    key = (provider, _encoded(scopes), sizes)
    found = kept.get(key)
    if found is None:
        found = kept[key] = _made(catalog, provider, scopes, sizes)
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


def _made(catalog: Catalog, provider: str, scopes: Scopes, sizes: Sizes) -> Definitions:
    return {
        one.name: one
        for mapping in catalog.offered(provider)
        for method in mapping.methods
        if allows(scopes, mapping.model, method, mapping.tags)
        and catalog.reviewed(provider, mapping.model.id, method)
        and (one := _defined(mapping, method, scopes, sizes)) is not None
    }


def _defined(mapping: Mapping, method: str, scopes: Scopes, sizes: Sizes) -> ToolDefinition | None:
    """The definition; None for one that could only fail: it needs a field that the scopes hide, or lies outside a boundary."""
    hidden = hidden_fields(scopes, mapping.model)
    hidden |= repeated(mapping, hidden)
    if blocked_by(mapping, method, hidden) or is_closed(mapping, method, sizes):
        return None
    return define(mapping, method, hidden=hidden, barred=barred(mapping, sizes) if method == "list" else frozenset())


@lru_cache(maxsize=8)
def known_names(catalog: Catalog) -> frozenset[str]:
    """Names of all tools that this catalog could offer to somebody."""
    mappings = (catalog.compiled(provider, model) for provider, model in catalog.mappings())
    return frozenset(tool_name(mapping.model, method) for mapping in mappings for method in mapping.methods)
