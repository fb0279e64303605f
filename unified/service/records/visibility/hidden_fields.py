"""Hidden fields: not requested from the provider, and not returned, filtered, sorted, searched or written.

docs/decisions/hidden-fields.md says why a hidden field is null rather than absent.
"""

from functools import cache
from typing import Any

import msgspec

from unified.errors.access import FieldHidden, OutsideResources
from unified.models import REMOTE_FIELDS, Model
from unified.models.hidden import Hidden, Inside, empty_values, hider_inside
from unified.service.access.scope import field_rules, scopes
from unified.service.records.visibility.boundary.boundary import Boundary
from unified.service.records.visibility.restricted_query import Record, Redact, chained
from unified.transform.queries.asked_fields import condition_names
from unified.transform.queries.query import Query


class FieldVisibility(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of one model that a caller sees."""

    model: Model
    hidden: frozenset[str]
    inside: Inside = ()
    """Shown fields with records, of which something is hidden."""
    boundary: Boundary
    scopes: scopes.Scopes
    """Those of the caller, and the consent of the account: whether they reach all models."""

    def shown_query(self, query: Query) -> Query:
        """Return the query without hidden fields, so that the provider is not even asked for them.

        Where there is a boundary, the query also asks for the fields that place a record; `hider` removes them again.

        Raises:
            FieldHidden, OutsideResources, OutsideModels, OutsideConsent: the query names a hidden field, or could reach one.
        """
        if not (self.hidden or self.inside or self.boundary or query.fields or query.remote_query):
            return query
        self._refuse(query)
        fields = query.fields
        if self.hidden and not fields:
            fields = tuple(one.name for one in self.model.fields if one.name not in self.hidden)
        if fields:
            fields = tuple(dict.fromkeys((*fields, *self.boundary.needs(self.model))))
        if fields == query.fields and not self.unasked:
            return query
        return msgspec.structs.replace(query, fields=fields, hidden=self.hidden, half_hidden=self.unasked - self.hidden)

    @property
    def unasked(self) -> frozenset[str]:
        """Fields that no query may use: the hidden ones, and those with something hidden inside."""
        return Hidden(fields=self.hidden, inside=self.inside).unasked

    @property
    def _hidden_names(self) -> str:
        """The hidden fields, those inside of others too, for messages."""
        inside = (f"{name}.{one}" for name, inner in self.inside for one in inner.unasked)
        return ", ".join(sorted([*self.hidden, *inside]))

    def _refuse(self, query: Query) -> None:
        self.require_shown({name.split(".")[0] for name in query.fields})
        field_rules.refuse_hidden(self.unasked, condition_names(query, self.model), self.model)
        if self.unasked and query.include_raw:
            raise FieldHidden(f"{self.model.id}: raw records would show hidden fields: {self._hidden_names}")
        if self.unasked and query.search is not None:
            raise FieldHidden(f"{self.model.id}: a search would look into hidden fields: {self._hidden_names}")
        if "is_deleted" in self.hidden and query.include_deleted:
            raise FieldHidden(f"{self.model.id}: include_deleted would show which records are deleted, which is hidden")
        if query.include_raw and self.boundary.reveals_raw(self.model):
            raise OutsideResources(
                f"{self.model.id}: raw records may show what lies outside the resources chosen for this account"
            )
        if query.remote_query:
            self._refuse_remote("remote_query")

    def require_shown(self, names: set[str] | frozenset[str]) -> None:
        """Raise FieldHidden when one of these fields is hidden."""
        field_rules.refuse_hidden(self.hidden, frozenset(names), self.model)

    def withholds(self, name: str, query: Query) -> bool:
        """Return whether a field is asked for, and is empty within the boundary whatever the provider has."""
        asked = {one.partition(".")[0] for one in query.fields}
        is_asked = name not in self.hidden and (not asked or name in asked)
        return is_asked and name in self.boundary.naming(self.model).own

    def refuse_hidden_keys(self, body: dict[str, Any], reached: frozenset[str] = frozenset()) -> None:
        """Refuse a body that writes fields which the caller does not see; `reached` are fields written by their native names.

        Raises:
            FieldHidden, OutsideResources, OutsideModels, OutsideConsent: it names a hidden field, or could reach one.
        """
        field_rules.refuse_hidden(self.unasked, frozenset(body) | reached, self.model)
        if REMOTE_FIELDS in body:
            self._refuse_remote(REMOTE_FIELDS)

    def _refuse_remote(self, name: str) -> None:
        """Refuse what goes to the provider unchanged: it could name what is hidden, or lie outside."""
        if self.unasked:
            raise FieldHidden(f"{self.model.id}: `{name}` could reach hidden fields: {self._hidden_names}")
        if self.boundary:
            raise OutsideResources(f"{self.model.id}: `{name}` could reach outside the resources chosen for this account")
        refusal = f"{self.model.id}: `{name}` is only for keys without limits on models and tags"
        scopes.require_all_models(self.scopes, refusal, f"`{name}`, which could reach other models")

    def hider(self, query: Query) -> Redact | None:
        """Return what hides fields of the records in the answer to a query, before that was restricted; None for nothing.

        Hidden fields are null, unless the query's `fields` left them out. What does not depend on a record is found once.
        """
        steps: list[Redact] = []
        if self.inside:
            steps.append(hider_inside(self.model.fields, self.inside))
        if query.fields:
            steps.append(_selecting(query.fields))
        elif self.hidden:
            steps.append(_emptying(self.model, self.hidden))
        return chained(steps) if steps else None


def _selecting(fields: tuple[str, ...]) -> Redact:
    wanted = {"id", "remote_data", *(name.split(".")[0] for name in fields)}

    @cache  # all records of a list have the same names
    def unwanted(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(one for one in names if one not in wanted)

    def select(record: Record) -> Record:
        shown = record.copy()
        for name in unwanted(tuple(record)):
            del shown[name]
        return shown

    return select


def _emptying(model: Model, hidden: frozenset[str]) -> Redact:
    """Return what fills in the fields that were not mapped, in the model's order, and empties those that are hidden."""
    whole = empty_record(model)
    empty = {name: whole[name] for name in whole if name in hidden}
    return lambda record: {**whole, **record, **empty}


def empty_record(model: Model) -> dict[str, Any]:
    """Return a record with unknown values: every field exists, and is null or an empty list."""
    return empty_values(model.fields)
