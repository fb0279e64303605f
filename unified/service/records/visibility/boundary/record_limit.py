"""The conditions of scopes at one provider and on one day: what a record must fulfil to lie inside.

Conditions that this provider's records cannot be tested by close their model: nothing of it is inside, and refusals say why.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cached_property

import msgspec

from unified.bounded_cache import CachesByOwner
from unified.models import MODELS, Model
from unified.models.relations import Relation
from unified.service.access.conditions.connected_user import ME
from unified.service.access.conditions.reading import RecordConditions, conditions_on, filters_on, needs_user
from unified.service.access.scope.scopes import Scopes, records_of
from unified.transform.calls.path import IdTemplate
from unified.transform.catalog import Catalog
from unified.transform.mapping import Mapping as ModelMapping
from unified.transform.queries.filter_names import field_of
from unified.transform.queries.filter_options import comparable
from unified.transform.queries.filters import Test, record_test
from unified.transform.queries.query import Filter, Query

UserOfAccount = Callable[[], str | None]
"""Returns the id of the user as whom the account of a call is connected; None if it is not known."""
Mappings = Mapping[str, ModelMapping]
"""Those of a provider, by model."""
SINGLE_ID = IdTemplate(template="{id}")
MAX_KNOWN = 1_024
"""Conditions at a provider, on a day and for a user that are kept as resolved."""


class RelatedLimit(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions that one of the related records must fulfil."""

    relation: Relation
    filters: tuple[Filter, ...]

    @property
    def is_listed(self) -> bool:
        """Whether the related records name the record, so that they are listed; otherwise it names them."""
        return self.relation.owned_by is not None

    @property
    def ids_in(self) -> str:
        """The field of a record that names the related ones; its own id, where they name it."""
        return self.relation.field


class RecordLimit(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The conditions on records of a model, with relative times resolved; a record must fulfil all of them."""

    model: str
    filters: tuple[Filter, ...] = ()
    related: tuple[RelatedLimit, ...] = ()
    given: tuple[str, ...] = ()
    """Fields that a list must give although they are not tested."""

    @cached_property
    def test(self) -> Test:
        """The test of the record itself; the related ones are looked up."""
        return filters_test(MODELS[self.model], self.filters)

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields of the record itself that are tested."""
        return frozenset(field_of(one.field, MODELS[self.model]) for one in self.filters)

    @cached_property
    def naming(self) -> tuple[str, ...]:
        """The fields that name related records."""
        return tuple(one.ids_in for one in self.related if not one.is_listed)

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The fields that must be read of a record to test it."""
        return (*sorted(self.fields), *self.given, *self.naming)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions on a provider's models, and the models whose records they withhold altogether, with the reason."""

    by_model: Mapping[str, RecordLimit] = {}
    closed: Mapping[str, str] = {}


NO_LIMITS = Limits()
_Key = tuple[str, tuple[RecordConditions, ...], date, str | None]
_kept: CachesByOwner[Catalog, _Key, Limits] = CachesByOwner(MAX_KNOWN)


def with_ids(limit: RecordLimit, known: Mapping[RelatedLimit, frozenset[str]], most: int) -> RecordLimit:
    """Return the conditions with the ids of the records in place of related ones that were listed, if there are few."""
    few = {one: ids for one, ids in known.items() if one in limit.related and 0 < len(ids) <= most}
    named = (Filter(field="id", operator="in", value=tuple(sorted(ids))) for ids in few.values())
    rest = tuple(one for one in limit.related if one not in few)
    return RecordLimit(model=limit.model, filters=(*limit.filters, *named), related=rest)


def filters_test(model: Model, filters: tuple[Filter, ...]) -> Test:
    """Return what tests a record of a model by all of these filters."""
    return record_test(Query(filters=filters), frozenset(one.parameter for one in filters), model)


def has_conditions(scopes: Scopes) -> bool:
    """Return whether any of the scopes has conditions on records."""
    return any(records_of(one) for one in scopes)


def limits_at(catalog: Catalog, provider: str, scopes: Scopes, day: date, user_of_account: UserOfAccount) -> Limits:
    """Return the conditions of all scopes together on a provider's models; `day` is that of the call, for relative times."""
    stated = tuple(one for scope in scopes for one in conditions_on(records_of(scope)).values())
    if not stated:
        return NO_LIMITS
    user = user_of_account() if any(needs_user(one) for one in stated) else None
    known, key = _kept.of(catalog), (provider, stated, day, user)
    found = known.get(key)
    return known.put(key, _limits(catalog, *key)) if found is None else found


def _limits(catalog: Catalog, provider: str, stated: tuple[RecordConditions, ...], day: date, user: str | None) -> Limits:
    mappings = {one.model.id: one for one in catalog.offered(provider)}
    categories = {one.model.category for one in mappings.values()}
    limits: dict[str, RecordLimit] = {}
    for one in stated:
        if MODELS[one.model].category in categories:
            limits[one.model] = _merged(limits.get(one.model, RecordLimit(model=one.model)), one, day, user)
    if not limits:
        return NO_LIMITS
    unknown = [one.model for one in stated if one.model in limits and user is None and needs_user(one)]
    reason = _unknown_user(catalog, provider) if unknown else ""
    return Limits(by_model=limits, closed={**dict(_closed(limits, mappings)), **dict.fromkeys(unknown, reason)})


def _unknown_user(catalog: Catalog, provider: str) -> str:
    """Return why the conditions on the connected user cannot be tested."""
    known = catalog.provider(provider)
    if known.check.user is None:
        return f"the scope's conditions need the connected user ({ME}), whom {known.title} does not report"
    return (
        f"the scope's conditions need the connected user ({ME}), who is not known for this account: "
        "check the account, or connect it again"
    )


def _merged(known: RecordLimit, stated: RecordConditions, day: date, user: str | None) -> RecordLimit:
    related = (RelatedLimit(relation=one.relation, filters=filters_on(one.tests, day, user)) for one in stated.hops)
    return RecordLimit(
        model=known.model,
        filters=tuple(dict.fromkeys((*known.filters, *filters_on(stated.tests, day, user)))),
        related=tuple(dict.fromkeys((*known.related, *related))),
    )


def _closed(limits: Mapping[str, RecordLimit], mappings: Mappings) -> Iterator[tuple[str, str]]:
    """Yield the models whose records cannot be tested, each with the reason."""
    for one in mappings.values():
        if one.model.container_unknown:  # whatever its category: HubSpot's links also name tickets
            yield one.model.id, "they may name records that do not meet the scope's conditions"
    for name, limit in limits.items():
        mapping = mappings.get(name)
        if mapping is not None and (reason := _untestable(mapping, limit, mappings)):
            yield name, reason
    yield from _same_records(limits, mappings)


def _untestable(mapping: ModelMapping, limit: RecordLimit, mappings: Mappings) -> str:
    """Return why the records of a mapping cannot be tested; an empty text if they can."""
    missing = _missing(mapping, limit.fields)
    if missing:
        return missing
    for one in limit.related:
        other = mappings.get(one.relation.model)
        if other is None:
            return f"{mapping.provider.title} does not offer {one.relation.model}, which the scope's conditions need"
        fields = frozenset(field_of(filter_.field, other.model) for filter_ in one.filters)
        naming, named = (other, {one.relation.owned_by}) if one.relation.owned_by else (mapping, {one.ids_in})
        missing = _missing(other, fields) or _missing(naming, frozenset(name for name in named if name))
        if missing:
            return missing
        method = "list" if one.relation.owned_by else "get"
        if method not in other.methods:
            return f"{mapping.provider.title} does not offer {method} of {other.model.id}, which the scope's conditions need"
    return ""


def _missing(mapping: ModelMapping, fields: frozenset[str]) -> str:
    lacking = sorted(fields - comparable(mapping.model, mapping.filled))
    if not lacking:
        return ""
    names = ", ".join(lacking)
    return f"{mapping.provider.title} does not report {names} of {mapping.model.id}, which the scope's conditions need"


def _same_records(limits: Mapping[str, RecordLimit], mappings: Mappings) -> Iterator[tuple[str, str]]:
    """Yield the models without conditions that show the provider's records of a model with some."""
    limited = {place: name for name in limits if name in mappings for place in _reads(mappings[name])}
    for name in mappings.keys() - limits.keys():
        for other in (limited[place] for place in _reads(mappings[name]) if place in limited):
            yield name, f"the provider has them and {other} in one place, and the scope has conditions on the latter only"


def _reads(mapping: ModelMapping) -> list[str]:
    """Return the calls by which a provider reads one record of a model, if their path names the record.

    A part of the id that has a choice of words has several places: `{kind=notes|emails}` reads notes, too.
    """
    operation = mapping.operations.get("get")
    if operation is None or "{" not in operation.path:
        return []
    return [f"{operation.verb} {one}" for one in (mapping.id_template or SINGLE_ID).spelled_out(operation.path)]
