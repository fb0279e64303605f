"""Boxes to tick: the name of each is the prefix of its list and a value, such as `account.acc_…`."""

from collections.abc import Mapping

import msgspec


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
