"""One page of a list, as the service sends it."""

from typing import Any, Generic, TypeVar

import msgspec

from unified_client._calls import Call
from unified_client._problems import local_problem
from unified_client.errors import UnreadableAnswer

T = TypeVar("T")


class Warned(msgspec.Struct, frozen=True):
    """What a list says about itself, such as that Unified filtered the records."""

    code: str = ""
    message: str = ""


class Meta(msgspec.Struct, frozen=True):
    """Where a page of records is from."""

    provider: str = ""
    model: str = ""
    warnings: list[Warned] = []


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list."""

    data: list[T]
    next_cursor: str | None = None
    """For the next page; None on the last one. A page may be empty and still have it."""
    meta: Meta = Meta()


def next_call(call: Call[Page[T]], page: Page[T]) -> Call[Page[T]] | None:
    """Return the call of the next page, or None. Raises UnreadableAnswer if a page leads to itself."""
    if page.next_cursor is None:
        return None
    if page.next_cursor == call.query.get("cursor"):
        detail = "the list does not end: a page names itself as the next one"
        raise UnreadableAnswer(local_problem("unreadable_answer", detail))
    query: dict[str, Any] = {**call.query, "cursor": page.next_cursor}
    return msgspec.structs.replace(call, query=query)
