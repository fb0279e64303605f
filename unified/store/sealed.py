"""Every column that holds sealed text, and what rotating the keys does with them.

`SEALED` is the table: a new sealed column is one row of it. The queries go over all tenants, for the command line and the
start only; a text is replaced only while it is still the one that was read, so that a refresh or an edit that came
between is never written over, and nothing else of a row changes.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from unified.store.engine import Database
from unified.store.tables import ACCOUNTS, APPROVALS, CONNECT_LINKS, OAUTH_APPS, WEBHOOKS

FORM = "v1."
"""How sealed text begins, before the key's id and a dot."""
Context = tuple[str, ...]


class SealedColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column of sealed text."""

    table: sa.Table
    column: str
    place: str = ""
    """The column that the context names, when it is another: a text keeps its context when it moves within a row."""
    id: str = "id"
    """The column that names the row within its tenant."""
    lost: Literal["mark", "clear", "delete"]
    """What becomes of a row whose key is lost for good: its account is marked, the column cleared, or the row deleted."""

    @property
    def name(self) -> str:
        """`table.column`."""
        return f"{self.table.name}.{self.column}"

    @property
    def text(self) -> sa.Column[Any]:
        """The column itself."""
        return self.table.c[self.column]

    def context(self, tenant_id: str, row_id: str) -> Context:
        """What the text was sealed for."""
        return (self.table.name, self.place or self.column, tenant_id, row_id)

    def row(self, tenant_id: str, row_id: str) -> sa.ColumnElement[bool]:
        """The condition that finds one row."""
        return sa.and_(self.table.c.tenant_id == tenant_id, self.table.c[self.id] == row_id)


SEALED: tuple[SealedColumn, ...] = (
    SealedColumn(table=ACCOUNTS, column="credentials", lost="mark"),
    SealedColumn(table=OAUTH_APPS, column="client", id="provider", lost="delete"),
    SealedColumn(table=CONNECT_LINKS, column="attempt", lost="clear"),
    SealedColumn(table=APPROVALS, column="payload", lost="clear"),
    SealedColumn(table=WEBHOOKS, column="secret", lost="delete"),
    SealedColumn(table=WEBHOOKS, column="previous_secret", place="secret", lost="clear"),
)


class SealedText(msgspec.Struct, frozen=True, kw_only=True):
    """One sealed text with the row that it stands in."""

    tenant_id: str
    row_id: str
    text: str


class Resealed(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed text and the one that shall stand in its place."""

    old: SealedText
    text: str


async def count_by_key(database: Database, column: SealedColumn, kids: Sequence[str]) -> dict[str, int]:
    """How many texts each of the keys sealed; those of other keys, or of no known form, are counted under ''."""
    kid = sa.case(*((sealed_by(column, one), one) for one in kids), else_="")
    query = sa.select(kid.label("kid"), sa.func.count().label("rows")).where(column.text.is_not(None)).group_by(kid)
    async with database.read() as connection:
        return {row.kid: row.rows for row in await connection.execute(query)}


async def find_other(database: Database, column: SealedColumn, kids: Sequence[str], *, well_formed: bool = True) -> str | None:
    """One text that none of the keys sealed; with `well_formed`, only one that names its key."""
    query = sa.select(column.text).where(column.text.is_not(None), *(~sealed_by(column, one) for one in kids)).limit(1)
    if well_formed:
        query = query.where(column.text.like(f"{FORM}%.%.%"))
    async with database.read() as connection:
        found: str | None = (await connection.execute(query)).scalar()
    return found


async def list_texts(
    database: Database, column: SealedColumn, *, current: str, after: SealedText | None, limit: int
) -> list[SealedText]:
    """The next texts, in the order of their rows, that another key than the current one sealed."""
    table, row_id = column.table, column.table.c[column.id]
    query = sa.select(table.c.tenant_id, row_id.label("row_id"), column.text.label("text"))
    query = query.where(column.text.is_not(None), ~sealed_by(column, current))
    if after is not None:
        query = query.where(sa.tuple_(table.c.tenant_id, row_id) > sa.tuple_(after.tenant_id, after.row_id))
    async with database.read() as connection:
        found = await connection.execute(query.order_by(table.c.tenant_id, row_id).limit(limit))
        return [SealedText(**row) for row in found.mappings()]


async def replace_texts(database: Database, column: SealedColumn, texts: Sequence[Resealed]) -> int:
    """Put new texts in the place of the old ones, in one transaction; how many old ones still stood there."""
    replaced = 0
    async with database.write() as connection:
        for one in texts:
            same = sa.and_(column.row(one.old.tenant_id, one.old.row_id), column.text == one.old.text)
            query = sa.update(column.table).where(same).values({column.column: one.text})
            replaced += (await connection.execute(query)).rowcount
    return replaced


async def give_up(database: Database, column: SealedColumn, kid: str) -> int:
    """Clear the column, or delete the rows, where a lost key sealed it; how many rows there were."""
    lost = sa.delete(column.table) if column.lost == "delete" else sa.update(column.table).values({column.column: None})
    async with database.write() as connection:
        return (await connection.execute(lost.where(sealed_by(column, kid)))).rowcount


def sealed_by(column: SealedColumn, kid: str) -> sa.ColumnElement[bool]:
    """The condition that a key sealed the column; compared by its beginning, not with LIKE: `_` may stand in a key's id."""
    start = f"{FORM}{kid}."
    return sa.func.substr(column.text, 1, len(start)) == start
