"""Links between records concern the models of both: a caller that may not reach one of them reaches no link of it.

An association is a reference by another name. So a caller needs both models, and the fields by which they name each other.
"""

from collections.abc import Iterable, Mapping
from itertools import permutations
from typing import Any

import msgspec

from unified.errors.access import FieldHidden, OutsideModels
from unified.models import MODELS
from unified.models.relations import is_of_links
from unified.service.access.scope import field_rules, scopes
from unified.service.records.visibility.hiding import hidden_of, refuse_revealing_ids
from unified.service.records.visibility.mapping_lookup import mapping_for
from unified.transform.calls.path import is_reserved
from unified.transform.catalog import Catalog
from unified.transform.mapping import Mapping as ModelMapping
from unified.transform.queries.query import Filter

OBJECTS = ("source_object", "target_object")
"""Fields that only links have."""
ENDS = (*OBJECTS, "source_type", "target_type")
"""Fields, conditions and parts of an id that name the object of an end."""


class LinkCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that check the ends of links: the mapping of the links, and the scopes that must reach both."""

    catalog: Catalog
    mapping: ModelMapping
    method: str
    scopes: scopes.Scopes


def conditions(filters: Iterable[Filter]) -> dict[str, Any]:
    """Return the values that the conditions of a list name, by field."""
    values: dict[str, list[Any]] = {}
    for one in filters:
        values.setdefault(one.field, []).extend(one.value if isinstance(one.value, tuple) else (one.value,))
    return values


def require_ends(check: LinkCheck, values: Mapping[str, Any]) -> None:
    """Require that the scopes reach both ends of a link; other models have no ends and pass.

    Raises:
        OutsideModels, OutsideConsent: the scopes do not include the model of an end.
        FieldHidden: a field by which one end names the other is hidden.
        NotSupported: an end is of a model that the provider does not have.
    """
    if not is_of_links(check.mapping.model):
        return
    named = [one for name in ENDS for one in _listed(values.get(name)) if isinstance(one, str)]
    models = [_require_end(check, one) for one in dict.fromkeys(named)]
    for one, other in permutations({model for model in models if model is not None}, 2):
        _require_references(check, one, other)
    if len(set(models)) == 1 and models[0] is not None:
        _require_references(check, models[0], models[0])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _require_end(check: LinkCheck, word: str) -> str | None:
    """Return the model of an object; None for an object without a model, which only unlimited scopes reach."""
    model_id = _model_of_object(check.mapping, word)
    if model_id is None:
        refusal = f"{check.mapping.model.id}: objects without a common model need a key for all models that hides nothing"
        scopes.require_all_models(check.scopes, refusal, "links to objects without a common model")
        if not field_rules.hides_nothing(check.scopes):
            raise OutsideModels(refusal)
        return None
    tags = mapping_for(check.catalog, check.mapping.provider.name, model_id).tags
    scopes.require_reach(check.scopes, MODELS[model_id], check.method, tags)
    return model_id


def _model_of_object(mapping: ModelMapping, word: str) -> str | None:
    """Return the common model for the provider's name of an object, in the plural or singular and in any case."""
    objects = mapping.file.document.objects
    return next((model for name, model in objects.items() if is_reserved(word, (name,))), None)


def _require_references(check: LinkCheck, model_id: str, other: str) -> None:
    """Raise FieldHidden when a field by which records of one model name those of another is hidden."""
    mapping = mapping_for(check.catalog, check.mapping.provider.name, model_id)
    hidden = hidden_of(check.catalog, mapping, check.scopes)
    refuse_revealing_ids(mapping, hidden)
    bad = sorted({one.name for one in mapping.model.fields if one.reference == other} & hidden.fields)
    if bad:
        raise FieldHidden(f"{check.mapping.model.id}: the links show {model_id} fields hidden from this key: {', '.join(bad)}")
