"""Collects what the installed providers offer of each common model, as the document has only that, with the providers."""

from collections.abc import Callable, Iterable

import msgspec

from unified.api.openapi.schemas.example_fields import example_fields
from unified.models import BODIES, MODELS, UPSERT, Field, Model
from unified.transform.calls.operation import Operation
from unified.transform.catalog import Catalog
from unified.transform.list_options import ModelOptions, model_options
from unified.transform.mapping import Mapping
from unified.transform.tools import required_filters

Providers = tuple[str, ...]
"""Names of providers, sorted."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The operations, filters and fields offered of one model, each with its providers."""

    model: Model
    methods: dict[str, Providers]
    """Methods, those of the common model first, custom ones after them."""
    takes: ModelOptions
    """The query of lists."""
    needed: dict[str, Providers]
    """Filters without which the provider has no list."""
    keys: dict[str, Providers]
    """External keys by which a record is created or updated."""
    says_new: Providers
    """Providers that say whether an upsert made a record; of the others it is answered as an update."""
    defines_fields: Providers
    """Providers that list their own fields of the model."""
    forms: dict[str, tuple[str, ...]]
    """Path parameter → expressions of the mappings, one of which its value matches; none where a mapping takes any value."""
    examples: dict[str, tuple[Field, ...]]
    """By method that takes a body: the fields of its example."""


def offers_of(catalog: Catalog) -> dict[str, Offer]:
    """Return the offer of every model that an installed provider has, in the order of the models."""
    mappings = [catalog.compiled(provider, model_id) for provider, model_id in catalog.mappings()]
    found: dict[str, list[Mapping]] = {}
    for one in mappings:
        found.setdefault(one.model.id, []).append(one)
    return {name: _offer(model, found[name], mappings) for name, model in MODELS.items() if name in found}


def _offer(model: Model, own: list[Mapping], mappings: list[Mapping]) -> Offer:
    methods = _by_name(own, lambda one: one.methods)
    known = (*model.operations, *model.custom)
    return Offer(
        model=model,
        methods={name: methods[name] for name in dict.fromkeys((*known, *sorted(methods))) if name in methods},
        takes=model_options(model, mappings),
        needed=_by_name((one for one in own if one.lists), required_filters),
        keys=_by_name(own, lambda one: one.keys),
        says_new=tuple(one.provider.name for one in own if any(map(_says_new, one.choices.get(UPSERT, ())))),
        forms={name: _forms(name, own) for name in model.path_parameters},
        examples={one: example_fields(model, own, one) for one in BODIES if one in methods},
        defines_fields=tuple(one.provider.name for one in own if one.definitions is not None),
    )


def _forms(name: str, own: list[Mapping]) -> tuple[str, ...]:
    found = [one.file.document.path.get(name) for one in own]
    return () if None in found else tuple(form for form in found if form is not None)


def _says_new(call: Operation) -> bool:
    return call.is_new is not None and call.is_new.source.strip() != "null"


def _by_name(mappings: Iterable[Mapping], names_of: Callable[[Mapping], Iterable[str]]) -> dict[str, Providers]:
    found: dict[str, list[str]] = {}
    for mapping in mappings:
        for name in names_of(mapping):
            found.setdefault(name, []).append(mapping.provider.name)
    return {name: tuple(sorted(providers)) for name, providers in sorted(found.items())}
