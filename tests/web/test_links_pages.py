"""The pages of connect links: the form offers what the key may give, and a link asks for what was selected."""

import asyncio
import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser import sign_in
from tests.web.people import beside, notice, shown_secret, signed_in, token_of
from tests.world import open_world
from unified.models import MODELS
from unified.service.access.scope.inheritance import scope_vocabulary
from unified.store import audit, connect_links
from unified.web.html.messages import MESSAGES

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory):
    home = tmp_path_factory.mktemp("links")
    async with open_world(home, providers=("hubspot",), public_url="https://unified.example") as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def person(world):
    async with signed_in(world) as found:
        yield found


async def newest(world):
    """The link that was made last."""
    found = await connect_links.list_page(world.services.database, world.tenant, limit=1, is_seen=lambda row: True)
    return found.items[0]


async def test_a_link_is_created_shown_once_and_listed(world, person):
    fields = {"product.hubspot": "1", "name": "Sales", "external_id": "customer-17", "span": "3600"}
    answer = await person.send("/ui/links/new", **fields)
    url = shown_secret(answer)
    assert url.startswith("https://unified.example/connect/con_")
    assert answer.cookies["__Host-unified-back"] == "accounts"
    opened = await person.client.get(url, headers={"Accept": "text/html"})
    assert opened.status_code == 200
    listed_page = (await person.get("/ui/links")).text
    assert "Sales" in listed_page
    assert url.partition("token=")[2] not in listed_page


@pytest.mark.parametrize(
    ("fields", "problem", "field"),
    [
        ({"product.nowhere": "1"}, "problem.providers", "providers"),
        ({"name": "a\nb"}, "problem.name", "name"),
        ({"external_id": "a\nb"}, "problem.external_id", "external_id"),
        ({"method.fly": "1"}, "problem.methods", "methods"),
        ({"model.crm.birds": "1"}, "problem.models", "models"),
        ({"tag.birds": "1"}, "problem.tags", "tags"),
        ({"model.hris.employees": "1", "tag.crm": "1"}, "refused.empty", "scope"),
        ({"product.hubspot": "1", "model.hris.employees": "1"}, "refused.empty", "scope"),
        ({"language": "it"}, "problem.language", "language"),
        ({"span": "1"}, "problem.expires_in", "span"),
    ],
)
async def test_a_link_that_cannot_be_is_explained_next_to_its_field(person, fields, problem, field):
    entered = {"span": "86400", "name": "Kept", "product.jira": "1", "method.read": "1", "language": "fr", **fields}
    answer = await person.send("/ui/links/new", **entered)
    assert (answer.status_code, notice(answer)) == (422, MESSAGES[problem])
    assert beside(answer) == {field: MESSAGES[problem]}
    assert '<option value="fr" lang="fr" selected' in answer.text or "language" in fields
    assert 'name="product.jira" value="1" checked' in answer.text
    assert 'name="method.read" value="1" checked' in answer.text
    assert '<option value="86400" selected' in answer.text or "span" in fields
    assert 'value="Kept"' in answer.text or "name" in fields


async def test_links_are_newest_first_page_by_page_and_within_the_scope(world, person):
    for number in range(21):
        await world.client.post("/connect", json={"provider": "hubspot", "name": f"Link {number:02}"})
    first = (await person.get("/ui/links")).text
    assert first.index("Link 20") < first.index("Link 19")
    assert "Link 00" not in first
    cursor = first.partition("/ui/links?cursor=")[2].partition('"')[0]
    second = (await person.get(f"/ui/links?cursor={cursor}")).text
    assert "Link 00" in second
    assert "Link 20" not in second
    assert (await person.get("/ui/links?cursor=x")).status_code == 404
    one = world.accounts["hubspot"]
    limited = await world.key(role="admin", scope={"methods": ["read"], "manage": ["connect"], "accounts": [one]})
    async with signed_in(world, limited) as other:
        text = (await other.get("/ui/links")).text
        assert "No connect links" in text
        assert "/ui/links/new" not in text


async def test_a_link_asks_for_what_was_selected(world, person):
    fields = {"product.hubspot": "1", "product.jira": "1", "method.read": "1", "method.create": "1", "language": "de"}
    answer = await person.send("/ui/links/new", span="3600", **fields, **{"model.crm.contacts": "1", "tag.crm": "1"})
    opened = await person.client.get(shown_secret(answer), headers={"Accept": "text/html"})
    assert '<html lang="de">' in opened.text
    row = await newest(world)
    assert (row.provider, row.providers, row.language) == (None, ["hubspot", "jira"], "de")
    assert row.scope == {"methods": ["read", "create"], "models": ["crm.contacts"], "tags": ["crm"]}
    shown = (await person.get("/ui/links")).text
    assert "HubSpot and Jira" in shown
    assert "Deutsch" in shown


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="session")
async def test_the_form_is_for_people_without_scripts_too(open_page, tenant):
    """Lists that are folded open by themselves, and again after a refusal if something in them was selected."""
    page = await open_page(java_script_enabled=False)
    await sign_in(page, tenant.key)
    await page.goto("/ui/links/new")
    await page.get_by_role("group", name="Products").get_by_label("Jira").check()
    await page.locator("summary", has_text="Only some kinds of records").click()
    await page.get_by_role("group", name="HR").get_by_label("Employees").check()
    await page.get_by_label("Read records").check()
    await page.get_by_label("Language of the pages").select_option("Deutsch")
    await page.get_by_role("button", name="Create link").click()
    await expect(page.get_by_role("alert")).to_have_text(MESSAGES["refused.empty"])
    await page.get_by_role("alert").get_by_role("link").click()
    await expect(page.get_by_role("group", name="What the link asks for")).to_be_focused()
    await expect(page.get_by_label("Employees")).to_be_checked()
    await page.get_by_label("Employees").uncheck()
    await page.get_by_role("group", name="Ticketing").get_by_label("Comments").check()
    await page.get_by_role("button", name="Create link").click()
    await page.goto(await page.locator("pre.sent").inner_text())
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(page.locator(".abilities li")).to_have_text(["Lesen: Kommentare"])


async def test_a_link_where_nothing_was_selected_asks_for_reading_only(world, person):
    assert re.findall(r'name="(method\.\w+)" value="1" checked', (await person.get("/ui/links/new")).text) == ["method.read"]
    await person.send("/ui/links/new", span="3600")
    row = await newest(world)
    assert (row.provider, row.providers, row.language) == (None, None, None)
    assert row.scope == {"methods": ["read"]}


async def test_a_link_is_withdrawn_on_its_page_after_a_question(world, person):
    made = (await world.client.post("/connect", json={"provider": "hubspot", "name": "Mistake"})).json()
    address = f"/ui/links/{made['id']}/withdraw"
    assert f'href="{address}"' in (await person.get("/ui/links")).text
    assert "Withdraw the connect link: <bdi>Mistake</bdi>?" in (await person.get(address)).text
    assert (await newest(world)).status == "open", "asking changes nothing"
    answer = await person.send(address)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/links?notice=withdrawn")
    listed = (await person.get(answer.headers["location"])).text
    assert MESSAGES["links.notice.withdrawn"] in listed
    assert MESSAGES["link.state.withdrawn"] in listed
    assert f'href="{address}"' not in listed
    opened = await person.client.get(made["url"], headers={"Accept": "text/html"})
    assert (opened.status_code, "This link was withdrawn" in opened.text) == (404, True)


async def test_withdrawing_is_in_the_audit_trail(world, person):
    made = [(await world.client.post("/connect", json={})).json()["id"] for _ in range(2)]
    await world.client.delete(f"/connect/{made[0]}")
    await person.send(f"/ui/links/{made[1]}/withdraw")
    found = {}
    while len(found) < len(made):  # rows are written in batches, a moment later
        await asyncio.sleep(0.05)
        rows = (await audit.list_page(world.services.database, world.tenant, limit=20)).items
        found = {row.target: (row.method, row.decision) for row in rows if row.target in made and row.method != "POST /connect"}
    assert found[made[0]] == ("DELETE /connect/{id}", "allowed")
    assert found[made[1]] == ("POST /ui/links/{id}/withdraw", "allowed")


async def test_each_link_says_which_products_it_is_for(world, person):
    async def facts(**asked):
        await world.client.post("/connect", json=asked)
        return re.search(r"<dt>(Products?)</dt><dd>(.*?)</dd>", (await person.get("/ui/links")).text).groups()

    assert await facts(provider="hubspot", name="Sales") == ("Product", "HubSpot")
    assert await facts(providers=["hubspot", "jira"]) == ("Products", "HubSpot and Jira")
    assert await facts() == ("Products", MESSAGES["links.products.all"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "scope",
    [
        {"methods": ["list", "create"], "writes": "approve"},
        {"methods": ["custom"], "writes": "direct"},
        *(
            pytest.param(one, marks=pytest.mark.slow)
            for one in (
                {"methods": ["read", "write", "custom"], "writes": "direct"},
                {"methods": ["read"]},
                {"methods": ["read", "write"], "writes": "deny"},
                {"methods": ["read", "write"], "writes": "direct", "models": ["crm.contacts", "ticketing.comments"]},
                {"methods": ["read"], "tags": ["crm"]},
            )
        ),
    ],
    ids=str,
)
async def test_the_form_offers_all_that_the_key_may_give_and_nothing_else(world, scope):
    """Each box makes a link, with all methods of the form; what is no box is refused: a form with the word sent all the same."""
    catalog = world.services.catalog
    words = scope_vocabulary(catalog)
    known = {
        *(f"product.{one}" for one in catalog.providers()),
        *(f"method.{one}" for one in words.methods),
        *(f"model.{one}" for one in MODELS),
        *(f"tag.{one}" for one in words.tags),
    }
    key = await world.key(role="admin", scope={**scope, "manage": ["connect"]})
    async with signed_in(world, key) as person:
        form = (await person.get("/ui/links/new")).text
        offered = set(re.findall(r'type="checkbox" name="(.*?)"', form))
        assert offered <= known
        assert len(re.findall(r'type="checkbox"', form)) == len(offered), "each box once"
        methods = {name: "1" for name in offered if name.startswith("method.")}
        made = {}
        for name in sorted(known):
            fields = {"csrf": token_of(form), "span": "3600", name: "1"} | ({} if name.startswith("method.") else methods)
            answer = await person.client.post("/ui/links/new", data=fields, headers=person.headers)
            made[name] = answer.status_code == 200
        assert {name for name, is_made in made.items() if is_made} == offered


async def test_a_key_that_may_do_nothing_gets_no_form(world):
    key = await world.key(role="admin", scope={"methods": ["write"], "writes": "deny", "manage": ["connect"]})
    async with signed_in(world, key) as person:
        form = (await person.get("/ui/links/new")).text
        assert MESSAGES["links.nothing"] in form
        assert 'action="/ui/links/new"' not in form
