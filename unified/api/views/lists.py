"""Rows, and pages of them, as responses show them."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from unified.store.queries.pages import Page
from unified.text.formatting_times import time_text

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


def view_of(view: type[View], row: object, **values: Any) -> View:
    """Return a row as a view of it: fields with the names of its columns, times as text, and `values` for the others.

    Raises:
        AttributeError: a field of the view is neither a column nor among the values.
    """
    names = [one.name for one in msgspec.structs.fields(view) if one.name not in values]  # type: ignore[arg-type]
    return view(**{name: _shown(getattr(row, name)) for name in names}, **values)


def _shown(value: object) -> object:
    return time_text(value) if isinstance(value, datetime) else value
