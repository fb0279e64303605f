"""Hidden fields: not requested from the provider, and not returned, filtered, sorted, searched or written.

docs/decisions/hidden-fields.md says why a hidden field is null rather than absent.
"""

from typing import Any

import msgspec

from unified.errors.access import FieldHidden, OutsideResources
from unified.models import REMOTE_FIELDS, Model
from unified.service.access import scopes
from unified.service.records.boundary.boundary import Boundary
from unified.transform.filter_names import field_of
from unified.transform.filter_options import time_field
from unified.transform.query import TIMES, Query


class FieldVisibility(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of one model that a caller sees."""

    model: Model
    hidden: frozenset[str]
    boundary: Boundary
    scopes: scopes.Scopes
    """Those of the caller, and the consent of the account: whether they reach all models."""

    def restrict(self, query: Query) -> Query:
        """Return the query without hidden fields, so that the provider is not even asked for them.

        Where there is a boundary, the query also asks for the fields that place a record; `redact` removes them again.

        Raises:
            FieldHidden, OutsideResources, OutsideModels, OutsideConsent: the query names a hidden field, or could reach one.
        """
        self._refuse(query)
        fields = query.fields
        if self.hidden and not fields:
            fields = tuple(one.name for one in self.model.fields if one.name not in self.hidden)
        if fields:
            fields = tuple(dict.fromkeys((*fields, *self.boundary.needs(self.model))))
        if fields == query.fields and not self.hidden:
            return query
        return msgspec.structs.replace(query, fields=fields, hidden=self.hidden)

    def _refuse(self, query: Query) -> None:
        names = {name.split(".")[0] for name in query.fields}
        names |= {name for one in query.filters for name in (one.field, field_of(one.field, self.model))}
        names |= {query.sort.field} if query.sort else set()
        names |= {time_field(name) for name in TIMES if getattr(query, name) is not None}
        self.check(names)
        hidden = ", ".join(sorted(self.hidden))
        if self.hidden and query.include_raw:
            raise FieldHidden(f"{self.model.id}: raw records would show hidden fields: {hidden}")
        if self.hidden and query.search is not None:
            raise FieldHidden(f"{self.model.id}: a search would look into hidden fields: {hidden}")
        if "is_deleted" in self.hidden and query.include_deleted:
            raise FieldHidden(f"{self.model.id}: include_deleted would show which records are deleted, which is hidden")
        if query.include_raw and self.boundary.needs(self.model):
            raise OutsideResources(
                f"{self.model.id}: raw records may show what lies outside the resources chosen for this account"
            )
        if query.remote_query:
            self._refuse_remote("remote_query")

    def check(self, names: set[str] | frozenset[str]) -> None:
        """Raise FieldHidden when one of these fields is hidden."""
        scopes.refuse_hidden(self.hidden, frozenset(names), self.model)

    def check_body(self, body: dict[str, Any], reached: frozenset[str] = frozenset()) -> None:
        """Refuse a body that writes what the caller does not see; `reached` are fields written by their native names.

        Raises:
            FieldHidden, OutsideResources, OutsideModels, OutsideConsent: it names a hidden field, or could reach one.
        """
        self.check(frozenset(body) | reached)
        if REMOTE_FIELDS in body:
            self._refuse_remote(REMOTE_FIELDS)

    def _refuse_remote(self, name: str) -> None:
        """Refuse what goes to the provider unchanged: it could name what is hidden, or lie outside."""
        if self.hidden:
            raise FieldHidden(f"{self.model.id}: `{name}` could reach hidden fields: {', '.join(sorted(self.hidden))}")
        if self.boundary:
            raise OutsideResources(f"{self.model.id}: `{name}` could reach outside the resources chosen for this account")
        refusal = f"{self.model.id}: `{name}` is only for keys without limits on models and tags"
        scopes.require_all_models(self.scopes, refusal, f"`{name}`, which could reach other models")

    def redact(self, record: dict[str, Any], query: Query) -> dict[str, Any]:
        """Return the record as the caller sees it: hidden fields are null, unless the query's `fields` left them out."""
        if self.boundary:
            record = self.boundary.without_outside_ids(self.model, record)
        if query.fields:
            wanted = {"id", "remote_data", *(name.split(".")[0] for name in query.fields)}
            return record if record.keys() <= wanted else {name: one for name, one in record.items() if name in wanted}
        if not self.hidden:
            return record
        empty = empty_record(self.model)
        return {name: empty[name] if name in self.hidden else record.get(name, empty[name]) for name in empty}


def empty_record(model: Model) -> dict[str, Any]:
    """Return a record of which nothing is known: every field is there, and null or an empty list."""
    return {field.name: [] if field.is_list else None for field in model.fields}
