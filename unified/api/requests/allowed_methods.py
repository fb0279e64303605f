"""Builds `Allow` for a path (RFC 9110, 10.2.1): the methods of its route, and of a model only those that are offered."""

from collections.abc import Iterable
from typing import Any

from litestar.types import Scope

from unified.api.requests.declarations import ALLOWED
from unified.models import MODELS, UPSERT, Model, method_class
from unified.transform.catalog import Catalog

COLLECTION = {"GET": "list", "POST": "create", "PUT": UPSERT}
RECORD = {"GET": "get", "PATCH": "update", "DELETE": "delete"}
RESERVED = {"batch": {"POST": "batch"}, "schema": {"GET": "list"}}
"""Texts in the place of an id that name a part of the model, each with its methods."""
WRITES = frozenset({"create", "update", UPSERT, "delete"})


def allow_header(scope: Scope, methods: Iterable[str]) -> str:
    """Return the methods that the path of a request has; OPTIONS goes without saying.

    Args:
        scope: The request's.
        methods: Those of its route.
    """
    found = set(methods) - {"OPTIONS"}
    category, plural, *rest = (*scope["path"].strip("/").split("/"), "", "")
    model = MODELS.get(f"{category}.{plural}")
    if model is not None:
        catalog: Catalog = scope["litestar_app"].state.services.catalog
        steps = [one for one in rest if one][len(model.path_parameters) :]
        found &= {verb for verb, method in _meaning(steps).items() if _is_offered(catalog, model, method)}
    return ", ".join(sorted(found))


def options_allowed(scope: Scope, options: dict[str, Any]) -> str | None:
    """Return `Allow` for OPTIONS; None if the handler with these `options` is not the framework's own."""
    return allow_header(scope, options[ALLOWED]) if ALLOWED in options else None


def _meaning(steps: list[str]) -> dict[str, str]:
    """Return the method of the model for each HTTP method, by what follows the model's path."""
    if len(steps) > 1:
        return {"POST": steps[1]} if method_class(steps[1]) == "custom" else {}
    if steps:
        return RESERVED.get(steps[0], RECORD)
    return COLLECTION


def _is_offered(catalog: Catalog, model: Model, method: str) -> bool:
    """Return whether an installed provider offers a method of a model."""
    wanted = WRITES if method == "batch" else {method}
    offered = (one for name in catalog.providers() for one in catalog.outlines(name) if one.model is model)
    return any(wanted.intersection(one.methods) for one in offered)
