"""Resources that a provider has once and Unified in two categories: choosing some of one kind chooses those of the other.

A company of a CRM that also has tickets is `crm.accounts` and `ticketing.accounts`. Two kinds are the same if one call of the
provider reads a record of both.
"""

from collections.abc import Iterable, Mapping
from weakref import WeakKeyDictionary

from unified.service.access.scope.scopes import Scopes
from unified.service.records.visibility.boundary.boundary import Boundary, boundary_of
from unified.service.records.visibility.boundary.record_limit import NO_LIMITS, UserOfAccount, has_conditions, limits_at
from unified.transform.catalog import Catalog
from unified.transform.queries.windows import today

Same = Mapping[str, tuple[str, ...]]
"""Kind of resource → all kinds that are the same, itself included."""
_known: WeakKeyDictionary[Catalog, dict[str, Same]] = WeakKeyDictionary()


def boundary_at(
    catalog: Catalog,
    provider: str,
    resources: Mapping[str, Iterable[str]] | None,
    scopes: Scopes,
    user_of_account: UserOfAccount = lambda: None,
) -> Boundary:
    """Return the boundary that chosen resources and the caller's scopes, with their conditions, make at a provider today.

    `user_of_account` is asked if a condition is on the connected user; if it is not known, such conditions let no record pass.
    """
    stated = boundary_of(resources, scopes)
    limits = limits_at(catalog, provider, scopes, today(), user_of_account) if has_conditions(scopes) else NO_LIMITS
    same = same_resources(catalog, provider) if stated else {}
    chosen = dict(stated.chosen)
    for kind, ids in stated.chosen.items():
        for one in same.get(kind, ()):
            chosen[one] = chosen[one] & ids if one in chosen else ids
    return Boundary(chosen=chosen, limits=limits)


def same_resources(catalog: Catalog, provider: str) -> Same:
    """Return the kinds of resources that are the same at a provider."""
    known = _known.setdefault(catalog, {})
    if provider not in known:
        kinds: dict[str, list[str]] = {}
        for mapping in catalog.offered(provider):
            operation = mapping.operations.get("get") if mapping.model.is_resource else None
            if operation is not None and "{" in operation.path:
                kinds.setdefault(f"{operation.verb} {operation.path}", []).append(mapping.model.id)
        known[provider] = {one: tuple(several) for several in kinds.values() if len(several) > 1 for one in several}
    return known[provider]
