"""Boxes to tick, and choosing among accounts or servers, however many there are: a few at once, searched and paged.

The name of a box is the prefix of its list and a value, such as `account.acc_…`.

What was ticked stays on the form while other entries are searched. Without scripts, searching and paging submit the form, which
then creates nothing (`is_looking`); with scripts, choose.js fetches the page with the text and copies its list.
"""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from unified.store.queries.pages import Page

PAGE_SIZE = 50
"""Maximum number of entries that are offered at once, besides the chosen ones."""
SEARCH, SHOWN, LOOK = "q", "shown", "look"
"""Fields of a form: the text to search, the text for which its list was made, and the buttons that look, with a cursor."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One box to tick."""

    name: str
    title: str
    note: str = ""
    is_chosen: bool


def choice(name: str, title: str, fields: Mapping[str, str], *, note: str = "") -> Choice:
    """Return a box, ticked if the form had it ticked."""
    return Choice(name=name, title=title, note=note, is_chosen=name in fields)


def ticked(fields: Mapping[str, str], prefix: str) -> tuple[str, ...]:
    """Return the values of the list with this prefix that were ticked."""
    return tuple(name.removeprefix(prefix) for name in fields if name.startswith(prefix))


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One entry to choose."""

    id: str
    title: str
    note: str = ""


Find = Callable[[str, str], Awaitable[Page[Option]]]
"""Returns the page of the entries that contain a text, after a cursor; both may be empty."""
Named = Callable[[tuple[str, ...]], Awaitable[dict[str, Option]]]
"""Returns entries by their ids; those that do not exist for the caller are left out."""


class Chooser(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a list that a form shows."""

    choices: tuple[Choice, ...]
    """The chosen entries, then those that the text finds."""
    found: int
    text: str
    cursor: str
    next_cursor: str | None
    can_search: bool
    """Whether there are more entries than one page has."""


def is_looking(fields: Mapping[str, str]) -> bool:
    """Return whether a form was sent to see other entries, by a button, or by pressing Enter after typing a text."""
    return LOOK in fields or fields.get(SEARCH, "").strip() != fields.get(SHOWN, "").strip()


async def chooser(prefix: str, fields: Mapping[str, str], find: Find, named: Named) -> Chooser:
    """Return the list of a form, in which the chosen entries come first.

    Args:
        prefix: of the names of the boxes.
        fields: the form as it was sent, or what is chosen at first.
        find: finds entries by a text.
        named: finds entries by their ids.
    """
    text = fields.get(SEARCH, "").strip()
    cursor = fields.get(LOOK, "") if fields.get(SHOWN, "").strip() == text else ""
    page = await find(text, cursor)
    ids = ticked(fields, prefix)
    known = await named(ids)
    chosen = [_choice(prefix, known.get(one, Option(id=one, title=one)), is_chosen=True) for one in ids]
    offered = [_choice(prefix, one, is_chosen=False) for one in page.items if one.id not in ids]
    return Chooser(
        choices=(*chosen, *offered),
        found=len(page.items),
        text=text,
        cursor=cursor,
        next_cursor=page.next_cursor,
        can_search=bool(text or cursor or page.next_cursor),
    )


def _choice(prefix: str, option: Option, *, is_chosen: bool) -> Choice:
    return Choice(name=prefix + option.id, title=option.title, note=option.note, is_chosen=is_chosen)


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """One entry to filter a list by: all of them in a menu, or a search if there are too many for one."""

    name: str
    options: tuple[Option, ...] | None
    """For a menu, including the selected one; None if there are too many."""
    value: str
    """The id that is selected; empty for none."""
    text: str
    """The texts of a search field."""
    matches: tuple[Option, ...] = ()
    """Entries that a text found, of which the person chooses one."""
    has_more: bool = False
    """Whether the text finds more than `matches`."""


async def list_filter(name: str, asked: str, find: Find, named: Named) -> Filter:
    """Return a filter, selected by an id or by a text that exactly one entry contains.

    Args:
        name: the field's name in the address.
        asked: its value there: an id, or a text to search.
        find: finds entries by a text.
        named: finds entries by their ids.
    """
    first = await find("", "")
    known = {one.id: one for one in first.items} | await named((asked,) if asked else ())
    if first.next_cursor is None:
        options = sorted(first.items, key=lambda one: one.title.casefold())
        is_listed = not asked or any(one.id == asked for one in options)
        extra = () if is_listed else (known.get(asked, Option(id=asked, title=asked)),)
        return Filter(name=name, options=(*options, *extra), value=asked, text="")
    if not asked or asked in known:
        return Filter(name=name, options=None, value=asked, text=known[asked].title if asked else "")
    page = await find(asked, "")
    if len(page.items) == 1:
        return Filter(name=name, options=None, value=page.items[0].id, text=page.items[0].title)
    return Filter(name=name, options=None, value=asked, text=asked, matches=page.items, has_more=page.next_cursor is not None)
