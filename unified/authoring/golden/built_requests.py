"""The requests that a query or a body becomes, without sending any: for golden cases and `unified request`."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors.error import UnifiedError
from unified.errors.names import suggestion
from unified.errors.requests import ValidationFailed
from unified.models import MAKING
from unified.transform.calls.after import split_after, step_requests
from unified.transform.calls.awaited import Awaited
from unified.transform.calls.list_positions import window_at
from unified.transform.calls.operation import Operation
from unified.transform.mapping import Mapping
from unified.transform.prepared_write import PreparedWrite, check_body, prepare_write
from unified.transform.queries.query import MAX_LIMIT, Filter, Query, shown_parameter
from unified.transform.queries.query_reading import query_from_object
from unified.transform.queries.windows import Window, today
from unified.transform.requests import get_request, list_request, list_values, own_request
from unified.transform.writes.upserts import require_key


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The input of a mapping: a query or a body, and the other values that the request depends on."""

    method: str
    """list, get, create, update, upsert, delete, fields, or a custom method."""
    by: str | None = None
    """Of an upsert: the external key by which the provider finds the record."""
    id: str | None = None
    given: dict[str, Any] = {}
    """The common query of list, get, delete and fields; otherwise, the common body."""
    account: dict[str, Any]
    """The value of `$account` in expressions."""
    before: dict[str, Any] = {}
    """Results of `before` calls by name."""
    position: Any = None
    """Of the page of a list; None is the first one."""
    call: str | None = None
    """The name of a list call that another one names in `from`."""
    parent: str | None = None
    """Of a list over parents: the id of the parent whose children are listed."""
    version: str | None = None
    """Of a write: the version of the record that the caller names."""
    answer: ProviderAnswer | None = None
    """Of a write: what the provider answers, for the calls after it that need this."""
    new_id: str | None = None
    """The id of the record that a create or an upsert wrote, by that answer."""

    def bindings(self) -> dict[str, Any]:
        """Return the `$names` that do not depend on the method."""
        version = {} if self.version is None else {"version": self.version}
        by = {} if self.by is None else {"by": self.by}
        return {"account": self.account, **self.before, **version, **by}

    def values(self, mapping: Mapping) -> dict[str, Any]:
        """Return what expressions see as `$query`, and paths are filled with: the query or body, and the parts of the id."""
        parts = {} if self.id is None else mapping.id_values(self.id)
        return {**{name: value for name, value in self.given.items() if name != "remote_fields"}, **parts}


class BuiltRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request, and the call of the mapping that it is of."""

    operation: Operation
    request: ProviderRequest


def build_requests(mapping: Mapping, asked: Asked) -> tuple[BuiltRequest, ...]:
    """Return the requests in the order in which they are sent: one, or those of a write with its `after` calls.

    Raises:
        UnifiedError: The query or body is refused; the message says why.
    """
    build = {"list": _list, "get": _get, "fields": _fields}.get(asked.method, _write)
    return tuple(build(mapping, asked))


def find_operation(mapping: Mapping, asked: Asked) -> Operation:
    """Return the call that is made first.

    Raises:
        NotSupported: The mapping does not offer the method; the message lists those that it offers.
    """
    if asked.method == "list":
        return choose_list(mapping, asked).part
    if asked.method == "fields" and mapping.definitions is not None:
        return mapping.definitions
    root = _root(mapping, asked)
    bindings = {**asked.bindings(), "query": root}
    if asked.method == "get":
        return _named(mapping.get_calls(root, bindings), asked.call)
    return _prepared(mapping, asked).operation


def _named(calls: tuple[Operation, ...], name: str | None) -> Operation:
    """Return the call with a name, of those that are tried one after another; without a name, the first.

    Raises:
        ValidationFailed: none has this name.
    """
    known = {one.call.name: one for one in calls if one.call.name}
    if name is None:
        return calls[0]
    if name not in known:
        raise ValidationFailed(f"no call of this get is named `{name}`.{suggestion(name, known)}")
    return known[name]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A list call, chosen for a query."""

    part: Operation
    query: Query
    """With the parent's id, of a list over parents."""
    native: frozenset[str]
    remaining: frozenset[str]

    def root(self) -> dict[str, Any]:
        """Return the common query as expressions of the call see it."""
        return self.query.root([*self.native, "include_deleted"])

    def window(self, position: Any) -> Window | None:
        """Return the window that a position is in, of a list that is read in windows."""
        return window_at(self.part, self.query, self.native, position, today())


def choose_list(mapping: Mapping, asked: Asked) -> Listed:
    """Return the list call for a query; of one with several in `from`, the named one or the first.

    Raises:
        ValidationFailed: It lists the children of each parent, and no parent is given.
    """
    query = query_from_object(asked.given, mapping.model)
    plan = mapping.list_for(query)
    parts = mapping.list_calls.chained(plan.operation)
    part = next((one for one in parts if one.call.name == asked.call), parts[0])
    native = plan.native
    if part.parents is not None:
        if asked.parent is None:
            raise ValidationFailed(f"the list is made for each of {part.parents.model}: give the id of one as its parent")
        own = Filter(field=part.parent or "", value=asked.parent)
        query = msgspec.structs.replace(query, filters=(*query.filters, own))
        native |= {own.parameter}
    return Listed(part=part, query=query, native=native, remaining=plan.remaining)


def list_warnings(mapping: Mapping, asked: Asked) -> list[tuple[str, str]]:
    """Return code and message of what is said about the whole list: that its windows end, and what its calls warn of."""
    query = query_from_object(asked.given, mapping.model)
    operation = mapping.list_for(query).operation
    root = query.root(query.requested())
    said: list[tuple[str, str]] = []
    for one in {str(one.place): one for one in (operation, *mapping.list_calls.chained(operation))}.values():
        if one.windows is not None and (text := one.windows.beyond(query, today(), frozenset())):
            said.append(("outside_window", text))
        said += one.notices(root, {**asked.bindings(), "query": root})
    return said


def as_list(mapping: Mapping, asked: Asked) -> Asked:
    """Return the list in which a get with `from: list` searches for the record."""
    parts = {} if asked.id is None else mapping.id_values(asked.id)
    conditions = {
        name: part for name, part in parts.items() if f"filter.{name}" in mapping.list_calls.native_filters and name != "id"
    }
    given = {**asked.given, "limit": MAX_LIMIT, "include_deleted": True, "filter": conditions}
    return msgspec.structs.replace(asked, method="list", id=None, given=given)


def _list(mapping: Mapping, asked: Asked) -> Iterator[BuiltRequest]:
    chosen = choose_list(mapping, asked)
    request = list_request(
        mapping,
        chosen.part,
        chosen.query,
        asked.bindings(),
        native=chosen.native,
        remaining=chosen.remaining,
        position=asked.position,
    )
    yield BuiltRequest(operation=chosen.part, request=request)


def _get(mapping: Mapping, asked: Asked) -> Iterator[BuiltRequest]:
    operation = find_operation(mapping, asked)
    if operation.call.from_list:
        yield from _list(mapping, as_list(mapping, asked))
        return
    query = query_from_object(asked.given, mapping.model)
    parts = mapping.id_values(asked.id)
    yield BuiltRequest(operation=operation, request=get_request(mapping, parts, query, asked.bindings(), operation))


def _fields(mapping: Mapping, asked: Asked) -> Iterator[BuiltRequest]:
    operation = find_operation(mapping, asked)
    mapping.check_path(asked.given)
    bindings = {**asked.bindings(), "query": asked.given}
    yield BuiltRequest(operation=operation, request=operation.request(asked.given, bindings, asked.given))


def _write(mapping: Mapping, asked: Asked) -> Iterator[BuiltRequest]:
    write = _prepared(mapping, asked)
    if write.operation.by is not None:
        require_key(mapping.model, write.operation.by, asked.given)
    check_body(mapping, write)
    request = own_request(mapping, write, write.bindings)
    if request is not None:
        yield BuiltRequest(operation=write.operation, request=request)
    new_id = {} if asked.answer is None or asked.new_id is None else mapping.id_values(asked.new_id)
    query = {"query": {**write.common, **write.values, **new_id}}
    answer = {} if asked.answer is None else {"answer": asked.answer.body}
    for step in _steps(mapping, write.operation, asked):
        for one in step_requests(step, write.common, {**write.bindings, **query, **answer}, {**write.path_values, **new_id}):
            yield BuiltRequest(operation=step, request=one)


def _prepared(mapping: Mapping, asked: Asked) -> PreparedWrite:
    values = {} if asked.id is None else mapping.id_values(asked.id)
    return prepare_write(mapping, asked.method, asked.given, asked.bindings(), values)


def _steps(mapping: Mapping, operation: Operation, asked: Asked) -> tuple[Operation, ...]:
    """Return the calls of `after` that can be built: without what the provider answers, those that do not need it."""
    ready, waiting = split_after(operation, mapping.write_calls.id_names(is_new=asked.method in MAKING))
    return ready if asked.answer is None else (*ready, *waiting)


def missing_reads(mapping: Mapping, asked: Asked) -> tuple[BuiltRequest, ...]:
    """Return the `before` calls whose results are read and not given, each as it would be sent."""
    first = find_operation(mapping, asked)
    calls = {name: one for step in (first, *first.after) for name, one in step.before.items() if name not in asked.before}
    awaited: dict[str, Any] = {name: Awaited() for name in calls}
    waiting = msgspec.structs.replace(asked, before={**awaited, **asked.before})
    root = _root(mapping, asked)
    bindings = {**waiting.bindings(), "query": root}
    with suppress(UnifiedError):  # for want of a result
        build_requests(mapping, waiting)
    found: list[BuiltRequest] = []
    for name, before in reversed(calls.items()):
        if awaited[name].is_read and before.matches(root, bindings):
            request = before.request(root, bindings, {**root, **list_values(root)})
            found.append(BuiltRequest(operation=before, request=request))
    return tuple(reversed(found))


def following(mapping: Mapping, asked: Asked) -> tuple[str, ...]:
    """Return, as sentences, the calls that would follow an answer: for the fields that are asked for, or after a write."""
    operation = find_operation(mapping, asked)
    if operation.after:
        waiting = split_after(operation, mapping.write_calls.id_names(is_new=asked.method in MAKING))[1]
        return tuple(f"Then, once the answer has arrived: {one.call.request}" for one in waiting if asked.answer is None)
    if not (operation.per_page or operation.per_record):
        return ()
    query = query_from_object(asked.given, mapping.model)
    read = mapping.shape(operation, query).variables() - asked.before.keys()
    page = (f"Then, once a page, for `${name}`: {one.call.request}" for name, one in operation.per_page.items() if name in read)
    each = (
        f"Then, for each record, for `${name}`: {one.call.request}"
        for name, one in operation.per_record.items()
        if name in read
    )
    return (*page, *each)


def tested_here(mapping: Mapping, asked: Asked) -> tuple[str, ...]:
    """Return the conditions of a list that the provider does not apply, as the caller writes them."""
    if asked.method != "list":
        return ()
    chosen = choose_list(mapping, asked)
    return tuple(shown_parameter(name) for name in sorted(chosen.remaining - chosen.native))


def _root(mapping: Mapping, asked: Asked) -> dict[str, Any]:
    """Return the common query or body as expressions see it, with the parts of the id."""
    if asked.method == "list":
        return query_from_object(asked.given, mapping.model).root()
    if asked.method == "get":
        parts = {} if asked.id is None else mapping.id_values(asked.id)
        return {**query_from_object(asked.given, mapping.model).root(), **parts}
    return asked.values(mapping)
