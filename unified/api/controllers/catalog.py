"""Routes of the catalog: what exists, derived from the data files."""

import asyncio
from collections.abc import Collection
from functools import lru_cache

from litestar import Controller, get
from litestar.params import FromQuery

from unified.api.answers.responses import NO_STORE
from unified.api.requests.declarations import requires
from unified.api.requests.dependencies import ServicesDependency
from unified.api.views.catalog import ModelView, ProviderView, disabled_view, model_view, provider_view
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
        """List providers, those at the end that are disabled because their files could not be loaded."""
        catalog = services.catalog
        loaded = [provider_view(catalog, name) for name in catalog.providers()]
        return list_view((*loaded, *(disabled_view(name) for name in catalog.disabled)))

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
        if provider is not None and provider in services.catalog.disabled:
            raise services.catalog.refusal(provider)
        _require_known("provider", provider, services.catalog.providers())
        _require_known("model", model, MODELS)
        covered = await asyncio.to_thread(coverages, services.catalog)  # the first time, every mapping is compiled
        found = [one for one in covered if provider in {None, one.provider}]
        return list_view(one for one in found if model in {None, one.model})


def _require_known(parameter: str, name: str | None, known: Collection[str]) -> None:
    """Raise ValidationFailed for a name that would find nothing."""
    if name is not None and name not in known:
        raise ValidationFailed.at(parameter, unknown_name(parameter, name, known))


@lru_cache(maxsize=2)
def coverages(catalog: Catalog) -> tuple[Coverage, ...]:
    """Return the coverage of every mapping of the catalog; computed once, as a catalog never changes."""
    return tuple(coverage(catalog.compiled(provider, model)) for provider, model in catalog.mappings())
