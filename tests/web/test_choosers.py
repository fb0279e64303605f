"""Choosing among more accounts than a page has: each can be chosen, by paging and by searching, and what was ticked stays."""

import re
from html import unescape

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser import sign_in
from tests.web.people import shown_secret, signed_in
from tests.world import open_world
from unified.store import accounts, bearer_tokens, mcp_servers
from unified.store.accounts import AccountRow
from unified.vault.tokens import new_id
from unified.web.html.choosers import PAGE_SIZE

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANY = 260
FORMS = ("/ui/mcp/new", "/ui/keys/new")


async def add_accounts(database, tenant, number=MANY):
    """Accounts in the order of their names, of which each has its number."""
    return [
        await accounts.add(database, tenant, new_id("acc_"), provider="hubspot", name=f"Customer {one:03}")
        for one in range(number)
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory):
    async with open_world(
        tmp_path_factory.mktemp("many"), providers=("hubspot",), public_url="https://unified.example"
    ) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(world) -> list[AccountRow]:
    return await add_accounts(world.services.database, world.tenant)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def person(world, made):
    async with signed_in(world) as found:
        yield found


def boxes(page):
    """The accounts that a form offers, and those that are ticked."""
    found = re.findall(r'type="checkbox" name="account\.(.*?)" value="1" (checked)?', page.text)
    assert len({one for one, _ in found}) == len(found), "each box once"
    return [one for one, _ in found], [one for one, is_ticked in found if is_ticked]


def looks(page):
    """The buttons that show other accounts, by their text."""
    return {text: unescape(value) for value, text in re.findall(r'<button name="look" value="(.*?)">(.*?)</button>', page.text)}


def hidden(page):
    return dict(re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)"', page.text.partition("<main")[2]))


async def sent(person, page, path, **fields):
    return await person.client.post(path, data={**hidden(page), **fields}, headers=person.headers)


@pytest.mark.parametrize("path", FORMS)
async def test_every_account_is_reached_by_paging_without_scripts(person, made, path):
    page, seen = await person.get(path), []
    while True:
        offered, _ = boxes(page)
        assert len(offered) <= PAGE_SIZE
        seen += offered
        following = looks(page).get("Next page")
        if following is None:
            break
        page = await sent(person, page, path, look=following)
        assert page.status_code == 200
    assert len(seen) == len(set(seen)) > MANY
    assert {one.id for one in made} <= set(seen)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("number", [0, 199, 200, 259])
async def test_every_account_is_found_by_its_name_and_by_its_id(person, made, path, number):
    wanted = made[number]
    for text in (wanted.name, wanted.id, wanted.name.upper()):
        by_script = await person.client.get(path, params={"q": text}, headers=person.headers)
        first = await person.get(path)
        for page in (by_script, await sent(person, first, path, q=text, look=""), await sent(person, first, path, q=text)):
            assert boxes(page)[0] == [wanted.id], text


async def test_choices_and_entries_stay_during_a_search(world, person, made):
    kept = {f"account.{made[number].id}": "1" for number in (3, 255)}
    page = await sent(
        person, await person.get("/ui/mcp/new"), "/ui/mcp/new", q="Customer 120", name="Support", way="read", **kept
    )
    offered, ticked = boxes(page)
    assert ticked == [made[3].id, made[255].id]
    assert offered == [made[3].id, made[255].id, made[120].id]
    assert 'value="Support"' in page.text
    fields = {**kept, f"account.{made[120].id}": "1", "name": "Support", "way": "read", "span": "3600", "q": "Customer 120"}
    done = await sent(person, page, "/ui/mcp/new", **fields)
    assert shown_secret(done).startswith("https://unified.example/mcp/um_")
    listed = await bearer_tokens.list_page(world.services.database, mcp_servers.SERVERS, world.tenant, limit=1)
    assert set(listed.items[0].scope["accounts"]) == {made[number].id for number in (3, 120, 255)}


async def test_a_text_that_finds_nothing_says_so_and_loses_nothing(person, made):
    page = await sent(person, await person.get("/ui/keys/new"), "/ui/keys/new", q="nobody", **{f"account.{made[9].id}": "1"})
    assert "No matches." in page.text
    assert boxes(page) == ([made[9].id], [made[9].id])


async def test_only_accounts_of_the_scope_are_offered_whatever_is_searched(world, made):
    own = [made[7].id, made[201].id]
    key = await world.key(role="admin", scope={"methods": ["read"], "manage": ["servers", "keys", "audit"], "accounts": own})
    async with signed_in(world, key) as person:
        for path in FORMS:
            for text in ("", "Customer", made[8].id):
                page = await person.client.get(path, params={"q": text}, headers=person.headers)
                assert set(boxes(page)[0]) <= set(own)
            page = await sent(person, await person.get(path), path, look="", **{f"account.{made[8].id}": "1"})
            assert made[8].name not in page.text
        found = await person.client.get("/ui/audit", params={"account": "Customer 008"}, headers=person.headers)
        assert made[8].id not in found.text


async def test_the_audit_trail_is_filtered_by_any_account(person, made):
    for text in (made[259].id, "Customer 259"):
        page = await person.client.get("/ui/audit", params={"account": text}, headers=person.headers)
        assert 'name="account" type="search" value="Customer 259"' in page.text
    several = await person.client.get("/ui/audit", params={"account": "Customer 25"}, headers=person.headers)
    links = re.findall(r'href="/ui/audit\?account=(acc_\w+)"', several.text)
    assert set(links) == {one.id for one in made[250:260]}
    gone = await person.client.get("/ui/audit", params={"account": "acc_deleted1"}, headers=person.headers)
    assert gone.status_code == 200


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="session")
async def test_with_scripts_the_list_follows_what_is_typed(open_page, tenant):
    rows = await add_accounts(tenant.site.services.database, tenant.id, 120)
    page = await open_page()
    await sign_in(page, tenant.key)
    await page.goto("/ui/mcp/new")
    group = page.get_by_role("group", name="Accounts")
    await group.get_by_label("Customer 003").check()
    search = page.get_by_label("Search by name, product or ID")
    await search.fill("Customer 117")
    await expect(group.get_by_label("Customer 117")).to_be_visible()
    await expect(group.get_by_role("checkbox")).to_have_count(2)
    await search.press("Enter")
    await group.get_by_label("Customer 117").check()
    await page.get_by_label("Name", exact=True).fill("Support")
    await page.get_by_label("Name", exact=True).press("Enter")
    await expect(page.locator("pre.sent").first).to_contain_text("/mcp/um_")
    listed = await bearer_tokens.list_page(tenant.site.services.database, mcp_servers.SERVERS, tenant.id, limit=500)
    assert {rows[3].id, rows[117].id} in [set(one.scope["accounts"]) for one in listed.items]
