"""Links between records concern the models of both: who may not reach one of them, or its references, reaches no link of it.

An association is a reference by another name. So a caller needs both models, and the fields by which they name each other.
"""

from collections.abc import Iterable, Mapping
from itertools import permutations
from typing import Any

from unified.errors import FieldHidden, OutsideModels
from unified.models import MODELS
from unified.service.access import scopes
from unified.service.access.scopes import Scopes
from unified.service.records.provider_calls import Call, mapping_for
from unified.transform.coverage import repeated
from unified.transform.query import Filter

ENDS = ("source_object", "target_object", "source_type", "target_type")
"""Fields, conditions and parts of an id that name the object of an end."""


def conditions(filters: Iterable[Filter]) -> dict[str, Any]:
    """What the conditions of a list name at each end."""
    found: dict[str, list[Any]] = {}
    for one in filters:
        found.setdefault(one.field, []).extend(one.value if isinstance(one.value, tuple) else (one.value,))
    return found


def require_ends(call: Call, values: Mapping[str, Any], known: Scopes | None = None) -> None:
    """Refuse a link of which an end is not reached; `known` are scopes other than those of the caller, such as an approver's.

    Raises:
        OutsideModels, OutsideTags, MethodNotAllowedByScope: the scope does not include the model of an end.
        FieldHidden: a field by which one end names the other is hidden.
    """
    if not {"source_object", "target_object"} <= {one.name for one in call.mapping.model.fields}:
        return
    judged = call.principal.scopes if known is None else known
    named = [one for name in ENDS for one in _listed(values.get(name)) if isinstance(one, str)]
    models = [_require_end(call, judged, one) for one in dict.fromkeys(named)]
    for one, other in permutations({model for model in models if model is not None}, 2):
        _require_references(call, judged, one, other)
    if len(set(models)) == 1 and models[0] is not None:
        _require_references(call, judged, models[0], models[0])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _require_end(call: Call, judged: Scopes, word: str) -> str | None:
    """The model of an object; None for one that no model is for, which only who sees everything reaches."""
    model_id = call.mapping.model_of_object(word)
    if model_id is None:
        if scopes.hides_nothing(judged) and scopes.reaches_all_models(judged):
            return None
        raise OutsideModels(
            f"{call.mapping.model.id}: objects without a common model need a key for all models that hides nothing"
        )
    model, tags = MODELS[model_id], mapping_for(call.services, call.account.provider, model_id).tags
    if judged is call.principal.scopes:
        scopes.require(judged, model, call.method, tags)
    elif not scopes.reaches(judged, model, call.method, tags):
        raise OutsideModels(f"the key's scope does not include {call.method} of {model_id}")
    return model_id


def _require_references(call: Call, judged: Scopes, model_id: str, other: str) -> None:
    """Raise FieldHidden when a field by which records of one model name those of another is hidden."""
    mapping = mapping_for(call.services, call.account.provider, model_id)
    hidden = scopes.hidden_fields(judged, mapping.model)
    named = {one.name for one in mapping.model.fields if one.reference == other}
    bad = sorted(named & (hidden | repeated(mapping, hidden)))
    if bad:
        raise FieldHidden(f"{call.mapping.model.id}: the links show {model_id} fields hidden from this key: {', '.join(bad)}")
