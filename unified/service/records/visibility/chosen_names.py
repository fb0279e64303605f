"""The names of an account's chosen resources, by which a provider may call what belongs to them."""

from unified.errors.access import OutsideResources
from unified.errors.providers import NotSupported
from unified.errors.requests import InvalidId, NotFound
from unified.service.records.visibility.visibility import Visibility

MAX_READ = 100
"""Chosen resources of a kind that are read for their names."""
NAMES = frozenset({"name", "display_name", "legal_name"})
"""Fields with the name of a resource."""


async def chosen_names(visibility: Visibility, kind: str) -> list[str]:
    """Return the names of chosen resources of a kind, of at most `MAX_READ`; those that cannot be read are left out."""
    seen, names = visibility.with_lookup_cache().of_service(kind), list[str]()
    fields = tuple(one.name for one in seen.model.fields if one.name in NAMES)
    for one in sorted(visibility.boundary.chosen[kind])[:MAX_READ]:
        try:
            record = await visibility.read(seen, one, ("id", *fields))
        except (NotFound, NotSupported, InvalidId, OutsideResources):
            continue
        names += [record[name] for name in fields if record.get(name)]
    return names
