"""Decides what a caller may see of one model's records, in one object: hidden fields, linked models and the boundary together.

`open_call` makes it. Reads go through `restrict_…`, and `admit` or `require_inside`; writes go through the `check…`
methods, one for each stage of a write, because other checks of the body come between them.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import msgspec

from unified.catalog.wire import ProviderRequest
from unified.errors.access import OutsideResources
from unified.errors.providers import NotSupported
from unified.errors.requests import InvalidId, NotFound, ScanLimit
from unified.models import Model
from unified.models.hidden import Inside
from unified.service.access.consent import consents_of
from unified.service.access.scope.scopes import Scopes, shows_records
from unified.service.records.visibility.boundary.admission import admit_record, admit_records
from unified.service.records.visibility.boundary.boundary import Boundary
from unified.service.records.visibility.boundary.limited_writes import require_met_after, require_possible
from unified.service.records.visibility.boundary.membership import (
    MAX_PARENTS,
    BoundaryCheck,
    LookupCache,
    all_inside,
    refuse_closed,
    refuse_foreign_id,
)
from unified.service.records.visibility.boundary.parameters import extent_of, refused_parameters
from unified.service.records.visibility.boundary.queries import MAX_PUSHED_IDS, narrows, restrict_to_boundary
from unified.service.records.visibility.boundary.record_limit import Limits, RecordLimit, RelatedLimit, with_ids
from unified.service.records.visibility.boundary.writes import (
    refuse_moving_out,
    require_sent_inside,
    require_some_place,
    require_target,
)
from unified.service.records.visibility.hidden_fields import FieldVisibility
from unified.service.records.visibility.linked_models import LinkCheck, conditions, require_ends
from unified.service.records.visibility.mapping_lookup import mapping_for
from unified.service.records.visibility.restricted_query import Record, RestrictedQuery
from unified.transform.calls.operation import Operation
from unified.transform.catalog import Catalog
from unified.transform.mapping import Mapping as ModelMapping
from unified.transform.queries.query import Query

MAX_PARENTS_READ = 4 * MAX_PARENTS
"""Records that are looked up for one request: the parents of its records, and the parents of those."""
ReadRecord = Callable[["Visibility", str, tuple[str, ...]], Awaitable[Record]]
"""Reads some fields of the record with an id, as a visibility shows it; the id comes second, the fields third."""
ListIds = Callable[["Visibility", str], Awaitable[frozenset[str]]]
"""Lists the records that a visibility shows, and returns the ids in one of their fields."""


class Visibility(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The limits of what a caller may see of one model's records in one call."""

    catalog: Catalog
    mapping: ModelMapping
    method: str
    scopes: Scopes
    """Those of the caller, and the account's consent; whoever makes this reads hidden fields and boundary off them."""
    hidden: frozenset[str]
    inside: Inside = ()
    """Shown fields with records, and what of these is hidden."""
    boundary: Boundary
    read: ReadRecord
    list_ids: ListIds
    lookup_cache: LookupCache | None = None
    """The state that the look-ups of one answer share; without one, each method makes its own."""

    @property
    def model(self) -> Model:
        """The model of the records."""
        return self.mapping.model

    @property
    def is_bounded(self) -> bool:
        """Whether the boundary applies to the records, so that some of them may lie outside."""
        return self.boundary.bounds(self.model)

    @property
    def is_partial(self) -> bool:
        """Whether something of the account is not to be seen, which a provider's own message could repeat."""
        return bool(self.hidden or self.inside or self.boundary) or not self.shows_records

    @property
    def shows_records(self) -> bool:
        """Whether a write may answer with the record: not if the caller may only write, or the owner agreed to writes only."""
        return shows_records(self.scopes, self.model, self.mapping.tags)

    @property
    def is_reviewable(self) -> bool:
        """Whether a review may show the record to whoever may read it: not if the owner agreed to writes only."""
        return shows_records(consents_of(self.scopes), self.model, self.mapping.tags)

    @property
    def place_fields(self) -> tuple[str, ...]:
        """The fields that must be read of a record to place it."""
        return self.boundary.needs(self.model)

    @cached_property
    def fields(self) -> FieldVisibility:
        """The part of this that concerns fields."""
        return FieldVisibility(
            model=self.model, hidden=self.hidden, inside=self.inside, boundary=self.boundary, scopes=self.scopes
        )

    def with_lookup_cache(self) -> Self:
        """Return the same visibility for one answer: its look-ups share what each would otherwise request again."""
        return msgspec.structs.replace(self, lookup_cache=self.lookup_cache or LookupCache())

    async def restrict_list(self, query: Query) -> RestrictedQuery:
        """Return the query of a list as the provider may be asked it.

        Raises:
            OutsideModels, FieldHidden: it names or could reach what the caller does not see.
            OutsideResources: it names a record outside the boundary, or one that is not known.
            UnsupportedFilter: within the boundary it cannot be done.
        """
        self.check_links(conditions(query.filters))
        shown = self.fields.shown_query(query)
        if self.boundary:
            refuse_closed(self._boundary_check)
            closed = refused_parameters(self.mapping, extent_of(self.boundary)) if self.is_bounded else frozenset[str]()
            check = await self._listing_check()
            shown = await restrict_to_boundary(check, msgspec.structs.replace(shown, closed=closed))
        return self._restricted(query, shown)

    def restrict_get(self, query: Query, record_id: str, parts: Mapping[str, str]) -> RestrictedQuery:
        """Return the query for one record as it may be sent; `parts` are its id and the parts of a composite one.

        Raises:
            OutsideModels, FieldHidden: it names or could reach what the caller does not see.
            OutsideResources: no record with this id is inside the boundary.
        """
        self.check_links(parts)
        shown = self.fields.shown_query(query)
        if self.boundary:
            refuse_foreign_id(self._boundary_check, record_id)
        return self._restricted(query, shown)

    def _restricted(self, asked: Query, shown: Query) -> RestrictedQuery:
        return RestrictedQuery(
            query=shown,
            fields=frozenset(name.split(".")[0] for name in asked.fields),
            remove_outside=self.boundary.remover(self.model) if self.boundary else None,
            hide=self.fields.hider(asked),
        )

    def redact(self, record: Record, query: Query) -> Record:
        """Return one record as the caller of a query sees it, of which the provider was not asked by it."""
        redact = self._restricted(query, query).redact
        return record if redact is None else redact(record)

    async def admit(self, records: Sequence[Record | None]) -> list[Record | None]:
        """Return each of a page's records that lies inside, without those in it that do not; None for all others.

        A record that could not be read is None, and outside.

        Raises:
            UnsupportedFilter: the records belong to more others than are looked up for one answer.
        """
        return await admit_records(self._boundary_check, records)

    async def is_inside(self, model_id: str, record_id: str) -> bool:
        """Return whether a record of another model lies inside, so that records below it may be requested."""
        return not self.is_bounded or await all_inside(self._boundary_check, [(model_id, record_id)])

    async def require_inside(self, record: Record | None) -> Record:
        """Return the record as `admit` does; raise OutsideResources unless it lies inside. None could not be read."""
        inside = None if record is None else await admit_record(self._boundary_check, record)
        if inside is None:
            raise self.outside()
        return inside

    def outside(self) -> OutsideResources:
        """Return the refusal of a record outside, which is also that of an unknown one where there is a boundary."""
        return OutsideResources(self.boundary.outside)

    def narrowed_by_provider(self, query: Query) -> bool:
        """Return whether the provider itself returns nothing but the inside for a restricted query."""
        return narrows(self.mapping, self.boundary, query)

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
            OutsideResources: what is written, or what `body` and the `values` of its path name, lies outside, or is not found
                among the records that are searched for it.
            UnifiedError: the provider refused to be asked.
        """
        if not self.boundary.concerns(self.model):
            return
        try:
            await self._require_target(record_id, body, values, creates=creates)
        except ScanLimit:
            raise self.outside() from None

    async def _require_target(self, record_id: str | None, body: Record, values: Mapping[str, str], *, creates: bool) -> None:
        check = self._boundary_check
        if self.is_bounded:
            refuse_foreign_id(check, record_id or "")
            require_possible(check, self.method)
        if self.is_bounded and record_id is not None:
            record = await self.read(self.of_service(self.model.id), record_id, ("id", *self.place_fields))
            refuse_moving_out(check, record, body)
            await require_met_after(check, record, body)
        await require_target(check, {**values, **body}, creates=creates)

    async def check_requests(self, planned: Iterable[tuple[Operation, ProviderRequest]], bindings: dict[str, Any]) -> None:
        """Raise OutsideResources when a request that will be sent names a record outside."""
        if self.boundary.concerns(self.model):
            await require_sent_inside(self._boundary_check, planned, bindings)

    async def _listing_check(self) -> BoundaryCheck:
        """Return what places the records of a list, with the ids of those that related records name, if these are listed."""
        check = self._boundary_check
        listed = () if check.limit is None else tuple(one for one in check.limit.related if one.is_listed)
        if check.limit is None or not listed or not self.is_bounded:
            return check
        limit = with_ids(check.limit, {one: await check.owners(one) for one in listed}, MAX_PUSHED_IDS)
        limits = msgspec.structs.replace(self.boundary.limits, by_model={**self.boundary.limits.by_model, limit.model: limit})
        return msgspec.structs.replace(check, boundary=msgspec.structs.replace(self.boundary, limits=limits))

    @property
    def _boundary_check(self) -> BoundaryCheck:
        cache = self.lookup_cache or LookupCache()

        async def look_up(wanted: str | RelatedLimit, record_id: str) -> bool:
            return await self._look_up(wanted, record_id, cache)

        async def owners(related: RelatedLimit) -> frozenset[str]:
            return await self._owners(related, cache)

        return BoundaryCheck(mapping=self.mapping, boundary=self.boundary, look_up=look_up, owners=owners)

    async def _look_up(self, wanted: str | RelatedLimit, record_id: str, cache: LookupCache) -> bool:
        """Return whether a record of another model is inside; past a bound it is outside. ScanLimit says that no one knows."""
        if len(self.boundary.looked_up) >= MAX_PARENTS_READ:
            return False
        seen = self.of_service(wanted, cache) if isinstance(wanted, str) else self._of_related(wanted, cache)
        try:
            await self.read(seen, record_id, ("id",))
        except (NotFound, NotSupported, InvalidId, OutsideResources):
            return False
        return True

    async def _owners(self, related: RelatedLimit, cache: LookupCache) -> frozenset[str]:
        """Return the ids that related records name, of those that fulfil what one must."""
        known, field = self.boundary.owners, related.relation.owned_by or "id"
        if related not in known:
            known[related] = await self.list_ids(self._of_related(related, cache, field), field)
        return known[related]

    def _of_related(self, related: RelatedLimit, cache: LookupCache, *given: str) -> Self:
        """Return what the service itself sees of related records, of which those are inside that fulfil what they must."""
        seen = self.of_service(related.relation.model, cache)
        limit = RecordLimit(model=related.relation.model, filters=related.filters, given=given)
        return msgspec.structs.replace(seen, boundary=Boundary(limits=Limits(by_model={limit.model: limit})))

    def of_service(self, model_id: str, cache: LookupCache | None = None) -> Self:
        """Return what the service itself sees of a model's records, to place others by them: no field is hidden from it."""
        mapping = mapping_for(self.catalog, self.mapping.provider.name, model_id)
        return msgspec.structs.replace(self, mapping=mapping, method="get", hidden=frozenset(), inside=(), lookup_cache=cache)
