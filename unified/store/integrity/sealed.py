"""Every column that holds sealed text, and what rotation of the keys does with it.

`SEALED` is the table: a new sealed column is one row of it. The queries cover all tenants, for the command line and the
start of the service only. A text is replaced only while it is still the one that was read, so that a refresh or an edit
in between is never overwritten, and nothing else of a row changes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.engine import Database
from unified.store.engine.tables import ACCOUNTS, APPROVALS, CONNECT_LINKS, OAUTH_APPS, SERVICE_KEYS, WEBHOOKS
from unified.store.integrity.guarded import change, is_covered
from unified.store.integrity.keyed import SEALED_FORM, KeyedColumn

SealContext = tuple[str, ...]


class SealedColumn(KeyedColumn, frozen=True, kw_only=True):
    """One column of sealed text."""

    form: str = SEALED_FORM
    place: str = ""
    """The column that the context names, if it is another one: a text keeps its context when it moves within a row."""
    bound: tuple[str, ...] = ()
    """Columns of the row, covered by its MAC, of which the values belong to the context: an older text of the row opens only
    while they are what they were. A sealed column without any is covered by the MAC itself, or written once, or its text says
    to which covered values it belongs."""
    lost: Literal["mark", "clear", "delete"]
    """The treatment of a row when its key is lost for good: its account is marked, the column cleared, or the row deleted."""

    def context(self, tenant_id: str, row_id: str, **bound: Any) -> SealContext:
        """Return the context that the text is sealed for; no other code builds one. `bound` has the values of those columns."""
        if bound.keys() != set(self.bound):
            raise TypeError(f"{self.name}: expected the values of {', '.join(self.bound) or 'no column'}")
        values = msgspec.json.encode([bound[name] for name in self.bound], order="sorted")
        return (*self.place_of(tenant_id, row_id), *((hashlib.sha256(values).hexdigest(),) if bound else ()))

    def place_of(self, tenant_id: str, row_id: str) -> SealContext:
        """Return the context without what the text is bound to, for which earlier versions sealed it."""
        return (self.table.name, self.place or self.column, tenant_id, row_id)


CREDENTIALS = SealedColumn(table=ACCOUNTS, column="credentials", bound=("settings", "connections"), lost="mark")
"""Bound to where they are sent, and to the connection that they are of."""
OAUTH_CLIENT = SealedColumn(table=OAUTH_APPS, column="client", id="provider", lost="delete")
ATTEMPT = SealedColumn(table=CONNECT_LINKS, column="attempt", lost="clear")
"""An attempt at the consent page names its state, and the result of a consent names the browser of the attempt."""
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
    bound: dict[str, Any] = {}
    """The values of the columns that it is bound to."""


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
    async with database.read() as connection:
        return await find_other_within(connection, column, kids)


async def find_other_within(connection: AsyncConnection, column: KeyedColumn, kids: Sequence[str]) -> str | None:
    """Return such a text on an open connection."""
    others = (~sealed_by(column, one) for one in kids)
    query = sa.select(column.text).where(column.text.like(f"{column.form}%.%"), *others).limit(1)
    text: str | None = (await connection.execute(query)).scalar()
    return text


async def find_any(database: Database) -> str | None:
    """Return a sealed text, or None; of a database of any version, also one without tables."""
    async with database.read() as connection:
        existing = await connection.run_sync(_existing)
        for column in SEALED:
            if (column.table.name, column.column) in existing:
                text: str | None = await connection.scalar(sa.select(column.text).where(column.text.is_not(None)).limit(1))
                if text is not None:
                    return text
    return None


def _existing(connection: sa.Connection) -> set[tuple[str, str]]:
    """Return the tables of sealed columns that there are, with their columns."""
    inspector = sa.inspect(connection)
    tables = {column.table.name for column in SEALED} & set(inspector.get_table_names())
    return {(table, one["name"]) for table in tables for one in inspector.get_columns(table)}


async def list_texts(
    database: Database, column: SealedColumn, *, current: str, after: SealedText | None, limit: int
) -> list[SealedText]:
    """Return the next texts, in the order of their rows, that another key than the current one sealed."""
    row_id = column.table.c[column.id]
    tenant = column.tenant
    bound = [column.table.c[name] for name in column.bound]
    query = sa.select(tenant.label("tenant_id"), row_id.label("row_id"), column.text.label("text"), *bound)
    query = query.where(column.text.is_not(None), ~sealed_by(column, current))
    if after is not None:
        query = query.where(sa.tuple_(tenant, row_id) > sa.tuple_(after.tenant_id, after.row_id))
    async with database.read() as connection:
        rows = await connection.execute(query.order_by(tenant, row_id).limit(limit))
        return [_sealed_text(column, row) for row in rows.mappings()]


def _sealed_text(column: SealedColumn, row: Mapping[Any, Any]) -> SealedText:
    bound = {name: row[name] for name in column.bound}
    return SealedText(tenant_id=row["tenant_id"], row_id=row["row_id"], text=row["text"], bound=bound)


async def replace_texts(database: Database, column: KeyedColumn, texts: Sequence[Resealed]) -> int:
    """Replace old texts by new ones in one transaction; return how many were still the old ones.

    Where the row's MAC covers the text, the row is marked again, unless it has an invalid MAC.
    """
    replaced = 0
    async with database.write() as connection:
        for one in texts:
            same = sa.and_(column.row(one.old.tenant_id, one.old.row_id), column.text == one.old.text)
            replaced += await _put(connection, column, same, one.text)
    return replaced


async def _put(connection: AsyncConnection, column: KeyedColumn, condition: sa.ColumnElement[bool], text: str | None) -> int:
    if is_covered(column.text):
        return await change(connection, column.table, condition, {column.column: text})
    return (await connection.execute(sa.update(column.table).where(condition).values({column.column: text}))).rowcount


async def give_up(database: Database, column: SealedColumn, kid: str) -> int:
    """Clear the column, or delete the rows, where a lost key sealed it; return how many rows there were."""
    lost, nothing = sealed_by(column, kid), {column.column: None}
    async with database.write() as connection:
        if column.lost == "delete":
            return (await connection.execute(sa.delete(column.table).where(lost))).rowcount
        valid = await change(connection, column.table, lost, nothing) if is_covered(column.text) else 0
        return valid + (await connection.execute(sa.update(column.table).where(lost).values(nothing))).rowcount


def sealed_by(column: KeyedColumn, kid: str) -> sa.ColumnElement[bool]:
    """Return the condition that a key sealed the column; compares the prefix without LIKE, as a key's id may contain `_`."""
    start = f"{column.form}{kid}."
    return sa.func.substr(column.text, 1, len(start)) == start
