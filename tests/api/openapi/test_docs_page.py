"""The docs page in a browser: an operation opens from its address, its first Execute answers, and dark is dark."""

import io

import pytest
from PIL import Image, ImageStat

pytestmark = pytest.mark.slow
MILLISECONDS = 90_000
"""The page reads a megabyte of JSON and follows all its references, which takes long on a busy machine."""
BRIGHT, DARK = 170, 90
"""Mean lightness of a page that is light, and of one that is dark, of 255."""


async def test_the_first_execute_of_a_list_answers(open_page, tenant):
    account = await tenant.connect("hubspot")
    page = await open_page(color_scheme="dark", viewport={"width": 1200, "height": 900})
    page.set_default_timeout(MILLISECONDS)
    await page.goto("/docs#/crm/list_crm_contacts")
    await page.get_by_role("button", name="Authorize").first.click()
    await page.locator(".auth-container input").first.fill(tenant.key)
    await page.locator(".auth-btn-wrapper button[type=submit]").click()
    await page.locator(".modal-ux .btn-done").click()
    await page.locator('tr[data-param-name="account_id"] input').fill(account)
    await page.get_by_role("button", name="Execute").click()
    status = page.locator(".live-responses-table tr.response td.response-col_status").first
    await status.wait_for()
    assert (await status.inner_text()).strip() == "200"
    assert "filter" not in await page.locator(".request-url pre").first.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_has_the_colors_that_the_reader_prefers(open_page, scheme):
    page = await open_page(color_scheme=scheme)
    page.set_default_timeout(MILLISECONDS)
    await page.goto("/docs")
    await page.get_by_text("Accounts, contacts, deals and activities").wait_for()
    picture = Image.open(io.BytesIO(await page.screenshot())).convert("L")
    (lightness,) = ImageStat.Stat(picture).mean
    assert (lightness < DARK) if scheme == "dark" else (lightness > BRIGHT), lightness
