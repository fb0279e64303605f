"""All objects of a list that the provider divides into pages, within a bound: for `before` calls and field definitions."""

from collections.abc import Awaitable, Callable
from typing import Any

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.service.records.calls.call import Call
from unified.transform.calls.operation import Operation
from unified.transform.queries.pagination import COUNTED, PageSeen, advance, counting_size, page_size, put_page

MAX_PAGES = 20
"""Pages of one such list; with the calls around it, they stay within the time of a request."""
MAX_SIZE = 200
Send = Callable[[ProviderRequest], Awaitable[ProviderAnswer]]


async def read_all_pages(
    call: Call, operation: Operation, request: ProviderRequest, bindings: dict[str, Any], send: Send, *, pages: int = MAX_PAGES
) -> tuple[list[Any], bool]:
    """Return the objects of all pages, and whether these are all that the provider has.

    Raises:
        ProviderMalformed: An answer has no records where the mapping says, or the paging repeats itself.
        UnifiedError: The provider refused.
    """
    rules, position, before, objects = operation.pages.rules, None, 0, list[Any]()
    size = page_size(rules, MAX_SIZE)
    for _ in range(pages):
        is_paged = position is not None or (rules.type or "none") in COUNTED
        answer = await send(put_page(operation.pages, request, position, size) if is_paged else request)
        found, rows = await call.aside(answer, operation.page, answer, bindings)
        objects += found
        seen = PageSeen(answer=answer, rows=rows, position=position, size=size, before=before)
        position, before = advance(operation.pages, seen), before + len(rows)
        size = counting_size(operation.pages, size, len(rows))
        if position is None:
            return objects, True
    return objects, False
