"""The accounts page: every status, its actions, and no accounts of other tenants."""

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from playwright.async_api import expect

from tests.browser import SCHEMES, a_tenant, sign_in, violations
from unified.errors.requests import NotFound
from unified.service.accounts.accounts import get_account
from unified.service.runtime.refreshes.refresh_times import margin
from unified.store import accounts
from unified.store.accounts import AccountChanges, SealedCredentials

pytestmark = pytest.mark.slow


def card(page, account_id):
    return page.locator(f"[data-account={account_id}]")


async def change(tenant, account_id, **changes):
    await accounts.update(tenant.site.services.database, tenant.id, account_id, AccountChanges(**changes))


async def test_without_accounts_it_says_how_to_begin(signed_in):
    await expect(signed_in.get_by_text("No accounts yet")).to_be_visible()


async def test_every_status_is_reported_in_words(signed_in, tenant):
    works = await tenant.connect("hubspot", "Sales", external_id="customer-17")
    lost = await tenant.connect("zendesk", "Support")
    await change(tenant, lost, status="needs_reauth", status_reason="invalid_grant")
    scant = await tenant.connect("jira", "Engineering")
    await change(tenant, scant, status_reason="missing_scopes: write:jira-work; no_refresh_token")
    await signed_in.reload()
    await expect(card(signed_in, works).locator(".status")).to_have_text("Working")
    await expect(card(signed_in, works)).to_contain_text("customer-17")
    await expect(card(signed_in, lost).locator(".status")).to_have_text("Needs to be reconnected")
    await expect(card(signed_in, lost).locator(".reason")).to_contain_text("The product ended this access.")
    await expect(card(signed_in, scant).locator(".reason")).to_contain_text(
        "Some of the requested permissions were not granted."
    )
    assert "secret" not in await signed_in.content()


async def test_access_is_masked_and_says_when_it_ends(signed_in, tenant):
    account_id = await tenant.connect("hubspot", "Sales")
    ends = datetime.now(UTC) + timedelta(minutes=30, seconds=30)
    sealed = SealedCredentials(sealed="x", type="oauth2", masked="…w7Qz", expires_at=ends, refreshable=True)
    await change(tenant, account_id, credentials=sealed)
    await signed_in.reload()
    access = card(signed_in, account_id).locator("dd").first
    row = await get_account(tenant.site.services, tenant.id, account_id)
    renewal = ends - margin(row)
    await expect(access).to_have_text(re.compile(r"Sign-in …w7Qz, renews in 2[789] minutes"))
    assert await access.locator("time").get_attribute("title") == f"{renewal:%Y-%m-%d %H:%M:%S} UTC"


async def test_a_check_tells_what_the_provider_says(signed_in, tenant):
    good = await tenant.connect("hubspot", "Sales")
    bad = await tenant.connect("zendesk", "Support", credentials={"type": "basic", "username": "a", "password": "b"})
    await signed_in.reload()
    await card(signed_in, good).get_by_role("button", name="Check Sales").click()
    await expect(signed_in.get_by_role("status")).to_have_text("Sales works: HubSpot accepts its credentials.")
    await card(signed_in, bad).get_by_role("button", name="Check Support").click()
    notice = "Support: the product does not accept its credentials. Reconnect the account."
    await expect(signed_in.get_by_role("status")).to_have_text(notice)


async def test_an_account_is_disabled_and_enabled_again(signed_in, tenant):
    account_id = await tenant.connect("hubspot", "Sales")
    await signed_in.reload()
    await card(signed_in, account_id).get_by_role("button", name="Disable Sales").click()
    await expect(card(signed_in, account_id).locator(".status")).to_have_text("Disabled")
    assert (await get_account(tenant.site.services, tenant.id, account_id)).status == "disabled"
    await card(signed_in, account_id).get_by_role("button", name="Enable Sales").click()
    await expect(signed_in.get_by_role("status")).to_have_text("Sales is enabled.")
    assert (await get_account(tenant.site.services, tenant.id, account_id)).status == "active"


async def test_an_account_is_deleted_after_a_question(signed_in, tenant):
    account_id = await tenant.connect("hubspot", "Sales")
    await signed_in.reload()
    await card(signed_in, account_id).get_by_role("link", name="Delete Sales").click()
    await expect(signed_in.get_by_role("heading", level=1)).to_have_text("Delete Sales?")
    await signed_in.get_by_role("link", name="Cancel").click()
    assert await get_account(tenant.site.services, tenant.id, account_id)
    await card(signed_in, account_id).get_by_role("link", name="Delete Sales").click()
    await signed_in.get_by_role("button", name="Delete this account").click()
    await expect(signed_in.get_by_role("status")).to_have_text("The account was deleted.")
    with pytest.raises(NotFound):
        await get_account(tenant.site.services, tenant.id, account_id)


async def test_accounts_are_filtered_and_come_page_by_page(signed_in, tenant):
    for number in range(21):
        await tenant.connect("hubspot", f"Sales {number}")
    await tenant.connect("jira", "Engineering")
    await signed_in.goto("/ui/accounts")
    await expect(signed_in.locator("[data-account]")).to_have_count(20)
    await signed_in.get_by_role("link", name="Next page").click()
    await expect(signed_in.locator("[data-account]")).to_have_count(2)
    await signed_in.get_by_role("link", name="First page").click()
    await signed_in.get_by_label("Product").select_option("Jira")
    await signed_in.get_by_role("button", name="Apply").click()
    await expect(signed_in.locator("[data-account]")).to_have_count(1)
    await signed_in.get_by_role("button", name="Disable Engineering").click()
    await expect(signed_in.get_by_label("Product")).to_have_value("jira")  # a filter outlives an action
    await signed_in.get_by_label("Status").select_option("Working")
    await signed_in.get_by_role("button", name="Apply").click()
    await expect(signed_in.get_by_text("No accounts match these filters.")).to_be_visible()


async def test_a_new_status_appears_by_itself_and_is_said(signed_in, tenant):
    account_id = await tenant.connect("hubspot", "Sales")
    await signed_in.clock.install()
    await signed_in.reload()
    await change(tenant, account_id, status="needs_reauth", status_reason="invalid_grant")
    await signed_in.clock.run_for(5_500)
    await expect(card(signed_in, account_id).locator(".status")).to_have_text("Needs to be reconnected")
    await expect(signed_in.locator("[aria-live]")).to_have_text("Sales: Needs to be reconnected")


async def test_another_tenants_account_is_like_none(signed_in, tenant):
    other = await a_tenant(tenant.site, "Other Inc")
    theirs = await other.connect("hubspot", "Theirs")
    await signed_in.reload()
    await expect(card(signed_in, theirs)).to_have_count(0)
    pages = []
    for account_id in (theirs, "acc_unknown"):
        answer = await signed_in.goto(f"/ui/accounts/{account_id}/delete")
        pages.append((answer.status, await signed_in.locator("main").inner_text()))
    assert pages[0] == pages[1]
    assert pages[0][0] == 404


async def test_a_key_for_some_accounts_sees_only_those(page, tenant):
    seen = await tenant.connect("hubspot", "Seen")
    hidden = await tenant.connect("hubspot", "Hidden")
    _, key = await tenant.make_key(scope={"accounts": [seen], "methods": ["read"]})
    await sign_in(page, key)
    await page.goto("/ui/accounts")
    await expect(card(page, seen)).to_have_count(1)
    await expect(card(page, hidden)).to_have_count(0)
    answer = await page.goto(f"/ui/accounts/{hidden}/delete")
    assert answer.status == 403


async def test_it_works_without_script(open_page, tenant):
    await tenant.connect("hubspot", "Sales")
    page = await open_page(java_script_enabled=False)
    await sign_in(page, tenant.key)
    await page.goto("/ui/accounts")
    await page.get_by_role("button", name="Check Sales").click()
    await expect(page.get_by_role("status")).to_have_text("Sales works: HubSpot accepts its credentials.")


async def test_names_are_text_and_nothing_else(signed_in, tenant):
    name = "<img src=x onerror=alert(1)>\u202e"
    account_id = await tenant.connect("hubspot", "x")
    await change(tenant, account_id, name=name)
    await signed_in.reload()
    await expect(card(signed_in, account_id).locator("h2")).to_contain_text("<img src=x onerror=alert(1)>")
    assert await card(signed_in, account_id).locator("img").count() == 0


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing(open_page, tenant, scheme):
    page = await open_page(color_scheme=scheme)
    await sign_in(page, tenant.key)
    await page.goto("/ui/accounts")
    assert await violations(page) == ""
    for status in msgspec.inspect.type_info(accounts.AccountStatus).values:
        account_id = await tenant.connect("hubspot", f"{status}")
        await change(tenant, account_id, status=status, status_reason="invalid_grant")
    await page.goto(f"/ui/accounts?notice=fails&account={account_id}&reason=provider_timeout")
    assert await violations(page) == ""
    await page.goto(f"/ui/accounts/{account_id}/delete")
    assert await violations(page) == ""
    await page.goto("/ui/accounts/nothing/here")
    assert await violations(page) == ""
