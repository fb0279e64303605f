"""Lists of children that a provider has only below their parents: `over` lists the parents, and then those of each.

A position has three parts: the place in the list of parents, the number of the parent on that page, and the place in the list
of its children.
"""

from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer
from unified.errors.providers import ProviderMalformed
from unified.errors.requests import InvalidCursor, InvalidId, NotFound
from unified.service.records.call import Call
from unified.service.records.mapping_lookup import mapping_for
from unified.transform.list_calls import ListPlan
from unified.transform.operation import Operation
from unified.transform.pagination import PageSeen, advance, page_size
from unified.transform.query import Filter, Query
from unified.transform.requests import list_request
from unified.transform.rows import rows_in

MAX_PARENTS = 100
"""Parents that are listed at a time."""
NOTHING = ProviderAnswer(status=200, headers={}, body=None)
"""The answer about the children of no parent."""


class Place(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A place in the children of all parents."""

    parents: Any = None
    index: int = 0
    children: Any = None
    parent: str | None = None
    """The id of the parent: another one may be at its index when the list goes on."""

    def at(self, ids: tuple[str, ...]) -> "Place":
        """Return the place among the parents as they are now; one that is gone is passed over."""
        if self.parent is None or (self.index < len(ids) and ids[self.index] == self.parent):
            return self
        if self.parent in ids:
            return msgspec.structs.replace(self, index=ids.index(self.parent))
        return msgspec.structs.replace(self, children=None)


class Parents(msgspec.Struct, frozen=True, kw_only=True):
    """One page of parents: their ids, and where the list of parents goes on."""

    ids: tuple[str, ...]
    following: Any


def opened(token: Any) -> Place:
    """Return the place that a cursor holds; the first one without a cursor."""
    if token is None:
        return Place()
    try:
        return msgspec.convert(token, Place)
    except msgspec.ValidationError:
        raise InvalidCursor("cursor: the mapping has changed since; start again without a cursor") from None


async def list_parents(call: Call, operation: Operation, token: Any) -> Parents:
    """Return the ids of a page of parents, read from the provider.

    Raises:
        NotSupported: The provider does not list them.
        UnifiedError: It refused.
    """
    mapping = mapping_for(call.services.catalog, call.account.provider, operation.call.over or "")
    query = Query(fields=("id",), limit=MAX_PARENTS)
    plan = mapping.list_for(query)
    part = mapping.chained(plan.operation)[0]
    bindings = call.bindings({})
    request = list_request(mapping, part, query, bindings, native=plan.native, position=token)
    answer = await call.send(request, part, safe=True)
    items = part.objects(answer, bindings)
    records = mapping.shape(part, query).mapper(bindings, country=call.country)(items)
    rows = rows_in(answer.body, part.items) or items
    size = page_size(part.pages.rules, MAX_PARENTS)
    following = advance(part.pages, PageSeen(answer=answer, rows=rows, position=token, size=size))
    return Parents(ids=tuple(one["id"] for one in records), following=following)


class Children(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the children of one parent; without a parent, nothing."""

    parents: Parents
    bindings: dict[str, Any]
    answer: ProviderAnswer
    items: list[Any] = []
    rows: list[Any] = []


async def read_children(  # noqa: PLR0917 - what one page is made of
    call: Call, part: Operation, query: Query, plan: ListPlan, token: Any, known: dict[str, Parents]
) -> Children:
    """Return a page of children; `known` are the pages of parents that were listed for the same answer."""
    place = opened(token)
    key = str(msgspec.to_builtins(place.parents))
    parents = known[key] = known.get(key) or await list_parents(call, part, place.parents)
    nothing = Children(parents=parents, bindings=call.bindings({}), answer=NOTHING)
    place = place.at(parents.ids)
    if place.index >= len(parents.ids):
        return nothing
    parent = parents.ids[place.index]
    if not await call.visibility.is_inside(part.call.over or "", parent):
        return nothing  # whatever is there decides nothing of this answer
    own = Filter(field=part.parent or "", value=parent)
    asked = msgspec.structs.replace(query, filters=(*query.filters, own))
    native = (*plan.native, own.parameter)
    bindings = call.bindings(asked.root([*native, "include_deleted"]))
    try:
        request = list_request(
            call.mapping, part, asked, bindings, native=native, remaining=plan.remaining, position=place.children
        )
        answer = await call.send(request, part, safe=True)
    except InvalidId as problem:
        raise ProviderMalformed(f"{part.where}: the id of a parent cannot be part of a path: {problem.detail}") from None
    except NotFound:  # deleted since it was listed
        return nothing
    items = part.objects(answer, bindings)
    return Children(
        parents=parents, bindings=bindings, answer=answer, items=items, rows=rows_in(answer.body, part.items) or items
    )


def after_children(at: Place, parents: Parents, following: Any) -> Place | None:
    """Return the place after a page of children, of which `following` is the next one of the same parent."""
    at = at.at(parents.ids)
    if following is not None:
        return msgspec.structs.replace(at, children=following, parent=parents.ids[at.index])
    if at.index + 1 < len(parents.ids):
        return Place(parents=at.parents, index=at.index + 1, parent=parents.ids[at.index + 1])
    return None if parents.following is None else Place(parents=parents.following)
