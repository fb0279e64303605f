"""The list of accounts as people read it: what is broken first, searched by any name, and complete over its pages."""

import pytest

from tests.web.people import signed_in
from unified.errors.requests import InvalidCursor
from unified.service.accounts.listing import list_broken_first, search_for
from unified.store import account_lists, accounts
from unified.store.accounts import STATUSES, AccountChanges


async def add(world, name, status="active", **more):
    row = await accounts.add(
        world.services.database, world.tenant, f"acc_{name.lower()}", provider="hubspot", name=name, status=status, **more
    )
    return row.id


async def every_page(world, *, limit, **filters):
    found, cursor = [], None
    while True:
        page = await list_broken_first(world.services, world.tenant, limit=limit, cursor=cursor, **filters)
        assert len(page.items) <= limit
        assert page.items or cursor is None, "no page is empty but that of an empty list"
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found
        assert len(page.items) == limit, "only the last page is shorter"


async def test_what_is_broken_comes_first_and_pages_lose_and_repeat_nothing(world):
    for number in range(12):
        await add(world, f"n{number:02}", STATUSES[number % len(STATUSES)])
    (whole,) = [await every_page(world, limit=500)]
    broken = [row.status == "needs_reauth" for row in whole]
    assert broken == sorted(broken, reverse=True)
    assert sum(broken) == 3
    everything = (await account_lists.list_page(world.services.database, world.tenant)).items
    assert {row.id for row in whole} == {row.id for row in everything}
    for limit in range(1, len(whole) + 2):
        assert [row.id for row in await every_page(world, limit=limit)] == [row.id for row in whole], limit
    for status in STATUSES:
        found = await every_page(world, limit=2, status=status)
        assert {row.status for row in found} == {status}


@pytest.mark.parametrize("cursor", ["", "x", "2.", "-1.", "0.x", "٠.", "00."])
async def test_a_cursor_of_another_list_is_refused(world, cursor):
    with pytest.raises(InvalidCursor):
        await list_broken_first(world.services, world.tenant, limit=1, cursor=cursor)


async def test_accounts_are_found_by_name_id_owner_and_product(world):
    mine = await add(world, "Sales100%_x", external_id="customer-17")
    await add(world, "Other")
    for text in ("sales100", "SALES100%_X", mine, mine[:9], "customer-17", "  mer-17 "):
        search = search_for(world.services, text)
        assert mine in {row.id for row in await every_page(world, limit=500, search=search)}, text
    assert [row.id for row in await every_page(world, limit=5, search=search_for(world.services, "%_"))] == [mine]
    found = await every_page(world, limit=500, search=search_for(world.services, "hubSpot"))
    assert {row.provider for row in found} == {"hubspot"}
    assert await every_page(world, limit=5, search=search_for(world.services, "no such")) == []
    assert search_for(world.services, "  ") is None


async def test_a_search_stays_within_the_scope_of_the_key(world):
    seen, hidden = await add(world, "Seen"), await add(world, "Hidden")
    key = await world.key(role="admin", scope={"methods": ["read"], "accounts": [seen]})
    async with signed_in(world, key) as person:
        text = (await person.get("/ui/accounts?q=acc_")).text
        assert seen in text
        assert hidden not in text
        assert "Connect an account" not in text


async def test_the_page_keeps_the_search_and_leads_to_a_link(world):
    lost = await add(world, "Lost")
    await accounts.update(world.services.database, world.tenant, lost, AccountChanges(status="needs_reauth"))
    async with signed_in(world) as person:
        text = (await person.get("/ui/accounts")).text
        assert text.index(lost) < text.index(world.accounts["hubspot"])
        assert 'href="/ui/links/new"' in text
        found = (await person.get("/ui/accounts?q=lost&status=needs_reauth")).text
        assert 'value="lost"' in found
        assert world.accounts["hubspot"] not in found
        assert f'action="/ui/accounts/{lost}/reconnect"' in found
        none = (await person.get("/ui/accounts?q=%3Cb%3E")).text
        assert "No accounts match these filters." in none
        assert "<b>" not in none
