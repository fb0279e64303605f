"""Writes under the conditions of scopes: a record must meet them before and after, and this must be known in advance.

A write for which it cannot be known is refused. `unified.service.records.writing.written_records` tests the record once more,
as the provider has it after the write.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from unified.errors.access import OutsideResources
from unified.models import MODELS, Model, method_class
from unified.models.relations import moved_with
from unified.service.access.conditions.words import words_of_test
from unified.service.records.visibility.boundary.limit_queries import all_implied
from unified.service.records.visibility.boundary.membership import BoundaryCheck, relates
from unified.service.records.visibility.boundary.record_limit import RecordLimit, filters_test
from unified.text.formatting_times import time_text
from unified.transform.mapping import Mapping as ModelMapping
from unified.transform.queries.filter_names import field_of
from unified.transform.queries.query import Filter

NOW = frozenset({"created_at", "updated_at"})
"""Fields that the provider sets to the time of the write: both of a new record, the latter of any."""


def refuses_always(limit: RecordLimit, mapping: ModelMapping, method: str) -> bool:
    """Return whether a method is refused whatever the record: no new one meets the conditions, or its effect is unknown."""
    if method == "create":
        writable = {one.name for one in mapping.model.fields if one.access != "ro"} | NOW
        return any(one.relation.owned_by for one in limit.related) or not limit.fields <= writable
    return method_class(method) == "custom" and not _only_reads(mapping, method)


def _only_reads(mapping: ModelMapping, method: str) -> bool:
    operation = mapping.operations.get(method)
    return operation is not None and operation.verb == "GET"


def require_possible(check: BoundaryCheck, method: str) -> None:
    """Require that a method can keep to the conditions on its model.

    Raises:
        OutsideResources: `refuses_always` says that it cannot.
    """
    if check.limit is not None and refuses_always(check.limit, check.mapping, method):
        reason = "a new record could not meet" if method == "create" else f"{method} may change what is tested by"
        raise OutsideResources(f"{check.model.id}: {reason} the conditions of the key's scope: {_all_words(check.limit)}")


def require_met_by_new(check: BoundaryCheck, body: Mapping[str, Any]) -> None:
    """Require that a new record will meet the conditions on its own fields; nothing is requested.

    Raises:
        OutsideResources: it will not, or that is not certain; the text says what the scope requires.
    """
    if check.limit is not None:
        require_possible(check, "create")
        _require_met(check, check.limit, body, {"created_at", "updated_at", *body}, {})


async def require_met_after(check: BoundaryCheck, record: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """Require that a record, which meets the conditions now, will meet them after a change.

    Raises:
        OutsideResources: it will not, or that is not certain.
    """
    limit = check.limit
    if limit is None or not body:
        return
    _require_met(check, limit, body, {"updated_at", *body}, record)
    await require_related_after(check, {**record, **body}, body)


async def require_related_after(check: BoundaryCheck, record: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """Require that what a write names fulfils what related records must.

    Raises:
        OutsideResources: it does not, or the body changes it in another way than by naming it.
    """
    limit = check.limit
    if limit is None:
        return
    for one in limit.related:
        _refuse_moving(check, one.ids_in, body)
    if not await relates(check, limit, record):
        raise OutsideResources(f"{check.model.id}: what the write names does not meet the conditions of the key's scope")


def _require_met(
    check: BoundaryCheck, limit: RecordLimit, body: Mapping[str, Any], written: set[str], record: Mapping[str, Any]
) -> None:
    now = time_text(datetime.now(UTC))
    after = {**record, **body, "updated_at": now} | ({} if record else {"created_at": now})
    natives = check.mapping.custom_keys.reached(dict(body))
    for condition in limit.filters:
        name = field_of(condition.field, check.model)
        if name in natives:
            raise OutsideResources(f"{check.model.id}: `{name}` is tested by the key's scope: set it by its common name")
        _refuse_moving(check, name, body)
        if (record and name not in written) or _is_met(check.model, condition, after, is_given=name in written):
            continue
        raise OutsideResources(
            f"{check.model.id}: the key's scope requires that {words_of_test(condition, check.model)}: "
            + (f"`{name}` must say so" if name in body or not record else "this write would change that")
        )


def _is_met(model: Model, condition: Filter, after: Mapping[str, Any], *, is_given: bool) -> bool:
    return is_given and filters_test(model, (condition,))(dict(after))


def _refuse_moving(check: BoundaryCheck, name: str, body: Mapping[str, Any]) -> None:
    """Raise OutsideResources for a field that may change one that is tested, as stage and pipeline do each other."""
    for other in moved_with(check.model, name):
        if other in body:
            raise OutsideResources(
                f"{check.model.id}: `{other}` decides about `{name}`, which the key's scope tests: set `{name}` alone"
            )


def require_others_unmoved(check: BoundaryCheck, body: Mapping[str, Any], *, creates: bool) -> None:
    """Refuse a change by which other records could begin or cease to meet their conditions, as those are on this one.

    Raises:
        OutsideResources: it changes what is tested, and the conditions on this model do not keep it within that.
    """
    for other, related in _deciding(check):
        tested = {field_of(one.field, check.model) for one in related.filters}
        if check.limit is not None and all_implied(related.filters, check.limit.filters, check.model):
            tested = set()
        if related.relation.owned_by and not creates:
            tested.add(related.relation.owned_by)
        moving = {other for name in tested for other in moved_with(check.model, name)}
        bad = sorted((tested | moving) & body.keys())
        if bad:
            raise OutsideResources(
                f"{check.model.id}: `{bad[0]}` decides which {other} the key's scope allows: it cannot be written with this key"
            )


def _deciding(check: BoundaryCheck) -> Iterator[tuple[str, Any]]:
    """Yield the conditions of other models on records of this one."""
    for other, limit in check.boundary.limits.by_model.items():
        yield from ((other, one) for one in limit.related if one.relation.model == check.model.id)


def _all_words(limit: RecordLimit) -> str:
    own = [words_of_test(one, MODELS[limit.model]) for one in limit.filters]
    related = [
        f"{one.relation.name}: {words_of_test(inner, MODELS[one.relation.model])}"
        for one in limit.related
        for inner in one.filters
    ]
    return "; ".join((*own, *related))
