"""The names of filters: one table of every name that a condition may be given, with the field that it compares.

A list field can be called by its own name, by the singular, and by the part of its entries that is compared:
`filter[emails]` and `filter[email]` are one condition. One of these names is used in mappings, lists and cursors.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import msgspec

from unified.models import MODELS, Field, Model

ESSENTIAL = ("email", "number", "url", "name")
"""The values of a list entry that a filter on the list compares."""


class FilterName(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of a list, by all their names."""

    name: str
    """The name in mappings, lists of filters and messages."""
    also: tuple[str, ...] = ()
    """Other names that mean the same."""
    field: str
    """The common field."""


def filter_names(model: Model) -> Mapping[str, FilterName]:
    """Return every name by which a field of the model can be filtered, other names included."""
    return _filter_names(model.id) if MODELS.get(model.id) is model else _table(model)


@cache
def _filter_names(model_id: str) -> Mapping[str, FilterName]:
    return _table(MODELS[model_id])


def _table(model: Model) -> Mapping[str, FilterName]:
    fields = {field.name: field for field in model.fields}
    taken = dict.fromkeys(fields, "")
    spoken: dict[str, list[str]] = {name: [] for name in fields}
    listed = [field for field in model.fields if field.is_list]
    for field, others in (*((one, essentials(one)) for one in listed), *((one, [singular(one.name)]) for one in listed)):
        for name in others:
            if taken.setdefault(name, field.name) == field.name and name not in spoken[field.name]:
                spoken[field.name].append(name)
    found = {name: _filter_name(fields[name], others) for name, others in spoken.items()}
    return MappingProxyType({name: one for one in found.values() for name in (one.name, *one.also)})


def _filter_name(field: Field, others: list[str]) -> FilterName:
    """Return a field's names; the part of the entries comes first, as one compares an address and not a list of them."""
    first = next((name for name in others if name in essentials(field)), field.name)
    return FilterName(name=first, also=tuple(one for one in (field.name, *others) if one != first), field=field.name)


def singular(name: str) -> str:
    """Return the singular of a list field's name: `tag` for `tags`, `contact_id` for `contact_ids`, `tax` for `taxes`."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name.removesuffix("es") if name.endswith(("sses", "xes")) else name.removesuffix("s")


def essentials(field: Field) -> list[str]:
    """Return the parts of a field's entries that conditions compare: the address of an e-mail, the number of a phone."""
    return [name for name in ESSENTIAL if any(inner.name == name for inner in field.nested)]


def one_name(name: str, model: Model) -> str:
    """Return the one name of a condition, for any of its names; an unknown name is returned unchanged."""
    found = filter_names(model).get(name)
    return name if found is None else found.name


def field_of(name: str, model: Model) -> str:
    """Return the field that a filter's name means, such as `emails` for `email`; empty for an unknown name."""
    found = filter_names(model).get(name)
    return "" if found is None else found.field
