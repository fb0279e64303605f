"""Connecting an account in a browser: by sign-in at every provider, by key, and every way in which it can fail."""

import pytest
from playwright.async_api import expect

from tests.browser import SCHEMES, a_tenant, sign_in, violations
from tests.web.links import approve, expire, fill_settings, go_to_provider, make_link, status_of
from tests.world import SIGN_IN, catalog
from unified.service.access.consent import LinkScope
from unified.service.accounts.accounts import get_account
from unified.service.accounts.checking import check_account
from unified.store import accounts as account_rows
from unified.store.accounts import AccountChanges
from unified.transport.auth import name_of
from unified_sandbox.registry import discover

pytestmark = pytest.mark.slow


def heading(page):
    return page.get_by_role("heading", level=1)


async def account_of(tenant, link_id):
    status = await status_of(tenant, link_id)
    return await get_account(tenant.site.services, tenant.id, status.account_id)


@pytest.mark.parametrize("provider", SIGN_IN)
async def test_signing_in_at_the_provider_connects(page, tenant, provider):
    link_id, url = await make_link(tenant, provider=provider, name="Theirs")
    await page.goto(url)
    title = catalog().provider(provider).title
    await expect(heading(page)).to_have_text(f"Connect {title} to Acme Corp")
    await go_to_provider(page, provider)
    await approve(page)
    await expect(heading(page)).to_have_text("Connected")
    account = await account_of(tenant, link_id)
    assert (account.provider, account.name, account.status) == (provider, "Theirs", "active")
    assert (await check_account(tenant.site.services, tenant.id, account.id)).ok


async def test_a_key_connects_once_the_provider_takes_it(page, tenant):
    link_id, url = await make_link(tenant, provider="zendesk")
    await page.goto(url)
    await page.get_by_role("link", name="API token").click()
    await fill_settings(page, "zendesk")
    credentials = next(one for one in discover()["zendesk"].demo_credentials if one["type"] == "basic")
    await page.get_by_label("E-mail address of an agent").fill(credentials["username"])
    await page.get_by_label("API token").fill("wrong")
    await page.get_by_role("button", name="Connect").click()
    await expect(page.get_by_role("alert")).to_contain_text("Zendesk does not accept these credentials")
    assert await page.get_by_label("API token").input_value() == "", "a key is not sent back"
    assert await page.get_by_label("Subdomain").input_value() != "", "what is no secret stays filled in"
    assert await page.get_by_label("E-mail address of an agent").input_value() == credentials["username"]
    await page.get_by_label("API token").fill(credentials["password"])
    await page.get_by_role("button", name="Connect").click()
    await expect(heading(page)).to_have_text("Connected")
    assert (await account_of(tenant, link_id)).credentials_type == "basic"


async def test_it_says_in_words_who_asks_and_what_will_be_possible(page, tenant):
    everything = LinkScope(methods=("read", "write", "custom"))
    _, url = await make_link(tenant, provider="jira", scope=everything)
    await page.goto(url)
    await expect(heading(page)).to_have_text("Connect Jira to Acme Corp")
    lines = await page.locator(".abilities li").all_inner_texts()
    assert lines == [
        "Read agents, attachments, comments, projects, tags, teams, ticket statuses, ticket types and tickets",
        "Create and update comments and tickets",
        "Delete comments and tickets",
        "Read and change anything else that your access to Jira allows, through the API of Jira",
    ]


async def test_the_product_is_chosen_when_the_link_leaves_it_open(page, tenant):
    link_id, url = await make_link(tenant)
    await page.goto(url)
    await expect(heading(page)).to_have_text("What would you like to connect?")
    known = [catalog().provider(name) for name in catalog().providers()]
    connectable = [one.title for one in known if one.name in SIGN_IN or any(name_of(way) != "oauth2" for way in one.auth)]
    assert await page.locator("#products strong").all_inner_texts() == sorted(connectable)
    await page.get_by_role("link", name="HubSpot").click()
    await go_to_provider(page, "hubspot")
    await approve(page)
    await expect(heading(page)).to_have_text("Connected")
    assert (await account_of(tenant, link_id)).provider == "hubspot"


async def test_a_setting_that_does_not_fit_is_named_next_to_its_field(page, tenant):
    _, url = await make_link(tenant, provider="zendesk")
    await page.goto(url)
    await page.get_by_label("Subdomain").fill("evil.test/x")
    await page.get_by_role("button", name="Continue to Zendesk").click()
    await expect(page.get_by_label("Subdomain")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator(".problem")).to_have_text("Enter a valid value; see the hint below.")
    await page.get_by_role("alert").get_by_role("link", name="Subdomain").click()
    await expect(page.get_by_label("Subdomain")).to_have_value("evil.test/x")


async def test_a_person_who_declines_sees_it_and_can_try_again(page, tenant):
    link_id, url = await make_link(tenant, provider="hubspot")
    await page.goto(url)
    await go_to_provider(page, "hubspot")
    await page.get_by_role("button", name="Deny").click()
    await expect(heading(page)).to_have_text("Access was not granted")
    assert (await status_of(tenant, link_id)).reason == "access_denied"
    await page.get_by_role("link", name="Try again").click()
    await go_to_provider(page, "hubspot")
    await approve(page)
    await expect(heading(page)).to_have_text("Connected")


async def test_what_a_provider_says_is_never_shown(page, tenant):
    _, url = await make_link(tenant, provider="hubspot")
    await page.goto(url)
    await go_to_provider(page, "hubspot")
    state = page.url.partition("state=")[2].partition("&")[0]
    said = "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"
    await page.goto(f"/oauth/callback/hubspot?state={state}&error={said}&error_description={said}")
    await expect(heading(page)).to_have_text("HubSpot is not connected")
    assert "onerror" not in await page.content()


async def test_only_the_browser_that_left_may_return(page, open_page, tenant):
    link_id, url = await make_link(tenant, provider="hubspot")
    await page.goto(url)
    await go_to_provider(page, "hubspot")
    other = await open_page()
    await other.goto(page.url)
    await approve(other)
    await expect(heading(other)).to_have_text("Different browser")
    await approve(page)  # the state is spent: not even the right browser gets in with it
    await expect(heading(page)).to_have_text("HubSpot is not connected")
    assert (await status_of(tenant, link_id)).status == "failed"


async def test_the_back_button_leads_to_the_form_and_on_again(page, tenant):
    link_id, url = await make_link(tenant, provider="hubspot")
    await page.goto(url)
    await go_to_provider(page, "hubspot")
    await page.go_back()
    await expect(heading(page)).to_have_text("Connect HubSpot to Acme Corp")
    await go_to_provider(page, "hubspot")
    await approve(page)
    await expect(heading(page)).to_have_text("Connected")
    await page.goto(url)
    await expect(heading(page)).to_have_text("This link was used already")
    assert (await status_of(tenant, link_id)).status == "completed"


@pytest.mark.parametrize("change", ["?token=uc_wrong", "", "?token="])
async def test_a_link_needs_its_token(page, tenant, change):
    _, url = await make_link(tenant)
    answer = await page.goto(url.partition("?")[0] + change)
    assert answer.status == 404
    await expect(heading(page)).to_have_text("This link is no longer valid")


async def test_reconnecting_keeps_the_id_and_mends_the_status(page, tenant):
    account_id = await tenant.connect("zendesk", "Support")
    changes = AccountChanges(status="needs_reauth", status_reason="invalid_grant")
    await account_rows.update(tenant.site.services.database, tenant.id, account_id, changes)
    await sign_in(page, tenant.key)
    await page.goto("/ui/accounts")
    await expect(page.get_by_text("Needs to be reconnected", exact=True).first).to_be_attached()
    await page.get_by_role("button", name="Reconnect Support").click()
    await expect(heading(page)).to_have_text("Reconnect Zendesk to Acme Corp")
    assert await page.get_by_label("Subdomain").input_value() == discover()["zendesk"].demo_settings["subdomain"]
    await go_to_provider(page, "zendesk")
    await approve(page)
    await page.get_by_role("link", name="Back to Accounts").click()
    await expect(page.locator(f"[data-account={account_id}] .status")).to_have_text("Working")
    found = await get_account(tenant.site.services, tenant.id, account_id)
    assert (found.credentials_type, found.credentials_version) == ("oauth2", 2)


async def test_the_application_gets_its_user_back(page, tenant):
    target = f"{tenant.site.sandbox}/_sandbox/requests?from=app"
    link_id, url = await make_link(tenant, provider="hubspot", return_url=target)
    await page.goto(url)
    await go_to_provider(page, "hubspot")
    await approve(page)
    await page.wait_for_url(f"{target}&account_id=*")
    account_id = (await status_of(tenant, link_id)).account_id
    assert account_id in page.url
    await page.goto(f"{url.partition('?')[0]}/resources")
    await page.get_by_role("button", name="Continue").click()
    await page.wait_for_url(f"{target}&account_id={account_id}")


async def test_a_form_of_another_browser_is_refused(page, open_page, tenant):
    link_id, url = await make_link(tenant, provider="hubspot")
    await page.goto(url)
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Continue to HubSpot").click()
    await expect(heading(page)).to_have_text("The form could not be submitted")
    assert (await status_of(tenant, link_id)).status == "open"


NAMES = {
    "markup": "<script>document.title='x'</script><b>Bold</b>",
    "right to left": "\u202egro.elpmaxe\u202c مثال",
    "long": "long name " * 1000,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_names_are_text_and_nothing_else(page, site, name):
    tenant = await a_tenant(site, name)
    _, url = await make_link(tenant, provider="hubspot")
    await page.goto(url)
    await expect(heading(page)).to_contain_text("Connect HubSpot to")
    assert await page.locator("h1 script, h1 b").count() == 0
    assert len(await heading(page).inner_text()) < 200
    assert name.strip()[:8].replace("\u202e", "") in (await heading(page).inner_text()).replace("\u202e", "")
    assert "· Unified" in await page.title()
    width = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], "the page does not scroll sideways"


async def test_it_works_with_the_keyboard_alone(page, tenant):
    link_id, url = await make_link(tenant, provider="zendesk")
    await page.goto(url)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to content"
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type(discover()["zendesk"].demo_settings["subdomain"])
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/zendesk/**")
    await expect(page.get_by_role("button", name="Approve")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(heading(page)).to_have_text("Connected")
    assert (await status_of(tenant, link_id)).status == "completed"


async def test_it_works_without_script(open_page, tenant):
    page = await open_page(java_script_enabled=False)
    link_id, url = await make_link(tenant)
    await page.goto(url)
    await page.get_by_role("link", name="Zendesk").click()
    await go_to_provider(page, "zendesk")
    await approve(page)
    await expect(heading(page)).to_have_text("Connected")
    assert (await status_of(tenant, link_id)).status == "completed"


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing(open_page, tenant, scheme):
    page = await open_page(color_scheme=scheme)
    _, url = await make_link(tenant)
    await page.goto(url)
    assert await violations(page) == ""
    for provider, kind in (("hubspot", "oauth2"), ("zendesk", "basic"), ("salesforce", "client_credentials")):
        await page.goto(f"{url}&provider={provider}&kind={kind}")
        assert await violations(page) == ""
    await page.goto(f"{url}&provider=zendesk")
    await page.get_by_label("Subdomain").fill("a b")
    await page.get_by_role("button", name="Continue to Zendesk").click()
    assert await violations(page) == ""
    for address in ("/connect/done?provider=hubspot", "/connect/con_x?token=y", "/oauth/callback/hubspot?state=x"):
        await page.goto(address)
        assert await violations(page) == ""


async def test_an_expired_link_says_so_and_opens_nothing(page, tenant):
    link_id, url = await make_link(tenant, provider="hubspot", expires_in=60)
    await page.goto(url)
    await expire(tenant, link_id)
    await page.get_by_role("button", name="Continue to HubSpot").click()
    await expect(heading(page)).to_have_text("This link has expired")
    await page.goto(url)
    await expect(heading(page)).to_have_text("This link has expired")
    await expect(page.locator(".lead")).to_contain_text("Acme Corp asked you to connect an account")
    assert (await status_of(tenant, link_id)).status == "expired"


async def test_access_that_was_not_granted_is_shown_at_the_end(page, tenant):
    link_id, url = await make_link(tenant, provider="jira")
    await page.goto(url)
    await go_to_provider(page, "jira")
    await page.evaluate("document.querySelector('input[name=scope]').value = 'read:jira-work'")
    await approve(page)
    await expect(heading(page)).to_have_text("Connected")
    await expect(page.locator(".notice")).to_contain_text("You did not grant all requested permissions")
    assert (await account_of(tenant, link_id)).status_reason.startswith("missing_scopes: ")
