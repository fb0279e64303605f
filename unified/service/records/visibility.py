"""What a caller may see of one model's records, in one object: hidden fields, linked models and the boundary together.

`open_call` makes it. Reads go through `restrict`, `admit` or `require_inside`, and `redact`; writes go through the `check…`
methods, one for each stage of a write, because other checks of the body come between them.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Self

import msgspec

from unified.catalog.wire import ProviderRequest
from unified.errors.access import OutsideResources
from unified.errors.error import UnifiedError
from unified.errors.providers import NotSupported
from unified.errors.requests import InvalidId, NotFound
from unified.models import Model
from unified.service.access.consent import shows_records
from unified.service.access.scopes import Scopes
from unified.service.records.boundary.boundary import Boundary
from unified.service.records.boundary.membership import (
    MAX_PARENTS,
    OUTSIDE,
    BoundaryCheck,
    LookupCache,
    all_inside,
    contains,
    look_up_parents,
    refuse_foreign_id,
)
from unified.service.records.boundary.parameters import refused_parameters, sizes_of
from unified.service.records.boundary.queries import narrows, restrict_to_boundary
from unified.service.records.boundary.writes import (
    refuse_moving_out,
    require_sent_inside,
    require_some_place,
    require_target,
)
from unified.service.records.hidden_fields import FieldVisibility
from unified.service.records.linked_models import LinkCheck, conditions, require_ends
from unified.service.records.mapping_lookup import mapping_for
from unified.transform.catalog import Catalog
from unified.transform.mapping import Mapping as ModelMapping
from unified.transform.operation import Operation
from unified.transform.query import Query

MAX_PARENTS_READ = 4 * MAX_PARENTS
"""Records that are looked up for one request: the parents of its own, and the parents of those."""
NOTHING_CLOSED: frozenset[str] = frozenset()
Record = dict[str, Any]
ReadRecord = Callable[["Visibility", str, tuple[str, ...]], Awaitable[Record]]
"""Reads some fields of the record with an id, as a visibility shows it; the id comes second, the fields third."""


class Visibility(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller may see of one model's records in one call."""

    catalog: Catalog
    mapping: ModelMapping
    method: str
    scopes: Scopes
    """Those of the caller, and the account's consent; whoever makes this reads hidden fields and boundary off them."""
    hidden: frozenset[str]
    boundary: Boundary
    read: ReadRecord
    lookup_cache: LookupCache | None = None
    """What the look-ups of one answer share; without one, each method that looks up has its own."""

    @property
    def model(self) -> Model:
        """The model of the records."""
        return self.mapping.model

    @property
    def is_bounded(self) -> bool:
        """Whether the boundary applies to the records, so that some of them may lie outside."""
        return bool(self.boundary.rules(self.model))

    @property
    def is_partial(self) -> bool:
        """Whether something of the account is not to be seen, which a provider's own message could repeat."""
        return bool(self.hidden or self.boundary) or not self.shows_records

    @property
    def shows_records(self) -> bool:
        """Whether a write may answer with the record, and a review show it: not if the owner agreed to writes only."""
        return shows_records(self.scopes, self.mapping)

    @property
    def place_fields(self) -> tuple[str, ...]:
        """The fields that must be read of a record to place it."""
        return self.boundary.needs(self.model)

    @property
    def fields(self) -> FieldVisibility:
        """What of this concerns fields."""
        return FieldVisibility(model=self.model, hidden=self.hidden, boundary=self.boundary, scopes=self.scopes)

    def with_lookup_cache(self) -> Self:
        """Return the same visibility for one answer: its look-ups share what each would otherwise request again."""
        return msgspec.structs.replace(self, lookup_cache=self.lookup_cache or LookupCache())

    async def restrict(self, query: Query, *, record_id: str | None = None) -> Query:
        """Return the query as the provider may be asked it; with a record's id, for that record instead of a list.

        Raises:
            OutsideModels, FieldHidden: it names or could reach what the caller does not see.
            OutsideResources: it names a record outside the boundary, or one that is not known.
            UnsupportedFilter: within the boundary it cannot be done.
        """
        values = conditions(query.filters) if record_id is None else self.mapping.id_values(record_id)
        self.check_links(values)
        restricted = self.fields.restrict(query)
        if record_id is None:
            closed = refused_parameters(self.mapping, sizes_of(self.boundary)) if self.is_bounded else NOTHING_CLOSED
            return await restrict_to_boundary(self._boundary_check, msgspec.structs.replace(restricted, closed=closed))
        refuse_foreign_id(self._boundary_check, record_id)
        return restricted

    async def admit(self, records: Sequence[Record | None]) -> list[bool]:
        """Return for each of a page's records whether it lies inside; a record that could not be read is None, and outside.

        Raises:
            UnsupportedFilter: the records belong to more others than are looked up for one answer.
        """
        check = self._boundary_check
        await look_up_parents(check, [one for one in records if one is not None])
        return [one is not None and await contains(check, one) for one in records]

    async def is_inside(self, model_id: str, record_id: str) -> bool:
        """Return whether a record of another model lies inside, so that what belongs to it may be asked for."""
        return not self.is_bounded or await all_inside(self._boundary_check, [(model_id, record_id)])

    async def require_inside(self, record: Record | None) -> Record:
        """Return the record; raise OutsideResources unless it lies inside. None is a record that could not be read."""
        if record is None or not await contains(self._boundary_check, record):
            raise self.outside()
        return record

    def outside(self) -> OutsideResources:
        """Return the refusal of a record outside, which is also that of an unknown one where there is a boundary."""
        return OutsideResources(OUTSIDE)

    def redact(self, record: Record, query: Query) -> Record:
        """Return the record as the caller sees it in the answer to its own query, before that was restricted."""
        return self.fields.redact(record, query)

    def redact_all(self, records: Iterable[Record], query: Query) -> list[Record]:
        """Return the records of an answer as `redact` does."""
        fields = self.fields
        return [fields.redact(one, query) for one in records]

    def without_outside_ids(self, record: Record) -> Record:
        """Return the record without ids of resources that were not chosen, if the boundary applies to it."""
        return self.boundary.without_outside_ids(self.model, record) if self.is_bounded else record

    def narrowed_by_provider(self, query: Query) -> bool:
        """Return whether the provider itself returns nothing but the inside for a restricted query."""
        return narrows(self.mapping, self.boundary.rules(self.model), query)

    def check_fields(self, names: frozenset[str]) -> None:
        """Raise FieldHidden when one of these fields is hidden."""
        self.fields.check(names)

    def check(self, body: Record, reached: frozenset[str] = frozenset()) -> None:
        """Refuse a body that writes what the caller does not see; `reached` are fields written by their native names.

        Raises:
            FieldHidden, OutsideResources, OutsideModels: it names a hidden field, or its `remote_fields` could reach one.
        """
        self.fields.check_body(body, reached)

    def check_links(self, values: Mapping[str, Any], known: Scopes | None = None) -> None:
        """Refuse a link to a model that is not reached; `known` replaces the caller's scopes, such as by an approver's.

        Raises:
            OutsideModels, FieldHidden, NotSupported: as `require_ends` says.
        """
        reaching = self.scopes if known is None else known
        check = LinkCheck(catalog=self.catalog, mapping=self.mapping, method=self.method, scopes=reaching)
        require_ends(check, values)

    def check_place(self, body: Mapping[str, Any]) -> None:
        """Raise OutsideResources for a new record that does not say where it goes; nothing is looked up."""
        require_some_place(self._boundary_check, body)

    async def check_target(self, record_id: str | None, body: Record, values: Mapping[str, str], *, creates: bool) -> None:
        """Refuse a write of a record outside, or one that would move a record in or out; `record_id` is None for a new one.

        The record is read by the service's own authority: the caller may be allowed to write what it may not read.

        Raises:
            OutsideResources: what is written, or what `body` and the `values` of its path name, lies outside.
            UnifiedError: the provider refused to be asked.
        """
        if not self.boundary.concerns(self.model):
            return
        check = self._boundary_check
        if self.is_bounded:
            refuse_foreign_id(check, record_id or "")
        if self.is_bounded and record_id is not None:
            record = await self.read(self._of(self.model.id), record_id, ("id", *self.place_fields))
            refuse_moving_out(check, record, body)
        await require_target(check, {**values, **body}, creates=creates)

    async def check_requests(self, planned: Iterable[tuple[Operation, ProviderRequest]], bindings: dict[str, Any]) -> None:
        """Raise OutsideResources when a request that will be sent names what lies outside."""
        if self.boundary.concerns(self.model):
            await require_sent_inside(self._boundary_check, planned, bindings)

    @property
    def _boundary_check(self) -> BoundaryCheck:
        cache = self.lookup_cache or LookupCache()

        async def look_up(model_id: str, record_id: str) -> bool:
            return await self._look_up(model_id, record_id, cache)

        return BoundaryCheck(mapping=self.mapping, boundary=self.boundary, look_up=look_up)

    async def _look_up(self, model_id: str, record_id: str, cache: LookupCache) -> bool:
        """Return whether a record of another model is inside; past a bound nothing is read, and it is outside."""
        if len(self.boundary.looked_up) >= MAX_PARENTS_READ:
            return False
        try:
            await self.read(self._of(model_id, cache), record_id, ("id",))
        except (NotFound, NotSupported, InvalidId, OutsideResources):
            return False
        return True

    def _of(self, model_id: str, cache: LookupCache | None = None) -> Self:
        """Return what the service itself sees of a model's records, to place others by them: no field is hidden from it."""
        mapping = mapping_for(self.catalog, self.mapping.provider.name, model_id)
        return msgspec.structs.replace(self, mapping=mapping, method="get", hidden=frozenset(), lookup_cache=cache)


def hide_provider_message(refused: UnifiedError) -> None:
    """Remove a provider's own message from its refusal, for callers who may not see all: it may repeat what is hidden."""
    if refused.provider is not None:
        refused.provider = msgspec.structs.replace(refused.provider, message=None)
        refused.errors = ()
