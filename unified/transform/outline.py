"""Outlines a mapping in names: enough to list it and to know what can be granted, without compiling it."""

from collections.abc import Mapping as Dict

import msgspec

from unified.models import MODELS, Model
from unified.transform.mapping import Mapping


class Outline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The methods, tags and external keys of one mapping, as `Mapping` has them."""

    model_id: str
    methods: tuple[str, ...]
    tags: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def model(self) -> Model:
        """The common model."""
        return MODELS[self.model_id]


def outlines_of(mappings: Dict[str, Mapping]) -> tuple[Outline, ...]:
    """Return the outlines of one provider's mappings, ordered by model."""
    return tuple(_outline(mappings[name]) for name in sorted(mappings))


def _outline(mapping: Mapping) -> Outline:
    return Outline(model_id=mapping.model.id, methods=mapping.methods, tags=mapping.tags, keys=mapping.keys)
