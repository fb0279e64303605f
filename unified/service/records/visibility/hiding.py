"""Finds the parts of records that scopes hide, over all models: one record may hold, name or be named after another.

`hidden_of` is the only answer to what a caller sees; REST, tools, schemas and approvals ask it. It is found once for the limits
of a caller and a provider, so that a page of records costs nothing more.
"""

from collections.abc import Iterator

from msgspec import UnsetType

from unified.bounded_cache import CachesByOwner
from unified.errors.access import FieldHidden
from unified.models import MODELS, Field, Model
from unified.models.hidden import NOTHING, Hidden, Inside, model_in
from unified.service.access.scope.field_rules import hidden_fields
from unified.service.access.scope.scopes import Scope, Scopes
from unified.transform.catalog import Catalog
from unified.transform.coverage import repeated
from unified.transform.mapping import Mapping
from unified.transform.records.revealed_fields import URL, RevealedFields

MAX_KNOWN = 1_024
"""Pairs of a provider and a caller's limits whose answer is cached."""
_Key = tuple[object, ...]
_kept: CachesByOwner[Catalog, _Key, dict[str, Hidden]] = CachesByOwner(MAX_KNOWN)


def hidden_of(catalog: Catalog, mapping: Mapping, scopes: Scopes) -> Hidden:
    """Return what scopes hide of a mapping's records, and of the records in them."""
    known = _kept.of(catalog)
    key = (mapping.provider.name, *map(_limits, scopes))
    found = known.get(key)
    if found is None:
        found = known.put(key, _Provider(catalog, mapping.provider.name, scopes).hidden())
    return found[mapping.model.id]


def _limits(scope: Scope) -> tuple[object, ...]:
    return scope.fields, scope.models, scope.tags


def refuse_revealing_ids(mapping: Mapping, hidden: Hidden) -> None:
    """Refuse records whose ids reveal hidden fields.

    Raises:
        FieldHidden: they do; the text names the fields.
    """
    if hidden.in_ids:
        names = ", ".join(hidden.in_ids)
        raise FieldHidden(
            f"{mapping.model.id}: the ids of these records at {mapping.provider.title} reveal {names}, hidden from this key: "
            f"use a key that sees {names}"
        )


class _Provider:
    """The hidden parts of all models of a provider. It grows until nothing more follows from it."""

    def __init__(self, catalog: Catalog, provider: str, scopes: Scopes) -> None:
        self._scopes = scopes
        self._mappings = {one.model.id: one for one in catalog.offered(provider)}
        self._secret: dict[str, frozenset[str]] = {}
        """Model → its hidden fields, but for URLs and what is hidden for their sake: an id may reveal those."""

    def hidden(self) -> dict[str, Hidden]:
        """Return the hidden parts by model."""
        but = frozenset({URL})
        self._secret = {name: hidden_fields(self._scopes, one.model, but=but) for name, one in self._mappings.items()}
        while True:
            grown = {name: self._with_references(one) for name, one in self._mappings.items()}
            if grown == self._secret:
                return {name: self._hidden(one) for name, one in self._mappings.items()}
            self._secret = grown

    def _with_references(self, mapping: Mapping) -> frozenset[str]:
        """Return the hidden fields of a model, with the references that reveal a hidden field of this or the other record."""
        secret = self._secret[mapping.model.id]
        return secret | {one.name for one in mapping.model.fields if self._reveals(one, mapping.revealed, secret)}

    def _reveals(self, field: Field, revealed: RevealedFields, secret: frozenset[str]) -> bool:
        other = self._mappings.get(field.reference or "")
        if other is None or not other.revealed.by_id:
            return False
        own = revealed.by_reference.get(field.name, frozenset()) & secret
        return bool(own or other.revealed.by_id & self._secret[other.model.id])

    def _hidden(self, mapping: Mapping) -> Hidden:
        model, secret = mapping.model, self._secret[mapping.model.id]
        names = hidden_fields(self._scopes, model) | secret
        names |= {URL} if mapping.revealed.by_url & secret else frozenset()
        names |= repeated(mapping, names)
        filled = tuple(one for one in model.fields if one.name in mapping.filled)
        closed, inside = self._inside(model, filled, mapping.revealed, names)
        in_ids = tuple(sorted(mapping.revealed.by_id & secret))
        found = Hidden(fields=names | closed, inside=inside, in_ids=in_ids)
        return NOTHING if found == NOTHING else found

    def _inside(
        self, model: Model | None, fields: tuple[Field, ...], revealed: RevealedFields, hidden: frozenset[str]
    ) -> tuple[frozenset[str], Inside]:
        """Return the fields with records that are not shown at all, and what is hidden of those in the others."""
        nested = tuple(one for one in fields if one.nested and one.name not in hidden)
        found = {one.name: self._of_records(model, one, revealed.nested.get(one.name, RevealedFields())) for one in nested}
        closed = frozenset(name for name, inner in found.items() if inner is None)
        return closed, tuple((name, inner) for name, inner in found.items() if inner is not None and inner != NOTHING)

    def _of_records(self, outer: Model | None, field: Field, revealed: RevealedFields) -> Hidden | None:
        """Return the hidden parts of the objects in a field; None if none of them is shown."""
        model = model_in(field)
        if model is None:
            closed, inside = self._inside(None, field.nested, revealed, frozenset())
            return Hidden(fields=closed, inside=inside)
        mapping = self._mappings.get(model.id)
        if not self._reads(model) or (mapping is not None and mapping.revealed.by_id & self._secret[model.id]):
            return None
        secret = hidden_fields(self._scopes, model) if mapping is None else self._secret[model.id]
        names = self._names_inside(model, revealed, secret)
        if revealed.by_id & names or any(one in names for one in _parents(model, outer)):
            return None
        closed, inside = self._inside(model, model.fields, revealed, names)
        return Hidden(fields=names | closed, inside=inside)

    def _names_inside(self, model: Model, revealed: RevealedFields, secret: frozenset[str]) -> frozenset[str]:
        names = hidden_fields(self._scopes, model) | secret
        names |= {one.name for one in model.fields if self._reveals(one, revealed, names)}
        return names | ({URL} if revealed.by_url & secret else frozenset())

    def _reads(self, model: Model) -> bool:
        """Return whether the caller reads records of a model that it gets in others; methods are the same for all models."""
        mapping = self._mappings.get(model.id)
        tags = model.tags if mapping is None else mapping.tags
        return all(_includes(one, model, tags) for one in self._scopes)


def _includes(scope: Scope, model: Model, tags: tuple[str, ...]) -> bool:
    by_model = isinstance(scope.models, UnsetType) or model.id in scope.models
    return by_model and (isinstance(scope.tags, UnsetType) or bool(set(scope.tags) & set(tags)))


def _parents(model: Model, outer: Model | None) -> Iterator[str]:
    """Yield the fields by which a record names the record that holds it, or a record above both."""
    above = {one.name for one in outer.fields} if outer is not None else set[str]()
    for field in model.fields:
        parent = MODELS.get(field.reference or "")
        if parent is not None and field.name == f"{parent.singular}_id" and (parent == outer or field.name in above):
            yield field.name
