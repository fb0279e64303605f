"""Defines the selection of a query: a condition over stored records, and an order."""

from collections.abc import Callable

import msgspec

from unified_sandbox.messages import Record


class BadQuery(ValueError):
    """A query that its language does not allow; the text says what was expected."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """A condition and an order; `order` names fields, with `-` in front for descending.

    The condition raises BadQuery about a field that a record does not have. `arrange` is for languages with an order, or a
    part of what is found; `columns` are the fields that are wanted.
    """

    where: Callable[[Record], bool]
    order: tuple[str, ...] = ()
    arrange: Callable[[list[Record]], list[Record]] = list
    """Puts the selected records in order, where it is not that of fields alone, or takes a part of them."""
    columns: tuple[str, ...] = ()


EVERYTHING = Selection(where=lambda _record: True)
"""The selection where no language is used."""
