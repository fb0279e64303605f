"""Lists the filters, orders and related records of a list at one provider or all, for schemas, documents and pages."""

from collections.abc import Iterable
from collections.abc import Mapping as Dict

import msgspec

from unified.catalog.filter_rows import Operator
from unified.models import Model
from unified.models.relations import Relation, relations
from unified.transform.mapping import Mapping
from unified.transform.queries.filter_names import filter_names
from unified.transform.queries.filter_options import NO_FIELDS, FilterOption
from unified.transform.tools.requirements import required_filters


class ListOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a list, for one caller at one provider."""

    filters: tuple[FilterOption, ...]
    parameters: tuple[str, ...]
    """Query parameters that are conditions: `updated_after` and the like, and `search`."""
    sort: tuple[str, ...]
    """Values of `sort`: a field, or `-field`."""
    sort_beside_filter: tuple[str, ...]
    """Those of them that are possible only together with a condition that the provider applies."""


NO_LIST = ListOptions(filters=(), parameters=(), sort=(), sort_beside_filter=())


def list_options(mapping: Mapping, hidden: frozenset[str] = NO_FIELDS, closed: frozenset[str] = NO_FIELDS) -> ListOptions:
    """Return what a list takes, without hidden fields and what a boundary closes; nothing where there is no list."""
    if not mapping.lists:
        return NO_LIST
    listed = mapping.list_calls.listed_filters(hidden, closed)
    words = mapping.list_calls.sort_words(hidden, closed)
    limited = tuple(word for word in words if not mapping.list_calls.sorts_alone(word))
    return ListOptions(filters=listed.filters, parameters=listed.parameters, sort=words, sort_beside_filter=limited)


def related_at(mapping: Mapping, offered: Iterable[Mapping]) -> Dict[str, Relation]:
    """Return what can be expanded at a provider, of which `offered` are the mappings: it must have the related records."""
    known = {one.model.id: one for one in offered}
    return {name: one for name, one in relations(mapping.model).items() if _is_related(mapping, one, known.get(one.model))}


def _is_related(mapping: Mapping, relation: Relation, related: Mapping | None) -> bool:
    """Return whether the records of a relation come with the record itself, or can be read by their ids or its own."""
    if relation.owned_by and relation.name in mapping.filled:
        return True
    if related is None or relation.method not in related.methods:
        return False
    owner = relation.owned_by
    return owner is None or (
        required_filters(related) <= {owner} and any(one.name == owner for one in related.list_calls.listed_filters().filters)
    )


class ModelFilter(msgspec.Struct, frozen=True, kw_only=True):
    """A filter of a common model, with the providers that have it."""

    name: str
    also: tuple[str, ...]
    """Other names that mean the same."""
    field: str
    native: Dict[str, tuple[Operator, ...]]
    """Provider → the operators that it applies itself."""
    emulated: tuple[str, ...]
    """Providers for which Unified tests the other operators on the mapped records."""


class ModelOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a common model's list at any provider; names with the providers that have them."""

    filters: tuple[ModelFilter, ...]
    parameters: Dict[str, tuple[str, ...]]
    sort: Dict[str, tuple[str, ...]]
    expand: Dict[str, tuple[str, ...]]


def model_options(model: Model, mappings: Iterable[Mapping]) -> ModelOptions:
    """Return the options of a model's list at the providers of these mappings, which are all there are."""
    offered: dict[str, list[Mapping]] = {}
    for one in mappings:
        offered.setdefault(one.provider.name, []).append(one)
    own = [one for several in offered.values() for one in several if one.model is model]
    takes = {one.provider.name: list_options(one) for one in own}
    related = {one.provider.name: tuple(related_at(one, offered[one.provider.name])) for one in own}
    return ModelOptions(
        filters=_model_filters(model, {name: one.filters for name, one in takes.items()}),
        parameters=_providers_by_name({name: one.parameters for name, one in takes.items()}),
        sort=_providers_by_name({name: one.sort for name, one in takes.items()}),
        expand=_providers_by_name(related),
    )


def names_with_providers(names: Dict[str, tuple[str, ...]]) -> str:
    """Return names with the providers that have them, for documents: `` `email` (hubspot, jira); `id` (jira) ``."""
    return "; ".join(f"`{name}` ({', '.join(providers)})" for name, providers in names.items())


def _providers_by_name(names: Dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    known = sorted({(one.removeprefix("-"), one) for several in names.values() for one in several}, key=_plain_first)
    return {name: tuple(provider for provider, several in names.items() if name in several) for _, name in known}


def _plain_first(name: tuple[str, str]) -> tuple[str, bool]:
    return name[0], name[1].startswith("-")


def _model_filters(model: Model, options: Dict[str, tuple[FilterOption, ...]]) -> tuple[ModelFilter, ...]:
    found: dict[str, dict[str, FilterOption]] = {}
    for provider, several in options.items():
        for one in several:
            found.setdefault(one.name, {})[provider] = one
    order = {one.name: position for position, one in enumerate(filter_names(model).values())}
    names = sorted(found, key=lambda name: (order.get(name, len(order)), name))
    return tuple(_model_filter(found[name]) for name in names)


def _model_filter(by_provider: dict[str, FilterOption]) -> ModelFilter:
    one = next(iter(by_provider.values()))
    return ModelFilter(
        name=one.name,
        also=one.also,
        field=one.field,
        native={provider: option.native for provider, option in by_provider.items() if option.native},
        emulated=tuple(provider for provider, option in by_provider.items() if option.emulated),
    )
