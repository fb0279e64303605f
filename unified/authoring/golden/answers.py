"""Turns a provider's answer into records, the next position, the id of a new record, or a refusal; sends nothing."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from unified.authoring.golden.built_requests import Asked, Listed, as_list, choose_list, find_operation
from unified.catalog.wire import ProviderAnswer
from unified.errors.providers import ProviderError
from unified.errors.requests import NotFound
from unified.errors.writes import VersionConflict
from unified.transform.calls import list_positions
from unified.transform.calls.operation import Bindings
from unified.transform.calls.rows import rows_in
from unified.transform.functions import callables
from unified.transform.mapping import Mapping
from unified.transform.queries.filters import record_test
from unified.transform.queries.pagination import PageSeen, page_size
from unified.transform.queries.query import Query
from unified.transform.queries.query_reading import query_from_object
from unified.transform.record_metadata import record_version
from unified.transform.writes.upserts import was_created
from unified.transport.error_mapping import ErrorReader, Refusal, failed_inside, failure
from unified.transport.rate_limit_headers import rate_notes

Record = dict[str, Any]


def require_success(mapping: Mapping, asked: Asked, answer: ProviderAnswer) -> None:
    """Check that an answer is not one of the provider's refusals.

    Raises:
        UnifiedError: It is one; the error is the one that a caller gets.
    """
    provider, rules = mapping.provider, find_operation(mapping, asked).errors
    notes = rate_notes(provider.rate_limit, answer.headers, datetime.now(UTC))
    refusal = Refusal(status=answer.status, headers=answer.headers, body=answer.body, notes=notes)
    reader = ErrorReader(callables())
    if answer.status in rules.empty:
        return
    if 300 <= answer.status < 400:  # noqa: PLR2004
        raise ProviderError(f"{provider.title} answered with a redirect ({answer.status}), which is not followed")
    if answer.status >= 400 or failed_inside(rules, refusal, reader):  # noqa: PLR2004
        problem = failure(provider, rules, refusal, (), reader)
        if isinstance(problem, VersionConflict) and asked.version is None:
            raise problem.without_version()
        raise problem


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """A list's answer, read: its objects, and what they are mapped with."""

    chosen: Listed
    items: list[Any]
    bindings: Bindings


def _read(mapping: Mapping, asked: Asked, answer: ProviderAnswer) -> _Read:
    chosen = choose_list(mapping, asked)
    name = {"call": chosen.part.call.name} if chosen.part.call.name else {}
    bindings = {**asked.bindings(), "query": chosen.root(), **name}
    return _Read(chosen=chosen, items=chosen.part.objects(answer, bindings), bindings=bindings)


def records_in(mapping: Mapping, asked: Asked, answer: ProviderAnswer) -> list[Record]:
    """Return the records that a list's answer gives for its query.

    Raises:
        MappingFailed, ProviderMalformed: The answer does not fit.
    """
    read = _read(mapping, asked, answer)
    shape = mapping.shape(read.chosen.part, read.chosen.query, read.chosen.remaining)
    test = record_test(read.chosen.query, read.chosen.remaining, mapping.model)
    window = read.chosen.window(asked.position)
    records = shape.mapper(read.bindings, country=_country(asked))(read.items)
    here = [one for one in records if test(one) and (window is None or window.owns(one))]
    return [one for one in here if read.chosen.query.include_deleted or not one.get("is_deleted")]


def next_position(mapping: Mapping, asked: Asked, answer: ProviderAnswer) -> Any:
    """Return the position of the page after a list's answer; None at the end.

    Raises:
        ProviderMalformed: The answer does not fit.
    """
    read = _read(mapping, asked, answer)
    size = page_size(read.chosen.part.pages.rules, read.chosen.query.limit)
    rows = rows_in(answer.body, read.chosen.part.items) or read.items
    seen = PageSeen(answer=answer, rows=rows, position=asked.position, size=size)
    return list_positions.next_position(read.chosen.part, read.chosen.window(asked.position), seen)


def record_in(mapping: Mapping, asked: Asked, answer: ProviderAnswer) -> Record:
    """Return the record that the answer of a get or a write gives.

    Raises:
        NotFound: There is none.
        MappingFailed: The answer does not fit.
    """
    operation, values = find_operation(mapping, asked), asked.values(mapping)
    if operation.call.from_list:
        return _with_id(records_in(mapping, as_list(mapping, asked), answer), asked.id)
    query = query_from_object(asked.given, mapping.model) if asked.method == "get" else Query()
    name = operation.call.name
    bindings = {**asked.bindings(), "query": values, **({"call": name} if name else {})}
    item = operation.object(answer, bindings)
    return mapping.shape(operation, query).record(item, bindings, country=_country(asked))


def _with_id(records: list[Record], record_id: str | None) -> Record:
    found = next((one for one in records if one["id"] == record_id), None)
    if found is None:
        raise NotFound("the provider has no such record")
    return found


def version_in(mapping: Mapping, asked: Asked, answer: ProviderAnswer) -> str | None:
    """Return the version that the answer of a get has of the record.

    Raises:
        NotFound, MappingFailed: The answer does not fit.
    """
    bindings = {**asked.bindings(), "query": asked.values(mapping), "headers": answer.headers}
    return record_version(mapping, object_in(mapping, asked, answer), bindings)


def object_in(mapping: Mapping, asked: Asked, answer: ProviderAnswer) -> dict[str, Any]:
    """Return the provider's object in the answer of a get; raise as `record_in` does."""
    return find_operation(mapping, asked).object(answer, {**asked.bindings(), "query": asked.values(mapping)})


def created_id(mapping: Mapping, asked: Asked, answer: ProviderAnswer) -> str | None:
    """Return the id of the record that the answer to a create or an upsert names.

    Raises:
        NotFound, MappingFailed: The answer does not fit.
    """
    operation = find_operation(mapping, asked)
    if operation.new_id is None:
        found: str | None = record_in(mapping, asked, answer)["id"]
        return found
    bindings = {**asked.bindings(), "query": asked.values(mapping), "headers": answer.headers}
    created = operation.evaluate(operation.new_id, answer.body, bindings, "new_id")
    return str(created) if isinstance(created, str | int) and not isinstance(created, bool) else None


def is_new_in(mapping: Mapping, asked: Asked, answer: ProviderAnswer) -> bool | None:
    """Return whether the answer to an upsert says that the record was created; None if it does not say it.

    Raises:
        MappingFailed: The answer does not fit.
    """
    return was_created(find_operation(mapping, asked), answer, {**asked.bindings(), "query": asked.values(mapping)})


def definitions_in(mapping: Mapping, asked: Asked, answer: ProviderAnswer) -> list[Any]:
    """Return the field definitions that the answer of `fields` gives, as its `record` makes them.

    Raises:
        MappingFailed, ProviderMalformed: The answer does not fit.
    """
    operation = find_operation(mapping, asked)
    bindings = {**asked.bindings(), "query": asked.given}
    items = operation.objects(answer, bindings)
    if operation.record is None:
        return items
    return [operation.evaluate(operation.record, item, bindings, "record") for item in items]


def _country(asked: Asked) -> str | None:
    country: str | None = asked.account.get("country") or asked.account["settings"].get("country")
    return country
