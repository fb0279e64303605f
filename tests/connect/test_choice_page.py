"""The page on which a customer chooses one of several that a consent covers, in a browser with cookies."""

import httpx2
import pytest
from playwright.async_api import expect

from tests.browser import SCHEMES, violations
from tests.web.links import approve, go_to_provider, make_link, status_of
from unified.service.accounts.accounts import get_account

pytestmark = pytest.mark.slow

OTHER = {"id": "99223344-a1b2-3b33-c444-def123456789", "url": "https://other.atlassian.net", "name": "Other <b>site</b>"}


@pytest.fixture
def two_sites(tenant):
    """The stand-in's consent covers a second site for the time of a test."""
    planted = httpx2.put(f"{tenant.site.sandbox}/_sandbox/jira/sites/{OTHER['id']}", json=OTHER)
    assert planted.status_code < 300, planted.text
    yield
    httpx2.post(f"{tenant.site.sandbox}/_sandbox/reset")


async def test_the_customer_is_asked_for_no_setting_and_chooses_a_site(open_page, tenant, two_sites):
    page = await open_page(java_script_enabled=False)
    link_id, url = await make_link(tenant, provider="jira")
    await page.goto(url)
    assert await page.locator("input[name^='setting.']").count() == 0
    await go_to_provider(page, "jira")
    await approve(page)
    await page.wait_for_url("**/choice")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Which one at Jira?")
    await expect(page.get_by_role("radio")).to_have_count(2)
    await expect(page.locator("li", has_text="Other <b>site</b>")).to_contain_text("https://other.atlassian.net")
    await page.get_by_label("Demo").check()
    await page.get_by_role("button", name="Connect").click()
    await page.wait_for_url("**/resources*")
    account_id = (await status_of(tenant, link_id)).account_id
    row = await get_account(tenant.site.services, tenant.id, account_id)
    assert row.settings["site"] == "demo"


async def test_it_reads_well_for_everyone(open_page, tenant, two_sites):
    page = await open_page()
    _, url = await make_link(tenant, provider="jira", language="de")
    await page.goto(url)
    await page.get_by_role("button", name="Weiter zu").click()
    await page.wait_for_url("**/jira/**")
    await approve(page)
    await page.wait_for_url("**/choice")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Welche bei Jira?")
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        assert await violations(page) == ""
