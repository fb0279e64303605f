"""What a caller sees of records: hidden fields are neither asked for nor given, filtered, sorted, searched or spoken of.

docs/decisions/hidden-fields.md says why a hidden field is null rather than absent.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from unified.errors import FieldHidden, OutsideModels, OutsideResources, UnifiedError
from unified.models import REMOTE_FIELDS, Model
from unified.service.access import scopes
from unified.service.records.resource_boundary import Boundary
from unified.transform.filters import field_of, time_field
from unified.transform.query import TIMES, Query


class Visibility(msgspec.Struct, frozen=True, kw_only=True):
    """What may be seen of one model's records in one call."""

    model: Model
    hidden: frozenset[str]
    boundary: Boundary
    is_limited: bool = False
    """Whether the caller reaches some models only."""

    def restrict_query(self, query: Query) -> Query:
        """The query without hidden fields, so that the provider is not even asked for them; refusals where one is asked for.

        Where there is a boundary it also asks for the fields by which records are judged; `redact` takes them out again.
        """
        self._refuse(query)
        fields = query.fields
        if self.hidden and not fields:
            fields = tuple(one.name for one in self.model.fields if one.name not in self.hidden)
        if fields:
            fields = tuple(dict.fromkeys((*fields, *self.boundary.needs(self.model))))
        return query if fields == query.fields else msgspec.structs.replace(query, fields=fields)

    def _refuse(self, query: Query) -> None:
        asked = {name.split(".")[0] for name in query.fields}
        asked |= {name for one in query.filters for name in (one.field, field_of(one.field, self.model))}
        asked |= {query.sort.field} if query.sort else set()
        asked |= {time_field(name) for name in TIMES if getattr(query, name) is not None}
        scopes.refuse_hidden(self.hidden, frozenset(asked), self.model)
        names = ", ".join(sorted(self.hidden))
        if self.hidden and query.include_raw:
            raise FieldHidden(f"{self.model.id}: raw records would show hidden fields: {names}")
        if self.hidden and query.search is not None:
            raise FieldHidden(f"{self.model.id}: a search would look into hidden fields: {names}")
        if "is_deleted" in self.hidden and query.include_deleted:
            raise FieldHidden(f"{self.model.id}: include_deleted would show which records are deleted, which is hidden")
        if query.include_raw and self.boundary.needs(self.model):
            raise OutsideResources(
                f"{self.model.id}: raw records may show what lies outside the resources chosen for this account"
            )
        if query.remote_query:
            self._refuse_remote("remote_query")

    def may_ask(self, parameter: str) -> bool:
        """Whether a condition such as `filter.email.in`, `updated_after` or `search` looks at nothing hidden."""
        first, _, rest = parameter.partition(".")
        if first == "search":
            return not self.hidden
        if first == "include_deleted":
            return "is_deleted" not in self.hidden
        name = rest.partition(".")[0] if first == "filter" else time_field(first)
        return not {name, field_of(name, self.model)} & self.hidden

    def check_body(self, body: dict[str, Any], reached: frozenset[str] = frozenset()) -> None:
        """Raise FieldHidden, OutsideResources or OutsideModels for a body that writes what the caller does not see.

        `reached` are fields that it writes by their names at the provider.
        """
        scopes.refuse_hidden(self.hidden, frozenset(body) | reached, self.model)
        if REMOTE_FIELDS in body:
            self._refuse_remote(REMOTE_FIELDS)

    def _refuse_remote(self, name: str) -> None:
        """What goes to the provider as it stands could name what is hidden, or lie outside."""
        if self.hidden:
            raise FieldHidden(f"{self.model.id}: `{name}` could reach hidden fields: {', '.join(sorted(self.hidden))}")
        if self.boundary:
            raise OutsideResources(f"{self.model.id}: `{name}` could reach outside the resources chosen for this account")
        if self.is_limited:
            raise OutsideModels(f"{self.model.id}: `{name}` is only for keys without limits on models and tags")

    def redact(self, record: dict[str, Any], asked: Query) -> dict[str, Any]:
        """The record as the caller may see it: hidden fields are there, but null, unless `fields` left them out."""
        if self.boundary:
            record = self.boundary.trimmed(self.model, record)
        if asked.fields:
            wanted = {"id", "remote_data", *(name.split(".")[0] for name in asked.fields)}
            return record if record.keys() <= wanted else {name: one for name, one in record.items() if name in wanted}
        if not self.hidden:
            return record
        empty = empty_record(self.model)
        return {name: empty[name] if name in self.hidden else record.get(name, empty[name]) for name in empty}


def empty_record(model: Model) -> dict[str, Any]:
    """A record of which nothing is told: every field is there, and null or an empty list."""
    return {field.name: [] if field.is_list else None for field in model.fields}


@contextmanager
def strip_provider_message(*, limited: bool) -> Iterator[None]:
    """Take a provider's own words out of its refusals where not all may be seen: they may repeat what stands elsewhere."""
    try:
        yield
    except UnifiedError as refused:
        if limited and refused.provider is not None:
            refused.provider = msgspec.structs.replace(refused.provider, message=None)
            refused.errors = ()
        raise
