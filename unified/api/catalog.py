"""Routes of the catalog: what exists, derived from the data files."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Controller, get
from litestar.params import FromQuery

from unified.api.declarations import requires
from unified.api.dependencies import ServicesDependency
from unified.api.responses import NO_STORE
from unified.api.views.lists import ListView, list_view
from unified.errors.names import unknown_name
from unified.errors.requests import ValidationFailed
from unified.models import MODELS, Model, method_class
from unified.transform.catalog import Catalog
from unified.transform.coverage import Coverage, coverage
from unified.transport.auth import name_of, parts_of


class CatalogController(Controller):
    """Providers, models, and what each mapping covers."""

    path = "/catalog"
    tags = ("catalog",)
    response_headers = NO_STORE
    opt = requires("key", strict_query=True)

    @get("/providers")
    async def list_providers(self, services: ServicesDependency) -> ListView[dict[str, Any]]:
        """List providers."""
        return list_view(_provider(services.catalog, name) for name in services.catalog.providers())

    @get("/models")
    async def list_models(self) -> ListView[dict[str, Any]]:
        """List common models."""
        return list_view(_model(one) for one in MODELS.values())

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


def _provider(catalog: Catalog, name: str) -> dict[str, Any]:
    provider = catalog.provider(name)
    return {
        "name": provider.name,
        "title": provider.title,
        "docs": provider.docs,
        "tier": provider.tier,
        "auth": [name_of(rules) for rules in provider.auth],
        "parts": {name_of(rules): msgspec.to_builtins(parts) for rules in provider.auth if (parts := parts_of(rules))},
        "settings": {key: msgspec.to_builtins(rule) for key, rule in provider.settings.items()},
        "models": [
            {"model": one.model.id, "methods": one.methods, "upsert_by": one.keys, "tags": one.tags}
            for one in catalog.offered(name)
        ],
    }


def _model(model: Model) -> dict[str, Any]:
    fields = [
        {
            "name": one.name,
            "kind": one.kind,
            "is_list": one.is_list,
            "required": one.required,
            "access": one.access,
            "reference": one.reference,
            "enum": one.enum,
            "sensitivity": one.sensitivity,
            "description": one.description,
        }
        for one in model.fields
    ]
    methods = [{"name": name, "class": method_class(name)} for name in (*model.operations, *model.custom)]
    return {"id": model.id, "description": model.description, "tags": model.tags, "methods": methods, "fields": fields}
