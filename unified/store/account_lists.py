"""Lists of accounts: pages and counts by provider, status, external id and text."""

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy as sa

from unified.store.accounts import AccountRow, AccountStatus
from unified.store.engine.engine import Database
from unified.store.engine.tables import ACCOUNTS
from unified.store.queries.pages import DEFAULT_LIMIT, IsSeen, Page, fetch_page


class AccountSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Selects accounts by a text that one of their names or ids contains, in upper or lower case."""

    text: str
    providers: Collection[str] = ()
    """Providers whose title contains the text."""


async def list_page(
    database: Database,
    tenant_id: str,
    *,
    provider: str | None = None,
    status: AccountStatus | Collection[AccountStatus] | None = None,
    external_id: str | None = None,
    search: AccountSearch | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    is_seen: IsSeen[AccountRow] | None = None,
) -> Page[AccountRow]:
    """Return the tenant's accounts that match all given filters, oldest first; several statuses match any of them.

    Raises:
        InvalidCursor: The cursor is not one of a previous page.
    """
    query = _matching(sa.select(ACCOUNTS), tenant_id, status, search, provider=provider, external_id=external_id)
    async with database.read() as connection:
        return await fetch_page(connection, query, ACCOUNTS, AccountRow, limit=limit, cursor=cursor, is_seen=is_seen)


async def count(
    database: Database,
    tenant_id: str,
    *,
    provider: str | None = None,
    status: AccountStatus | None = None,
    search: AccountSearch | None = None,
    ids: Collection[str] | None = None,
) -> int:
    """Return how many of the tenant's accounts match all given filters; with `ids`, how many of these."""
    query = _matching(sa.select(sa.func.count()).select_from(ACCOUNTS), tenant_id, status, search, provider=provider)
    query = query if ids is None else query.where(ACCOUNTS.c.id.in_(ids))
    async with database.read() as connection:
        return int((await connection.execute(query)).scalar_one())


def _matching(
    query: sa.Select[Any],
    tenant_id: str,
    status: AccountStatus | Collection[AccountStatus] | None,
    search: AccountSearch | None,
    **equal: str | None,
) -> sa.Select[Any]:
    query = query.where(ACCOUNTS.c.tenant_id == tenant_id)
    for column, wanted in equal.items():
        if wanted is not None:
            query = query.where(ACCOUNTS.c[column] == wanted)
    if status is not None:
        query = query.where(ACCOUNTS.c.status.in_((status,) if isinstance(status, str) else status))
    return query if search is None else query.where(_found_by(search))


def _found_by(search: AccountSearch) -> sa.ColumnElement[bool]:
    columns = (ACCOUNTS.c.name, ACCOUNTS.c.id, ACCOUNTS.c.external_id, ACCOUNTS.c.provider)
    return sa.or_(
        *(column.icontains(search.text, autoescape=True) for column in columns), ACCOUNTS.c.provider.in_(search.providers)
    )
