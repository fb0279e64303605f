"""Lists children that a provider has only below their parents: `parents` names the model that is listed first.

A position has three parts: the place in the list of parents, the number of the parent on that page, and the place in the list
of its children.
"""

from datetime import date
from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer
from unified.errors.providers import ProviderMalformed
from unified.errors.requests import InvalidCursor, InvalidId, NotFound
from unified.service.records.calls.call import Call
from unified.transform.calls.list_calls import ListPlan
from unified.transform.calls.list_positions import window_at
from unified.transform.calls.operation import Operation
from unified.transform.queries.query import Filter, Query
from unified.transform.queries.windows import Window
from unified.transform.requests import list_request

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
    """The id of the parent: another one may be at its index when the list continues."""
    seen: int = 0
    """Rows of its children that were read so far."""

    def at(self, ids: tuple[str, ...]) -> "Place":
        """Return the place among the parents as they are now; one that is gone is passed over."""
        if self.parent is None or (self.index < len(ids) and ids[self.index] == self.parent):
            return self
        if self.parent in ids:
            return msgspec.structs.replace(self, index=ids.index(self.parent))
        return msgspec.structs.replace(self, children=None, seen=0)


class Parents(msgspec.Struct, frozen=True, kw_only=True):
    """One page of parents: their ids, and where the list of parents continues."""

    ids: tuple[str, ...]
    following: Any
    """A position in their list, as plain data; None at its end."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Which parent's children are read next."""

    model: str
    """The model of the parents."""
    parents: Parents
    """The page of them."""
    place: Place
    day: date
    """The day on which the list began."""


def opened(token: Any) -> Place:
    """Return the place that a cursor holds; the first one without a cursor."""
    if token is None:
        return Place()
    try:
        return msgspec.convert(token, Place)
    except msgspec.ValidationError:
        raise InvalidCursor("cursor: the mapping has changed since; start again without a cursor") from None


class Children(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the children of one parent; without a parent, nothing."""

    bindings: dict[str, Any]
    answer: ProviderAnswer
    items: list[Any] = []
    rows: list[Any] = []
    window: Window | None = None


async def read_children(call: Call, part: Operation, query: Query, plan: ListPlan, at: Turn) -> Children:
    """Return a page of children of the parent that is next."""
    parents, place = at.parents, at.place.at(at.parents.ids)
    nothing = Children(bindings=call.bindings({}), answer=NOTHING)
    if place.index >= len(parents.ids):
        return nothing
    parent = parents.ids[place.index]
    if not await call.visibility.is_inside(at.model, parent):
        return nothing  # records of this parent do not affect this answer
    own = Filter(field=part.parent or "", value=parent)
    asked = msgspec.structs.replace(query, filters=(*query.filters, own))
    native = plan.native | {own.parameter}
    window = window_at(part, asked, native, place.children, at.day)
    if part.windows is not None and window is None:
        return nothing
    bindings = call.bindings(asked.root([*native, "include_deleted"]))
    try:
        request = list_request(
            call.mapping, part, asked, bindings, native=native, remaining=plan.remaining, position=place.children, day=at.day
        )
        answer = await call.send(request, part, safe=True)
    except InvalidId as problem:
        raise ProviderMalformed(f"{part.where}: the id of a parent cannot be part of a path: {problem.detail}") from None
    except NotFound:  # deleted since it was listed
        return nothing
    items, rows = await call.aside(answer, part.page, answer, bindings)
    return Children(bindings=bindings, answer=answer, items=items, rows=rows, window=window)


def after_children(at: Place, parents: Parents, following: Any, rows: int) -> Place | None:
    """Return the place after a page with this many rows, of which `following` is the next one of the same parent."""
    at = at.at(parents.ids)
    if following is not None:
        return msgspec.structs.replace(at, children=following, parent=parents.ids[at.index], seen=at.seen + rows)
    if at.index + 1 < len(parents.ids):
        return Place(parents=at.parents, index=at.index + 1, parent=parents.ids[at.index + 1])
    return None if parents.following is None else Place(parents=parents.following)
