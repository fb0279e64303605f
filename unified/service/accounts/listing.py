"""Lists accounts for people: searched by any of an account's names, with failing accounts first."""

from unified.errors.requests import InvalidCursor
from unified.service.access.scope.scopes import Scopes, allows_account
from unified.service.runtime.services import Services
from unified.store import account_lists
from unified.store.account_lists import AccountSearch
from unified.store.accounts import AccountRow, AccountStatus
from unified.store.queries.pages import Page

ORDER: tuple[tuple[AccountStatus, ...], ...] = (("needs_reauth",), ("active", "connecting", "disabled"))
"""Groups of statuses, one after the other."""
MAX_SEARCH = 100
"""Characters of a search; more cannot be part of a name or an id."""


def search_for(services: Services, text: str) -> AccountSearch | None:
    """Return what to look for, also among the titles of providers; None for a text without any character."""
    wanted = text.strip()[:MAX_SEARCH]
    if not wanted:
        return None
    catalog = services.catalog
    titled = (name for name in catalog.providers() if wanted.casefold() in catalog.provider(name).title.casefold())
    return AccountSearch(text=wanted, providers=tuple(titled))


async def list_broken_first(
    services: Services,
    tenant_id: str,
    *,
    provider: str | None = None,
    status: AccountStatus | None = None,
    search: AccountSearch | None = None,
    limit: int,
    cursor: str | None = None,
    scopes: Scopes = (),
) -> Page[AccountRow]:
    """Return a page of the accounts that all of these scopes include; those that need to be connected again come first.

    Raises:
        InvalidCursor: the cursor is not one of this list.
    """
    groups = ORDER if status is None else ((status,),)
    group, position = _place(cursor, len(groups))
    found: list[AccountRow] = []
    while group < len(groups):
        left = limit - len(found)
        page = await account_lists.list_page(
            services.database,
            tenant_id,
            provider=provider,
            status=groups[group],
            search=search,
            limit=max(left, 1),
            cursor=position,
            is_seen=lambda row: allows_account(scopes, row.id),
        )
        if not left:  # the page is full; whether the next group has any decides whether there is a next page
            return Page(items=tuple(found), next_cursor=f"{group}." if page.items else None)
        found += page.items
        if page.next_cursor is not None:
            return Page(items=tuple(found), next_cursor=f"{group}.{page.next_cursor}")
        group, position = group + 1, None
    return Page(items=tuple(found))


def _place(cursor: str | None, groups: int) -> tuple[int, str | None]:
    """Return the group and the position in it that a cursor of `list_broken_first` names."""
    if cursor is None:
        return 0, None
    number, _, position = cursor.partition(".")
    if number not in {str(one) for one in range(groups)}:
        raise InvalidCursor("The cursor cannot be read: expected that of the previous page, unchanged.")
    return int(number), position or None
