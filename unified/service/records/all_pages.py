"""All objects of a list that the provider divides into pages, within a bound: for `before` calls and field definitions."""

from collections.abc import Awaitable, Callable
from typing import Any

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.transform.operation import Operation
from unified.transform.pagination import PageSeen, advance, page_size, put_page
from unified.transform.rows import rows_in

MAX_PAGES = 20
"""Pages of one such list; with the calls around it, they stay within the time of a request."""
MAX_SIZE = 200
COUNTED = frozenset({"page", "offset", "keyset"})
"""Types of paging with positions in units of the requested size, which is therefore sent with the first page too."""
Send = Callable[[ProviderRequest], Awaitable[ProviderAnswer]]


async def read_all_pages(
    operation: Operation, request: ProviderRequest, bindings: dict[str, Any], send: Send, *, pages: int = MAX_PAGES
) -> tuple[list[Any], bool]:
    """Return the objects of all pages, and whether these are all that the provider has.

    Raises:
        ProviderMalformed: An answer has no records where the mapping says, or the paging repeats itself.
        UnifiedError: The provider refused.
    """
    rules, position, objects = operation.pages.rules, None, list[Any]()
    size = page_size(rules, MAX_SIZE)
    for _ in range(pages):
        is_paged = position is not None or (rules.type or "none") in COUNTED
        answer = await send(put_page(operation.pages, request, position, size) if is_paged else request)
        found = operation.objects(answer, bindings)
        objects += found
        rows = rows_in(answer.body, operation.items) or found
        position = advance(operation.pages, PageSeen(answer=answer, rows=rows, position=position, size=size))
        if position is None:
            return objects, True
    return objects, False
