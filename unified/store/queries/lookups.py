"""Single rows by their key, as each request needs them: one step to the driver, and what stays the same is checked once."""

from typing import Generic

import sqlalchemy as sa

from unified.store.engine.engine import Database
from unified.store.engine.stored_values import RowT
from unified.store.integrity.guarded import checked, guarded_table, raw_columns


class Lookup(Generic[RowT]):
    """A query for one row of a guarded table by tenant and id, which is written once."""

    def __init__(self, table: sa.Table, row: type[RowT]) -> None:
        self.guarded = guarded_table(table)
        self.row = row
        columns = raw_columns(self.guarded, row.__struct_fields__)
        self.names = tuple(str(one.name) for one in columns)
        owned = table.c.tenant_id == sa.bindparam("tenant_id")
        self.query = sa.select(*columns).where(owned, table.c.id == sa.bindparam("row_id"))


async def look_up(database: Database, lookup: Lookup[RowT], tenant_id: str, row_id: str) -> RowT | None:
    """Return the tenant's row with an id; None if there is none, or its MAC is invalid.

    A row with unchanged stored values is returned again as it was made, without another check of its MAC.
    """
    place = (lookup.guarded.table.name, tenant_id, row_id)
    stored = await database.first(lookup.query, {"tenant_id": tenant_id, "row_id": row_id})
    if stored is None:
        database.known.drop(place)
        return None
    known = database.known.find(place, stored)
    if known is not None:
        return known  # type: ignore[no-any-return]  # the place names the table, and with it the kind of row
    found = checked(database.guard, lookup.guarded, dict(zip(lookup.names, stored, strict=True)), lookup.row)
    if found is None:
        database.known.drop(place)
    else:
        database.known.keep(place, stored, found)
    return found
