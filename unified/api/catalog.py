"""Routes of the catalog: what exists, derived from the data files."""

from collections.abc import Collection
from functools import lru_cache

from litestar import Controller, get
from litestar.params import FromQuery

from unified.api.declarations import requires
from unified.api.dependencies import ServicesDependency
from unified.api.responses import NO_STORE
from unified.api.views.catalog import ModelView, ProviderView, model_view, provider_view
from unified.api.views.lists import ListView, list_view
from unified.errors.names import unknown_name
from unified.errors.requests import ValidationFailed
from unified.models import MODELS
from unified.transform.catalog import Catalog
from unified.transform.coverage import Coverage, coverage


class CatalogController(Controller):
    """Providers, models, and what each mapping covers."""

    path = "/catalog"
    tags = ("catalog",)
    response_headers = NO_STORE
    opt = requires("key", strict_query=True)

    @get("/providers")
    async def list_providers(self, services: ServicesDependency) -> ListView[ProviderView]:
        """List providers."""
        return list_view(provider_view(services.catalog, name) for name in services.catalog.providers())

    @get("/models")
    async def list_models(self) -> ListView[ModelView]:
        """List common models."""
        return list_view(model_view(one) for one in MODELS.values())

    @get("/coverage")
    async def list_coverage(
        self,
        services: ServicesDependency,
        provider: FromQuery[str | None] = None,
        model: FromQuery[str | None] = None,
    ) -> ListView[Coverage]:
        """List what each provider's mapping covers."""
        _require_known("provider", provider, services.catalog.providers())
        _require_known("model", model, MODELS)
        found = [one for one in coverages(services.catalog) if provider in {None, one.provider}]
        return list_view(one for one in found if model in {None, one.model})


def _require_known(parameter: str, name: str | None, known: Collection[str]) -> None:
    """Raise ValidationFailed for a name that would find nothing."""
    if name is not None and name not in known:
        raise ValidationFailed.at(parameter, unknown_name(parameter, name, known))


@lru_cache(maxsize=2)
def coverages(catalog: Catalog) -> tuple[Coverage, ...]:
    """Return the coverage of every mapping of the catalog; computed once, as a catalog never changes."""
    return tuple(coverage(catalog.compiled(provider, model)) for provider, model in catalog.mappings())
