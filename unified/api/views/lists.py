"""One page of a list as responses show it."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import msgspec

from unified.store.pages import Page

View = TypeVar("View")


class ListView(msgspec.Struct, Generic[View], frozen=True, kw_only=True):
    """One page of a list."""

    data: list[View]
    """The entries of this page."""
    next_cursor: str | None
    """Send it back as `cursor` for the next page; null on the last one."""


def list_view(views: Iterable[View]) -> ListView[View]:
    """Return a list that has one page only."""
    return ListView(data=list(views), next_cursor=None)


def page_view(page: Page[Any], to_view: Callable[[Any], View]) -> ListView[View]:
    """Return one page of rows, each as its view."""
    return ListView(data=[to_view(row) for row in page.items], next_cursor=page.next_cursor)
