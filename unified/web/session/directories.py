"""The accounts and MCP servers that a caller may see, found by a text or by their ids, for the choosers and names of pages."""

import asyncio
from collections.abc import Iterable

from unified.api.requests.context import Context
from unified.errors.requests import NotFound
from unified.service.access.scope.scopes import allows_account
from unified.service.accounts import accounts
from unified.service.accounts.listing import search_for
from unified.service.mcp_servers import servers
from unified.store.accounts import AccountRow
from unified.store.mcp_servers import McpServerRow
from unified.store.queries.pages import MAX_LIMIT, Page
from unified.web.html.choosers import PAGE_SIZE, Find, Named, Option
from unified.web.session.layout import product_of

AT_ONCE = 10
"""Rows that are read at the same time."""


def account_directory(context: Context) -> tuple[Find, Named]:
    """Return what finds accounts by a part of their names and ids, and by their ids."""

    async def find(text: str, cursor: str) -> Page[Option]:
        caller, services = context.principal, context.services
        page = await accounts.list_accounts(
            services,
            caller.tenant_id,
            search=search_for(services, text),
            limit=PAGE_SIZE,
            cursor=cursor or None,
            scopes=caller.scopes,
        )
        return Page(items=tuple(_account(context, row) for row in page.items), next_cursor=page.next_cursor)

    async def named(ids: tuple[str, ...]) -> dict[str, Option]:
        return {key: _account(context, row) for key, row in (await accounts_by_id(context, ids)).items()}

    return find, named


def _account(context: Context, row: AccountRow) -> Option:
    return Option(id=row.id, title=row.name, note=product_of(context, row.provider))


async def accounts_by_id(context: Context, ids: Iterable[str | None]) -> dict[str, AccountRow]:
    """Return those of the accounts that exist and that the caller may see, by id."""
    caller, room = context.principal, asyncio.Semaphore(AT_ONCE)

    async def read(account_id: str) -> AccountRow | None:
        async with room:
            try:
                return await accounts.get_account(context.services, caller.tenant_id, account_id)
            except NotFound:
                return None

    wanted = [one for one in dict.fromkeys(ids) if one is not None and allows_account(caller.scopes, one)]
    rows = await asyncio.gather(*map(read, wanted))
    return {row.id: row for row in rows if row is not None}


def server_directory(context: Context) -> tuple[Find, Named]:
    """Return what finds MCP servers by a part of their names and ids, and by their ids; only the first page of them."""

    async def find(text: str, cursor: str) -> Page[Option]:
        wanted, found, position = text.casefold(), list[McpServerRow](), cursor or None
        while True:
            page = await servers.list_servers(
                context.services, context.principal.tenant_id, limit=MAX_LIMIT, cursor=position, caller=context.principal
            )
            found += [row for row in page.items if wanted in row.name.casefold() or wanted in row.id.casefold()]
            position = page.next_cursor
            if position is None or len(found) > PAGE_SIZE:
                break
        items = tuple(Option(id=row.id, title=row.name) for row in found[:PAGE_SIZE])
        return Page(items=items, next_cursor=found[PAGE_SIZE].id if len(found) > PAGE_SIZE else None)

    async def named(ids: tuple[str, ...]) -> dict[str, Option]:
        return {key: Option(id=key, title=name) for key, name in (await server_names(context, ids)).items()}

    return find, named


async def server_names(context: Context, ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of those of the MCP servers that exist and that the caller may see, by id."""
    names = {}
    for server_id in dict.fromkeys(one for one in ids if one is not None and one.startswith("mcp_")):
        try:
            row = await servers.get_server(context.services, context.principal.tenant_id, server_id, caller=context.principal)
        except NotFound:
            continue
        names[server_id] = row.name
    return names
