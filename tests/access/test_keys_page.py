"""The pages of API keys: what each may do, and the revocation of one with everything that it created."""

import pytest
from playwright.async_api import expect

from tests.browser import SCHEMES, sign_in, violations
from tests.keys import new_key
from unified.errors.requests import NotFound
from unified.service.access.api_keys import create_key, get_key
from unified.service.access.principals import authenticate

pytestmark = pytest.mark.slow


async def family(tenant):
    """A key with what it made, a program's key."""
    parent_id, parent = await tenant.make_key(name="Operations")
    maker = await authenticate(tenant.site.services, f"Bearer {parent}")
    row, _ = await create_key(tenant.site.services, tenant.id, new_key(name="Nightly sync", role="app"), maker=maker)
    return parent_id, row.id


async def usable(tenant, key_id):
    try:
        await get_key(tenant.site.services, tenant.id, key_id, caller=None)
    except NotFound:
        return False
    return True


async def test_every_key_says_what_it_may_do(signed_in, tenant):
    parent, child = await family(tenant)
    await signed_in.goto("/ui/keys")
    card = signed_in.locator("li", has=signed_in.get_by_role("heading", name="Nightly sync"))
    await expect(card).to_contain_text(child)
    await expect(card).to_contain_text("Sent immediately")
    await expect(card).to_contain_text("none")
    await expect(card).to_contain_text("Operations")
    await expect(signed_in.get_by_text("You signed in with this key")).to_have_count(1)
    assert parent


@pytest.mark.parametrize("every", [True, False])
async def test_a_key_is_revoked_alone_or_with_all_that_it_made(signed_in, tenant, every):
    parent, child = await family(tenant)
    await signed_in.goto(f"/ui/keys/{parent}/revoke")
    await expect(signed_in.get_by_text("API key Nightly sync")).to_be_visible()
    if every:
        await signed_in.get_by_role("checkbox", name="Revoke all of these as well").check()
    await signed_in.get_by_role("button", name="Revoke the key").click()
    await expect(signed_in.get_by_role("status")).to_have_text("The API key was revoked.")
    assert (await usable(tenant, parent), await usable(tenant, child)) == (False, not every)


async def test_a_key_without_the_permission_opens_no_keys(page, tenant):
    _, key = await tenant.make_key(scope={"methods": ["read"], "manage": ["servers"]})
    await sign_in(page, key)
    await expect(page.get_by_role("link", name="API keys")).to_have_count(0)
    await page.goto("/ui/keys")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your key cannot open this page")


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing(open_page, tenant, scheme):
    page = await open_page(color_scheme=scheme)
    await sign_in(page, tenant.key)
    parent, _ = await family(tenant)
    for address in ("/ui/keys", f"/ui/keys/{parent}/revoke"):
        await page.goto(address)
        assert await violations(page) == ""
