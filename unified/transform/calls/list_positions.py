"""The position where a list call continues: the provider's next page, or the next window of a list that is read in windows."""

from datetime import date
from typing import Any

import msgspec

from unified.transform.calls.operation import Operation
from unified.transform.queries.pagination import PageSeen, advance
from unified.transform.queries.query import Query
from unified.transform.queries.windows import Window


def window_at(part: Operation, query: Query, native: frozenset[str], position: Any, day: date) -> Window | None:
    """Return the window of a list call at a position; None for a list without windows, or where no day is wanted.

    Raises:
        InvalidCursor: The mapping has changed since.
    """
    return None if part.windows is None else part.windows.at(query, native, position, day)


def next_page(part: Operation, window: Window | None, seen: PageSeen) -> Any:
    """Return the position of the next page of the same window; None at its end.

    Raises:
        ProviderMalformed: The provider gives no usable position.
    """
    if window is None:
        return advance(part.pages, seen)
    token = advance(part.pages, msgspec.structs.replace(seen, position=window.token))
    return None if token is None else window.at(token)


def next_position(part: Operation, window: Window | None, seen: PageSeen) -> Any:
    """Return the position after a page, in its window or in the next one; None at the end. Raises as `next_page` does."""
    token = next_page(part, window, seen)
    return window.following() if token is None and window is not None else token
