"""Warnings about a whole list, as a list call declares them."""

from collections.abc import Callable

import msgspec

from unified.catalog.files.source import DocumentPath
from unified.catalog.mapping import Call
from unified_jsonata import Expression


class ListNotice(msgspec.Struct, frozen=True, kw_only=True):
    """One of them, compiled."""

    code: str
    when: Expression | None
    """Whether it holds for a common query; always, without it."""
    message: str


def notices_of(
    call: Call, place: DocumentPath, compiled: Callable[[DocumentPath, str | None], Expression | None]
) -> tuple[ListNotice, ...]:
    """Return the warnings of a list call; `compiled` parses their conditions.

    Raises:
        CatalogError: A condition is not valid JSONata.
    """
    return tuple(
        ListNotice(code=row.code, when=compiled((*place, "warnings", index, "when"), row.when), message=row.message)
        for index, row in enumerate(call.warnings)
    )
