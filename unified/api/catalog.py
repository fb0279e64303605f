"""Handlers of `/catalog`: what exists, derived from the data files."""

from typing import Any

import msgspec
from litestar import Response

from unified.api.context import Context, json_answer
from unified.models import MODELS, method_class
from unified.transform.coverage import Coverage, coverage
from unified.transport.auth import name_of


async def list_providers(context: Context) -> Response[Any]:
    """GET /catalog/providers."""
    context.parameters()
    catalog = context.services.catalog
    return json_answer({"data": [_provider(context, name) for name in catalog.providers()], "next_cursor": None})


def _provider(context: Context, name: str) -> dict[str, Any]:
    provider = context.services.catalog.provider(name)
    offered = context.services.catalog.offered(name)
    return {
        "name": provider.name,
        "title": provider.title,
        "docs": provider.docs,
        "tier": provider.tier,
        "auth": [name_of(rules) for rules in provider.auth],
        "settings": {key: msgspec.to_builtins(rule) for key, rule in provider.settings.items()},
        "models": [{"model": one.model.id, "methods": one.methods, "tags": one.tags} for one in offered],
    }


async def list_models(context: Context) -> Response[Any]:
    """GET /catalog/models."""
    context.parameters()
    return json_answer({"data": [_model(one) for one in MODELS.values()], "next_cursor": None})


def _model(model: Any) -> dict[str, Any]:
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


async def list_coverage(context: Context) -> Response[Any]:
    """GET /catalog/coverage?provider=&model=."""
    asked = context.parameters("provider", "model")
    found = [one for one in coverages(context) if asked.get("provider") in {None, one.provider}]
    return json_answer({"data": [one for one in found if asked.get("model") in {None, one.model}], "next_cursor": None})


def coverages(context: Context) -> list[Coverage]:
    """The coverage of every mapping of the catalog."""
    catalog = context.services.catalog
    return [coverage(catalog.compiled(provider, model)) for provider, model in catalog.mappings()]
