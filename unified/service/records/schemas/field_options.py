"""Options of the provider's own fields within a boundary: those that name what was not chosen do not exist for the caller."""

from collections.abc import Mapping

import msgspec

from unified.models import FieldDefinition, FieldOption
from unified.service.records.visibility.chosen_names import chosen_names
from unified.service.records.visibility.visibility import Visibility

CommonFields = Mapping[str, tuple[str, ...]]
"""Key of the provider → the common fields that are made of it."""


async def narrow_options(
    visibility: Visibility, definitions: list[FieldDefinition], common: CommonFields
) -> list[FieldDefinition]:
    """Return the definitions with those of their options that lie inside the boundary.

    A field of the customer's own keeps none within chosen resources, as no one knows what its options name.

    Raises:
        UnifiedError: the provider cannot be asked what lies inside.
    """
    if not visibility.boundary.reveals_raw(visibility.model):
        return definitions
    seen = visibility.with_lookup_cache()
    return [one if not one.options else await _narrowed(seen, one, common.get(one.key, ())) for one in definitions]


async def _narrowed(visibility: Visibility, definition: FieldDefinition, fields: tuple[str, ...]) -> FieldDefinition:
    boundary, model = visibility.boundary, visibility.model
    naming, options = boundary.naming(model), definition.options
    kinds = dict(naming.references)
    named = {kinds[one] for name, references in naming.names if name in fields for one in references}
    named |= {kinds[one] for one in fields if one in kinds}
    named |= {one for one in boundary.chosen if one == definition.references}
    linked = {one.model for one in boundary.links(model) if one.field in fields}
    if named:
        options = await _chosen(visibility, sorted(named), options)
    elif linked:
        options = await _inside(visibility, sorted(linked), options)
    elif not fields and naming.own:
        options = ()
    return msgspec.structs.replace(definition, options=options)


async def _chosen(visibility: Visibility, kinds: list[str], options: tuple[FieldOption, ...]) -> tuple[FieldOption, ...]:
    """Return the options that are chosen resources, by their ids or, where the provider's options are names, by these."""
    ids = frozenset().union(*(visibility.boundary.chosen[one] for one in kinds))
    found = tuple(one for one in options if one.value in ids)
    if found:
        return found
    names = {name for kind in kinds for name in await chosen_names(visibility, kind)}
    return tuple(one for one in options if one.value in names)


async def _inside(visibility: Visibility, models: list[str], options: tuple[FieldOption, ...]) -> tuple[FieldOption, ...]:
    """Return the options that are records inside, such as the stages of chosen pipelines."""
    seen = {model: visibility.of_service(model, visibility.lookup_cache) for model in models}

    async def is_inside(record_id: str) -> bool:
        return any([await one.is_inside(model, record_id) for model, one in seen.items()])

    return tuple([one for one in options if one.value is not None and await is_inside(one.value)])
