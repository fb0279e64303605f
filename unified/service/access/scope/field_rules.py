"""Which fields scopes hide: by name, by sensitivity class, and with all that reveal the same value."""

from functools import lru_cache

import msgspec

from unified.errors.access import FieldHidden
from unified.models import MODELS, Field, Model
from unified.service.access.scope.scopes import CLASSES, DEFAULT_CLASSES, FieldScope, Scopes, SensitivityClass

MAX_KNOWN_SCOPES = 4_096
"""How many pairs of field rules and a model keep the fields that are hidden; each request asks for one."""


def hidden_fields(scopes: Scopes, model: Model, *, but: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return the fields of the model that these scopes hide, with all that reveal the same; the id is never hidden.

    A field is hidden with its twin, even if `show` names it alone: to show one of them, show both. `but` is as if never hidden.
    """
    return _hidden_fields(tuple(scope.fields for scope in scopes), model.id, but)


@lru_cache(maxsize=MAX_KNOWN_SCOPES)
def _hidden_fields(rules: tuple[FieldScope, ...], model_id: str, but: frozenset[str]) -> frozenset[str]:
    known = MODELS[model_id]
    hidden = {one for one in known.fields if one.name not in but and any(_hides(rule, known, one) for rule in rules)}
    names = {name for field in hidden for name in (field.name, *field.twins)}
    return frozenset(names - {"id", "remote_id"} - but)


def _hides(fields: FieldScope, model: Model, field: Field) -> bool:
    names = {field.name, f"{model.id}.{field.name}"}
    if names & set(fields.hide):
        return True
    return not names & set(fields.show) and not sensitivities(field) <= set(classes_of(fields))


def classes_of(fields: FieldScope) -> tuple[SensitivityClass, ...]:
    """Return the sensitivity classes that may be seen; a scope without any never shows `sensitive` or `secret`."""
    return DEFAULT_CLASSES if fields.classes is msgspec.UNSET else fields.classes


def sensitivities(field: Field) -> set[str]:
    """Return the classes of a field and of all that is nested in it."""
    return {field.sensitivity}.union(*(sensitivities(inner) for inner in field.nested))


def hides_nothing(scopes: Scopes) -> bool:
    """Return whether every field of every model may be seen."""
    return all(not scope.fields.hide and set(classes_of(scope.fields)) == set(CLASSES) for scope in scopes)


def refuse_hidden(hidden: frozenset[str], requested: frozenset[str], model: Model) -> None:
    """Refuse to select, filter, sort by or write hidden fields.

    Raises:
        FieldHidden: a requested field is hidden; the text names it.
    """
    bad = sorted(hidden & requested)
    if bad:
        raise FieldHidden(f"{model.id}: hidden from this key: {', '.join(bad)}")
