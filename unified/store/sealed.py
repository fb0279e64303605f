"""Every column that holds sealed text, and what rotation of the keys does with it.

`SEALED` is the table: a new sealed column is one row of it. The queries cover all tenants, for the command line and the
start of the service only. A text is replaced only while it is still the one that was read, so that a refresh or an edit
in between is never overwritten, and nothing else of a row changes.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
import sqlalchemy as sa

from unified.store.engine import Database
from unified.store.keyed import SEALED_FORM, KeyedColumn
from unified.store.tables import ACCOUNTS, APPROVALS, CONNECT_LINKS, OAUTH_APPS, SERVICE_KEYS, WEBHOOKS

SealContext = tuple[str, ...]


class SealedColumn(KeyedColumn, frozen=True, kw_only=True):
    """One column of sealed text."""

    form: str = SEALED_FORM
    place: str = ""
    """The column that the context names, if it is another one: a text keeps its context when it moves within a row."""
    lost: Literal["mark", "clear", "delete"]
    """What happens to a row when its key is lost for good: its account is marked, the column cleared, or the row deleted."""

    def context(self, tenant_id: str, row_id: str) -> SealContext:
        """Return the context that the text is sealed for; no other code builds one."""
        return (self.table.name, self.place or self.column, tenant_id, row_id)


CREDENTIALS = SealedColumn(table=ACCOUNTS, column="credentials", lost="mark")
OAUTH_CLIENT = SealedColumn(table=OAUTH_APPS, column="client", id="provider", lost="delete")
ATTEMPT = SealedColumn(table=CONNECT_LINKS, column="attempt", lost="clear")
PAYLOAD = SealedColumn(table=APPROVALS, column="payload", lost="clear")
WEBHOOK_SECRET = SealedColumn(table=WEBHOOKS, column="secret", lost="delete")
PREVIOUS_SECRET = SealedColumn(table=WEBHOOKS, column="previous_secret", place="secret", lost="clear")
SERVICE_KEY = SealedColumn(table=SERVICE_KEYS, column="secret", owner="", lost="delete")
SEALED: tuple[SealedColumn, ...] = (
    CREDENTIALS,
    OAUTH_CLIENT,
    ATTEMPT,
    PAYLOAD,
    WEBHOOK_SECRET,
    PREVIOUS_SECRET,
    SERVICE_KEY,
)


class SealedText(msgspec.Struct, frozen=True, kw_only=True):
    """One sealed text with its row."""

    tenant_id: str
    row_id: str
    text: str


class Resealed(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed text and the one that replaces it."""

    old: SealedText
    text: str


async def count_by_key(database: Database, column: KeyedColumn, kids: Sequence[str]) -> dict[str, int]:
    """Count the texts that each of the keys sealed; those of other keys, or of an unknown form, are counted under ''."""
    kid = sa.case(*((sealed_by(column, one), one) for one in kids), else_="")
    query = sa.select(kid.label("kid"), sa.func.count().label("rows")).where(column.text.is_not(None)).group_by(kid)
    async with database.read() as connection:
        return {row.kid: row.rows for row in await connection.execute(query)}


async def find_other(database: Database, column: KeyedColumn, kids: Sequence[str]) -> str | None:
    """Return a text that names a key, and none of these keys."""
    others = (~sealed_by(column, one) for one in kids)
    query = sa.select(column.text).where(column.text.like(f"{column.form}%.%"), *others).limit(1)
    async with database.read() as connection:
        text: str | None = (await connection.execute(query)).scalar()
    return text


async def list_texts(
    database: Database, column: KeyedColumn, *, current: str, after: SealedText | None, limit: int
) -> list[SealedText]:
    """Return the next texts, in the order of their rows, that another key than the current one sealed."""
    row_id = column.table.c[column.id]
    tenant = column.tenant
    query = sa.select(tenant.label("tenant_id"), row_id.label("row_id"), column.text.label("text"))
    query = query.where(column.text.is_not(None), ~sealed_by(column, current))
    if after is not None:
        query = query.where(sa.tuple_(tenant, row_id) > sa.tuple_(after.tenant_id, after.row_id))
    async with database.read() as connection:
        rows = await connection.execute(query.order_by(tenant, row_id).limit(limit))
        return [SealedText(**row) for row in rows.mappings()]


async def replace_texts(database: Database, column: KeyedColumn, texts: Sequence[Resealed]) -> int:
    """Replace old texts by new ones in one transaction; return how many were still the old ones."""
    replaced = 0
    async with database.write() as connection:
        for one in texts:
            same = sa.and_(column.row(one.old.tenant_id, one.old.row_id), column.text == one.old.text)
            query = sa.update(column.table).where(same).values({column.column: one.text})
            replaced += (await connection.execute(query)).rowcount
    return replaced


async def give_up(database: Database, column: SealedColumn, kid: str) -> int:
    """Clear the column, or delete the rows, where a lost key sealed it; return how many rows there were."""
    lost = sa.delete(column.table) if column.lost == "delete" else sa.update(column.table).values({column.column: None})
    async with database.write() as connection:
        return (await connection.execute(lost.where(sealed_by(column, kid)))).rowcount


def sealed_by(column: KeyedColumn, kid: str) -> sa.ColumnElement[bool]:
    """Return the condition that a key sealed the column; compares the prefix without LIKE, as a key's id may contain `_`."""
    start = f"{column.form}{kid}."
    return sa.func.substr(column.text, 1, len(start)) == start
