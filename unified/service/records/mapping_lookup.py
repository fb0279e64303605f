"""The mapping of a provider's model, or a refusal that names what the caller reaches of this provider."""

from unified.errors import CatalogError, NotSupported
from unified.service.access import scopes
from unified.transform.catalog import Catalog
from unified.transform.mapping import Mapping


def mapping_for(catalog: Catalog, provider: str, model_id: str) -> Mapping:
    """Return the mapping of a model.

    Raises:
        NotSupported: the provider has none; it names the models that there are.
    """
    mapping = mapping_if_any(catalog, provider, model_id)
    if mapping is None:
        raise no_mapping(catalog, provider, model_id, (scopes.UNLIMITED,))
    return mapping


def mapping_if_any(catalog: Catalog, provider: str, model_id: str) -> Mapping | None:
    """Return the mapping of a model, or None."""
    try:
        return catalog.compiled(provider, model_id)
    except CatalogError:
        return None


def no_mapping(catalog: Catalog, provider: str, model_id: str, known: scopes.Scopes) -> NotSupported:
    """Return the refusal that names the models of which these scopes reach something."""
    reached = [one.model.id for one in catalog.offered(provider) if _reached_methods(one, known)]
    title = catalog.provider(provider).title
    return NotSupported(f"{title} does not offer {model_id}. Offered: {', '.join(reached) or 'nothing'}")


def not_offered(mapping: Mapping, method: str, known: scopes.Scopes) -> NotSupported:
    """Return the refusal that names the methods which these scopes reach."""
    reached = ", ".join(_reached_methods(mapping, known)) or "nothing"
    return NotSupported(f"{mapping.provider.title} does not offer {method} of {mapping.model.id}. Offered: {reached}")


def _reached_methods(mapping: Mapping, known: scopes.Scopes) -> list[str]:
    return [one for one in mapping.methods if scopes.allows(known, mapping.model, one, mapping.tags)]
