"""Signing in and out: a session for a key, ended by its time, its key and its owner."""

from urllib.parse import urlencode

import pytest
from playwright.async_api import expect

from tests.browser import SCHEMES, a_tenant, sign_in, violations
from unified.service.access.api_keys import revoke_key
from unified.service.tenants import TenantPatch, update_tenant
from unified.web.session.return_paths import safe_return_path

pytestmark = pytest.mark.slow


async def cookies(page) -> dict:
    return {one["name"]: one for one in await page.context.cookies()}


async def test_a_key_opens_the_home_page_and_is_kept_nowhere(page, tenant):
    await sign_in(page, tenant.key)
    await expect(page).to_have_title("Overview · Unified")
    kept = (await cookies(page))["__Host-unified"]
    assert (kept["secure"], kept["httpOnly"], kept["sameSite"], kept["path"]) == (True, True, "Strict", "/")
    assert tenant.key not in page.url
    assert tenant.key not in str(await page.context.storage_state())


async def test_signing_out_ends_the_session_and_not_only_the_cookie(signed_in, open_page):
    kept = await signed_in.context.cookies()
    await signed_in.get_by_role("button", name="Sign out").click()
    await expect(signed_in.get_by_role("status")).to_have_text("You are signed out.")
    assert "__Host-unified" not in await cookies(signed_in)
    other = await open_page()
    await other.context.add_cookies(kept)
    await other.goto("/ui/accounts")
    await expect(other).to_have_title("Sign in · Unified")


@pytest.mark.parametrize("key", ["uk_wrong", "uk_" + "0" * 33, "<script>alert(1)</script>"])
async def test_a_wrong_key_is_refused_with_what_to_do(page, key):
    await sign_in(page, key)
    await expect(page.get_by_role("alert")).to_contain_text("This key is not valid. Paste the complete key")
    assert "__Host-unified" not in await cookies(page)


async def test_a_key_for_programs_has_no_pages(page, tenant):
    _, key = await tenant.make_key(role="app")
    await sign_in(page, key)
    await expect(page.get_by_role("alert")).to_contain_text("This key is for programs only.")


async def test_an_approver_begins_elsewhere_and_is_told_that_accounts_are_not_theirs(page, tenant):
    _, key = await tenant.make_key(role="approver")
    await sign_in(page, key)
    await expect(page.locator("[aria-current]")).to_have_count(1)
    await page.goto("/ui/accounts")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your key cannot open this page")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_title("Sign in · Unified")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("letter", ["w", "Wide word "])
async def test_long_names_of_tenant_and_key_are_both_seen(open_page, site, width, letter):
    tenant = await a_tenant(site)
    await update_tenant(site.services, tenant.id, TenantPatch(name=(letter * 170)[:170].strip()))
    _, key = await tenant.make_key(name="operator of the night")
    page = await open_page(viewport={"width": width, "height": 800})
    await sign_in(page, key)
    line = page.locator(".as span").last
    await expect(line).to_contain_text("operator of the night")
    box, frame = await line.bounding_box(), await page.locator(".bar").bounding_box()
    assert box["height"] > 8
    assert frame["x"] <= box["x"]
    assert box["x"] + box["width"] <= frame["x"] + frame["width"]
    assert box["y"] + box["height"] <= frame["y"] + frame["height"]
    assert await line.evaluate("one => one.scrollWidth <= one.clientWidth"), "the name is not cut"


async def test_a_revoked_key_ends_its_sessions(page, tenant):
    key_id, key = await tenant.make_key()
    await sign_in(page, key)
    await revoke_key(tenant.site.services, tenant.id, key_id, caller=None)
    await page.reload()
    await expect(page).to_have_title("Sign in · Unified")
    await expect(page.get_by_role("status")).to_have_text("Your session has ended. Sign in again.")


async def test_pages_need_a_session(page):
    await page.goto("/ui/accounts")
    await expect(page).to_have_title("Sign in · Unified")


async def test_a_form_without_its_token_is_refused(signed_in):
    await signed_in.locator("form[action='/ui/sign-out'] input[name=csrf]").evaluate("field => field.value = 'x'")
    await signed_in.get_by_role("button", name="Sign out").click()
    await expect(signed_in.get_by_role("heading", level=1)).to_have_text("The form could not be submitted")
    await signed_in.goto("/ui/accounts")
    await expect(signed_in).to_have_title("Accounts · Unified")


async def test_it_works_with_the_keyboard_alone(page, tenant):
    await page.goto("/ui/sign-in")
    await expect(page.get_by_label("API key")).to_be_focused()
    await page.keyboard.type(tenant.key)
    await page.keyboard.press("Enter")
    await expect(page).to_have_title("Overview · Unified")


@pytest.mark.parametrize("place", ["/ui/coverage/hubspot/crm.contacts", "/ui/audit"])
async def test_who_had_to_sign_in_first_comes_back_to_the_page(page, tenant, place):
    await page.goto(place)
    await page.get_by_label("API key").fill("uk_wrong")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("API key").fill(tenant.key)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"**{place}")


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.test/ui/audit",
        "//evil.test/ui/audit",
        "/\\evil.test",
        "/ui/audit/../../x",
        "/ui/audit\n",
        "/ui/audit?x=//evil.test",
        "/ui/audit?x=1\n",
        "/ui/audit?<script>",
        "/ui/audit?",
        "/ui/audit#x",
        "javascript:alert(1)",
        "/ui/accounts/acc_1/delete",
        "/approvals/apr_1/../x",
        "/approvals/%2F%2Fevil.test",
    ],
)
async def test_signing_in_leads_to_no_place_but_ours(page, tenant, place):
    assert safe_return_path(place) is None
    await page.goto(f"/ui/sign-in?{urlencode({'next': place})}")
    assert await page.locator("input[name=next]").count() == 0
    await page.locator("form").evaluate(
        """(form, place) => {
        const field = document.createElement("input");
        [field.type, field.name, field.value] = ["hidden", "next", place];
        form.append(field);
    }""",
        place,
    )
    await page.get_by_label("API key").fill(tenant.key)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/ui")


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing(open_page, scheme):
    page = await open_page(color_scheme=scheme)
    await page.goto("/ui/sign-in")
    assert await violations(page) == ""
    await sign_in(page, "uk_wrong")
    assert await violations(page) == ""
