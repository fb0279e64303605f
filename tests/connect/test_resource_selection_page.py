"""The choose page: which projects, companies … of an account may be used, by whoever connected it and later by an operator."""

import re

import pytest
from playwright.async_api import expect

from tests.browser import SCHEMES, a_tenant, sign_in, violations
from tests.web.agents import make_server
from tests.web.links import approve, go_to_provider, make_link, status_of
from unified.service.accounts.accounts import get_account
from unified.service.chosen_resources import list_choices
from unified.store import accounts, audit
from unified.store.accounts import AccountChanges

pytestmark = pytest.mark.slow

PROJECTS = "ticketing.collections"


def heading(page):
    return page.get_by_role("heading", level=1)


def ticks(page):
    return page.locator("[data-results] [type=checkbox]")


def only(page):
    return page.get_by_role("radio", name="Only what I choose")


async def chosen(tenant, account):
    return (await get_account(tenant.site.services, tenant.id, account)).resources


async def choose(tenant, account, **resources):
    changes = AccountChanges(resources={name.replace("__", "."): ids for name, ids in resources.items()})
    await accounts.update(tenant.site.services.database, tenant.id, account, changes)


async def connected(page, tenant, provider="jira", **asked):
    """The page after an account was connected by sign-in; the link's id."""
    link_id, url = await make_link(tenant, provider=provider, **asked)
    await page.goto(url)
    await go_to_provider(page, provider)
    await approve(page)
    await expect(heading(page)).to_have_text("Connected")
    return link_id


async def test_an_operator_chooses_from_the_live_list(signed_in, tenant):
    account = await tenant.connect("jira", "Engineering")
    row = await get_account(tenant.site.services, tenant.id, account)
    choices = await list_choices(tenant.site.services, row, PROJECTS)
    await signed_in.reload()
    await signed_in.get_by_role("link", name="everything").click()
    await expect(heading(signed_in)).to_have_text("Resources of Engineering")
    await expect(ticks(signed_in).first).to_be_hidden()
    await only(signed_in).check()
    await expect(ticks(signed_in)).to_have_count(len(choices.items))
    for one in choices.items[:2]:
        await signed_in.get_by_role("checkbox", name=one.name).check()
    await signed_in.get_by_role("button", name="Save").click()
    await expect(signed_in.get_by_role("status").first).to_have_text("Saved.")
    assert await chosen(tenant, account) == {PROJECTS: [one.id for one in choices.items[:2]]}
    await expect(signed_in.get_by_role("navigation", name="Kinds of resources")).to_contain_text("Projects 2 chosen")
    await signed_in.get_by_role("checkbox", name=choices.items[0].name).uncheck()
    await signed_in.get_by_role("button", name="Save").click()
    await expect(signed_in.get_by_role("navigation", name="Kinds of resources")).to_contain_text("Projects 1 chosen")
    await signed_in.goto("/ui/accounts")
    await expect(signed_in.get_by_role("link", name="projects: 1")).to_be_visible()


async def test_everything_takes_the_choice_of_one_kind_away(signed_in, tenant):
    account = await tenant.connect("jira", "Engineering")
    await choose(tenant, account, ticketing__collections=["10001"], ticketing__teams=["1"])
    await signed_in.goto(f"/ui/accounts/{account}/resources?kind={PROJECTS}")
    await signed_in.get_by_role("radio", name="Everything").check()
    await signed_in.get_by_role("button", name="Save").click()
    await expect(signed_in.get_by_role("status").first).to_have_text("Saved.")
    assert await chosen(tenant, account) == {"ticketing.teams": ["1"]}


async def test_nothing_chosen_is_said(signed_in, tenant):
    account = await tenant.connect("jira", "Engineering")
    await signed_in.goto(f"/ui/accounts/{account}/resources")
    await only(signed_in).check()
    await signed_in.get_by_role("button", name="Save").click()
    await expect(signed_in.get_by_text("No projects are chosen, so none may be used.")).to_be_visible()
    assert await chosen(tenant, account) == {PROJECTS: []}


async def test_searching_while_typing_keeps_what_is_ticked(signed_in, tenant):
    account = await tenant.connect("jira", "Engineering")
    await signed_in.goto(f"/ui/accounts/{account}/resources")
    await only(signed_in).check()
    await signed_in.get_by_role("checkbox", name="Website").check()
    await signed_in.get_by_role("searchbox").press_sequentially("oper")
    await expect(ticks(signed_in)).to_have_count(2)
    await expect(signed_in.get_by_role("checkbox", name="Website")).to_be_checked()
    await signed_in.get_by_role("checkbox", name="Operations").check()
    await signed_in.get_by_role("button", name="Save").click()
    await expect(signed_in.get_by_role("status").first).to_have_text("Saved.")
    assert set((await chosen(tenant, account))[PROJECTS]) == {"10000", "10001"}


async def test_without_script_each_search_is_saved_by_itself(open_page, tenant):
    account = await tenant.connect("jira", "Engineering")
    page = await open_page(java_script_enabled=False, viewport={"width": 360, "height": 640})
    await sign_in(page, tenant.key)
    for text in ("Website", "Operations"):
        await page.goto(f"/ui/accounts/{account}/resources")
        await only(page).check()
        await page.get_by_role("searchbox").fill(text)
        await page.get_by_role("button", name="Search").click()
        await expect(only(page)).to_be_checked()
        await expect(ticks(page)).to_have_count(1)
        await page.get_by_role("checkbox", name=text).check()
        await page.get_by_role("button", name="Save").click()
    assert set((await chosen(tenant, account))[PROJECTS]) == {"10000", "10001"}
    await expect(page.get_by_role("navigation", name="Kinds of resources")).to_contain_text("Projects 2 chosen")
    assert await page.locator("html").evaluate("one => one.scrollWidth") == 360


async def test_resources_missing_at_the_product_can_be_removed(signed_in, tenant):
    account = await tenant.connect("jira", "Engineering")
    await choose(tenant, account, ticketing__collections=["10001", "gone-1"])
    await signed_in.goto(f"/ui/accounts/{account}/resources")
    await signed_in.get_by_text("1 chosen, not on this page").click()
    await signed_in.get_by_role("checkbox", name="gone-1").uncheck()
    await signed_in.get_by_role("button", name="Save").click()
    await expect(signed_in.get_by_role("status").first).to_have_text("Saved.")
    assert await chosen(tenant, account) == {PROJECTS: ["10001"]}


async def test_a_refusal_of_the_product_is_reported_and_changes_nothing(signed_in, tenant):
    wrong = {"type": "basic", "username": "a@example.com", "password": "b"}
    account = await tenant.connect("jira", "Engineering", credentials=wrong)
    await choose(tenant, account, ticketing__collections=["10001"])
    await signed_in.goto(f"/ui/accounts/{account}/resources")
    await expect(
        signed_in.get_by_text("The list could not be read from Jira: the product does not accept its credentials.")
    ).to_be_visible()
    await signed_in.get_by_role("button", name="Save").click()
    assert await chosen(tenant, account) == {PROJECTS: ["10001"]}


async def test_the_person_who_connects_chooses_and_continues(page, tenant):
    link_id = await connected(page, tenant)
    assert re.search(rf"/connect/{link_id}/resources$", page.url)
    await expect(page.get_by_role("heading", name="What may Acme Corp use at Jira?")).to_be_visible()
    await only(page).check()
    await page.get_by_role("checkbox", name="Website").check()
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_text("Jira is connected. You can close this page.")).to_be_visible()
    account = (await status_of(tenant, link_id)).account_id
    assert await chosen(tenant, account) == {PROJECTS: ["10001"]}
    answer = await page.goto(f"/connect/{link_id}/resources")
    assert answer.status == 404, "once"
    for _ in range(50):
        rows = (await audit.list_page(tenant.site.services.database, tenant.id)).items
        if any(row.method == "connect resources" for row in rows):
            break
        await page.wait_for_timeout(50)
    recorded = {(row.actor, row.method) for row in rows}
    assert {(link_id, "connect resources"), (link_id, "list")} <= recorded


async def test_no_one_else_chooses(page, open_page, tenant):
    link_id = await connected(page, tenant)
    account = (await status_of(tenant, link_id)).account_id
    other = await open_page()
    assert (await other.goto(f"/connect/{link_id}/resources")).status == 404
    second = await connected(other, tenant, name="Second")
    assert (await other.goto(f"/connect/{link_id}/resources")).status == 404, "a pass opens its own link only"
    assert (await other.goto(f"/connect/{second}/resources")).status == 200
    services = tenant.site.services
    await accounts.update(services.database, tenant.id, account, AccountChanges(status="disabled"))
    assert (await page.goto(f"/connect/{link_id}/resources")).status == 404
    await expect(heading(page)).to_have_text("This link is no longer valid")


async def test_a_form_of_another_browser_is_refused(page, tenant):
    await connected(page, tenant)
    await page.locator("[name=csrf]").evaluate("field => field.value = 'x'")
    await page.get_by_role("button", name="Continue").click()
    await expect(heading(page)).to_have_text("The form could not be submitted")


async def test_reconnecting_asks_nothing_again(page, tenant):
    account = await tenant.connect("jira", "Engineering")
    await choose(tenant, account, ticketing__collections=["10001"])
    _, url = await make_link(tenant, account_id=account)
    await page.goto(url)
    await go_to_provider(page, "jira")
    await approve(page)
    await expect(page.get_by_text("You can close this page.")).to_be_visible()
    assert await chosen(tenant, account) == {PROJECTS: ["10001"]}


async def test_roles_and_tenants(page, tenant):
    account = await tenant.connect("jira", "Engineering")
    other = await a_tenant(tenant.site, "Other Inc")
    theirs = await other.connect("jira", "Theirs")
    _, approver = await tenant.make_key(role="approver")
    await sign_in(page, approver)
    assert (await page.goto(f"/ui/accounts/{account}/resources")).status == 403
    await sign_in(page, tenant.key)
    for one in (theirs, "acc_unknown"):
        assert (await page.goto(f"/ui/accounts/{one}/resources")).status == 404
    assert (await page.goto(f"/ui/accounts/{account}/resources?kind=ticketing.tickets")).status == 404
    assert (await page.goto(f"/ui/accounts/{account}/resources?cursor=x")).status == 404


async def test_chosen_resources_are_on_the_servers_page(signed_in, tenant):
    account = await tenant.connect("jira", "Engineering")
    await choose(tenant, account, ticketing__collections=["10001"])
    await signed_in.goto(f"/ui/mcp/{await make_server(tenant, account)}")
    await expect(signed_in.get_by_text("Engineering: 1 of its projects")).to_be_visible()


async def test_names_are_text_and_nothing_else(signed_in, tenant):
    account = await tenant.connect("jira", "x")
    changes = AccountChanges(name="<b>x</b>\u202e" + "y" * 10_000)
    await accounts.update(tenant.site.services.database, tenant.id, account, changes)
    await choose(tenant, account, ticketing__collections=["<i>gone</i>"])
    await signed_in.goto(f"/ui/accounts/{account}/resources?q=%3Cimg%20src%3Dx%3E")
    assert await signed_in.locator("main b, main i, main img").count() == 0
    await expect(heading(signed_in)).to_contain_text("<b>x</b>")


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing(open_page, tenant, scheme):
    account = await tenant.connect("jira", "Engineering")
    page = await open_page(color_scheme=scheme)
    await sign_in(page, tenant.key)
    await page.goto(f"/ui/accounts/{account}/resources")
    assert await violations(page) == ""
    await choose(tenant, account, ticketing__collections=["10001", "gone-1"])
    await page.goto(f"/ui/accounts/{account}/resources?notice=saved")
    assert await violations(page) == ""
    await connected(page, tenant)
    await only(page).check()
    assert await violations(page) == ""
