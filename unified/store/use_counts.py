"""How much keys and MCP servers with limits did: one counter for each limit, in the database, so that all workers share it.

A request adds to all of its counters in one transaction, or to none: so the counts are exact, with and without Redis, and
survive a restart. A counter holds ids and numbers only; its period begins again in the same row.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

import sqlalchemy as sa

from unified.store.deliveries import Event, enqueue
from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.engine import Database, insert_or_update
from unified.store.engine.tables import USE_COUNTS

_KEY = ("tenant_id", "owner", "counted", "period")


class Addition(Protocol):
    """An amount to add to one counter."""

    @property
    def owner(self) -> str:
        """The id of the key or server."""

    @property
    def counted(self) -> str:
        """The kind of use that is counted, such as `calls`."""

    @property
    def period(self) -> str:
        """For how long."""

    @property
    def number(self) -> int:
        """The number of the present period."""

    @property
    def quota(self) -> int:
        """The most that the counter may reach."""

    @property
    def amount(self) -> int:
        """How much is added."""


class _Full(Exception):
    """A counter has no room; what was added to the others is taken back."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


async def add(
    database: Database, tenant_id: str, additions: Sequence[Addition], event_of: Callable[[int], Event]
) -> int | None:
    """Add to all counters, or to none if one has no room: then return its place among the additions.

    The first refusal by a counter in a period is reported by the event that `event_of` makes of its place.
    """
    try:
        async with database.write() as connection:
            await _add_all(connection, tenant_id, additions)
    except _Full as full:
        await _report(database, tenant_id, additions[full.place], event_of(full.place))
        return full.place
    return None


Counts = dict[tuple[str, str, str], tuple[int, int]]
"""(owner, counted, period) → the number of the period, and the count in it."""


async def of_owners(database: Database, tenant_id: str, owners: Collection[str]) -> Counts:
    """Return the counters of some keys and servers."""
    columns = USE_COUNTS.c
    query = sa.select(columns.owner, columns.counted, columns.period, columns.number, columns.count)
    async with database.read() as connection:
        rows = await connection.execute(query.where(columns.tenant_id == tenant_id, columns.owner.in_(owners)))
        return {(owner, counted, period): (number, count) for owner, counted, period, number, count in rows}


def counted_in(counts: Counts, one: Addition) -> int:
    """Return the count in the period of an addition, as `add` would find it."""
    number, count = counts.get((one.owner, one.counted, one.period), (one.number, 0))
    return count if number in _numbers(one) else 0


async def _add_all(connection: AsyncConnection, tenant_id: str, additions: Sequence[Addition]) -> None:
    for place, one in enumerate(additions):
        if not await _add(connection, tenant_id, one):
            raise _Full(place)


async def _add(connection: AsyncConnection, tenant_id: str, one: Addition) -> bool:
    """Add to a counter; return whether it had room."""
    if one.amount > one.quota:
        return False
    columns = USE_COUNTS.c
    is_same = columns.number.in_(_numbers(one))
    count = sa.case((is_same, columns.count), else_=0) + one.amount
    values = {**_place(tenant_id, one), "number": one.number, "count": one.amount}
    query = insert_or_update(connection, USE_COUNTS).values(values)
    number = sa.case((is_same, columns.number), else_=one.number)
    query = query.on_conflict_do_update(
        index_elements=_KEY, set_={"number": number, "count": count}, where=count <= one.quota
    ).returning(columns.count)
    return (await connection.execute(query)).first() is not None


async def _report(database: Database, tenant_id: str, one: Addition, event: Event) -> None:
    """Report that a counter is full, once in its period."""
    own = [USE_COUNTS.c[name] == value for name, value in _place(tenant_id, one).items()]
    unreported = sa.or_(USE_COUNTS.c.reported.is_(None), USE_COUNTS.c.reported != one.number)
    query = sa.update(USE_COUNTS).where(*own, unreported).values(reported=one.number)
    async with database.write() as connection:
        if (await connection.execute(query)).rowcount:
            await enqueue(database, connection, tenant_id, event)


def _numbers(one: Addition) -> tuple[int, int]:
    """Return the numbers that are the present period: also the next one, of a worker whose clock is a little ahead.

    Not those of a clock that is far ahead, which would hold the counter up.
    """
    return one.number, one.number + 1


def _place(tenant_id: str, one: Addition) -> dict[str, str]:
    return {"tenant_id": tenant_id, "owner": one.owner, "counted": one.counted, "period": one.period}
