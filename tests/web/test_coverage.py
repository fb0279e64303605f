"""The coverage pages: what the mappings say, in words and signs that need no colour."""

import pytest
from playwright.async_api import expect

from tests.browser import SCHEMES, sign_in, violations
from tests.world import catalog
from unified.transform.coverage import coverage

pytestmark = pytest.mark.slow


def line(page, model):
    return page.locator("tr", has=page.locator(f"th code:text-is('{model}')"))


async def test_every_mapping_has_a_cell_and_nothing_else_has(signed_in):
    await signed_in.goto("/ui/coverage")
    links = await signed_in.locator(".matrix a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert sorted(links) == sorted(f"/ui/coverage/{provider}/{model}" for provider, model in catalog().mappings())


async def test_a_cell_says_what_can_be_done_without_colour(signed_in):
    await signed_in.goto("/ui/coverage")
    stages = signed_in.get_by_role("link", name="deal stages at HubSpot: read not written filtered")
    await expect(stages).to_be_visible()
    await expect(line(signed_in, "crm.lists").locator("td").first).to_have_text("not covered")


async def test_the_category_is_chosen(signed_in):
    names = {provider for provider, model in catalog().mappings() if model.startswith("ticketing.")}
    ticketing = sorted(catalog().provider(name).title for name in names)
    await signed_in.goto("/ui/coverage")
    await signed_in.get_by_label("Category").select_option("Ticketing")
    await signed_in.get_by_role("button", name="Apply").click()
    await expect(signed_in.get_by_role("region")).to_have_count(1)
    await expect(signed_in.get_by_role("columnheader")).to_have_text(["Model", *ticketing])
    await expect(signed_in.get_by_label("Category")).to_have_value("ticketing")


async def test_a_cell_opens_the_fields_with_the_provider_s_paths(signed_in):
    await signed_in.goto("/ui/coverage")
    await line(signed_in, "crm.contacts").get_by_role("link", name="HubSpot").click()
    await expect(signed_in.get_by_role("heading", level=1)).to_have_text("Contacts at HubSpot")
    covered = coverage(catalog().compiled("hubspot", "crm.contacts"))
    chips = await signed_in.locator(".chips").all_inner_texts()
    methods = signed_in.locator(".chips").first.locator("li > code:first-child")
    assert await methods.all_inner_texts() == list(covered.methods)
    assert chips[1].split() == list(covered.filters)
    emails = line(signed_in, "emails")
    await expect(emails.locator("td")).to_have_text(
        ["yes", "yes", "yes", "eq", "no", "properties.emailproperties.hs_additional_emailsproperties.work_email"]
    )
    await expect(emails.locator(".tag")).to_have_text("personal")


async def test_unknown_coverage_is_not_found(signed_in):
    for path in ("/ui/coverage/hubspot/crm.lists", "/ui/coverage/unknown/crm.contacts", "/ui/coverage/hubspot/..%2Fx"):
        answer = await signed_in.goto(path)
        assert answer.status == 404
    await signed_in.goto("/ui/coverage?category=<b>")
    await expect(signed_in.get_by_role("region")).to_have_count(0)


async def test_an_approver_may_look_at_it_and_gets_no_links_to_what_they_cannot_open(page, tenant):
    _, key = await tenant.make_key(role="approver")
    await sign_in(page, key)
    await page.goto("/ui/coverage")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Coverage")
    tabs = page.get_by_role("navigation", name="Pages").get_by_role("link")
    assert "Accounts" not in await tabs.all_inner_texts()
    await expect(page.locator("[aria-current]")).to_have_text("Coverage")


async def test_it_works_without_script_and_fits_a_narrow_screen(open_page, tenant):
    page = await open_page(java_script_enabled=False, viewport={"width": 360, "height": 640})
    await sign_in(page, tenant.key)
    await page.goto("/ui/coverage")
    await expect(page.locator(".matrix a").first).to_be_visible()
    for path in ("/ui/coverage", "/ui/coverage/hubspot/crm.contacts"):
        await page.goto(path)
        assert await page.locator("html").evaluate("one => one.scrollWidth") == 360, "only the table scrolls, in its box"


async def test_the_head_of_the_table_stays_in_sight(signed_in):
    await signed_in.goto("/ui/coverage/hubspot/crm.contacts")
    await line(signed_in, "last_activity_at").scroll_into_view_if_needed()
    await expect(signed_in.get_by_role("columnheader", name="Update")).to_be_in_viewport()


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing(open_page, tenant, scheme):
    page = await open_page(color_scheme=scheme)
    await sign_in(page, tenant.key)
    for path in ("/ui/coverage", "/ui/coverage/zendesk/ticketing.tickets"):
        await page.goto(path)
        assert await violations(page) == ""
