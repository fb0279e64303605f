"""The ids that records of a list name, by which other records are placed."""

import msgspec

from unified.errors.requests import UnsupportedFilter
from unified.service.records.calls.call import Call
from unified.service.records.reading.listing import list_records, next_cursor
from unified.transform.queries.query import MAX_LIMIT, Query

MAX_ANSWERS = 5
"""Answers of the list that are read, each within the usual bounds."""


async def ids_named(call: Call, field: str) -> frozenset[str]:
    """Return the ids in one field of all records of a list.

    Raises:
        UnsupportedFilter: there are more records than are read for one answer.
    """
    ids: set[str] = set()
    query = Query(fields=("id", field), limit=MAX_LIMIT)
    for _ in range(MAX_ANSWERS):
        page = await list_records(call, query)
        for record in page.data:
            value = record.get(field)
            ids |= {one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)}
        cursor = next_cursor(call, page)
        if cursor is None:
            return frozenset(ids)
        query = msgspec.structs.replace(query, cursor=cursor)
    raise UnsupportedFilter(
        f"the key's scope has conditions on {call.mapping.model.id}, of which there are more than are read for one answer "
        f"({MAX_ANSWERS * MAX_LIMIT} records at most): a narrower condition is needed"
    )
