"""Finds the mapping of a provider's model, or refuses with the models that the caller reaches."""

from unified.errors.configuration import CatalogError
from unified.errors.names import did_you_mean
from unified.errors.providers import NotSupported, ProviderDisabled
from unified.models import UPSERT
from unified.service.access.scope import scopes
from unified.service.records.visibility.hiding import hidden_of
from unified.transform.catalog import Catalog
from unified.transform.mapping import Mapping
from unified.transform.outline import Outline
from unified.transform.queries.filter_names import field_of


def mapping_for(catalog: Catalog, provider: str, model_id: str) -> Mapping:
    """Return the mapping of a model.

    Raises:
        NotSupported: the provider has none; it names the models that there are.
        ProviderDisabled: the provider's files could not be loaded.
    """
    mapping = mapping_if_any(catalog, provider, model_id)
    if mapping is None:
        raise no_mapping(catalog, provider, model_id, (scopes.UNLIMITED,))
    return mapping


def mapping_if_any(catalog: Catalog, provider: str, model_id: str) -> Mapping | None:
    """Return the mapping of a model, or None; a provider that is disabled has none."""
    try:
        return catalog.compiled(provider, model_id)
    except (CatalogError, ProviderDisabled):
        return None


def no_mapping(catalog: Catalog, provider: str, model_id: str, known: scopes.Scopes) -> NotSupported:
    """Return the refusal that names the models that these scopes reach.

    Raises:
        ProviderDisabled: The provider's files could not be loaded.
    """
    title = catalog.provider(provider).title
    reached = [one.model_id for one in catalog.outlines(provider) if _reached_methods(one, known)]
    return NotSupported(f"{title} does not offer {model_id}. Offered: {', '.join(reached) or 'nothing'}")


def not_offered(catalog: Catalog, mapping: Mapping, method: str, known: scopes.Scopes) -> NotSupported:
    """Return the refusal that names the methods which these scopes reach; of an upsert, the models that have it."""
    if method == UPSERT:
        return _no_upsert(catalog, mapping, known)
    reached = _reached_methods(mapping, known)
    offered = f"{did_you_mean(method, reached)} Offered: {', '.join(reached) or 'nothing'}"
    return NotSupported(f"{mapping.provider.title} does not offer {method} of {mapping.model.id}.{offered}")


def _no_upsert(catalog: Catalog, mapping: Mapping, known: scopes.Scopes) -> NotSupported:
    title, found = mapping.provider.title, []
    for one in catalog.offered(mapping.provider.name):
        hidden = hidden_of(catalog, one, known)
        keys = () if hidden.in_ids else usable_keys(one, hidden.unasked)
        if keys and scopes.allows(known, one.model, UPSERT, one.tags):
            found.append(f"{one.model.id} by {' or '.join(keys)}")
    offered = f"{title} does so for {'; '.join(found)}" if found else f"{title} does so for nothing that this key reaches"
    return NotSupported(
        f"{title} does not create or update {mapping.model.id} in one request, and Unified does not search first, as another "
        f"request could create the record in between. {offered}"
    )


def usable_keys(mapping: Mapping, hidden: frozenset[str]) -> tuple[str, ...]:
    """Return the external keys of a mapping by which a caller can upsert, as their fields are not hidden from it."""
    return tuple(one for one in mapping.keys if field_of(one, mapping.model) not in hidden)


def _reached_methods(mapping: Mapping | Outline, known: scopes.Scopes) -> list[str]:
    return [one for one in mapping.methods if scopes.allows(known, mapping.model, one, mapping.tags)]
