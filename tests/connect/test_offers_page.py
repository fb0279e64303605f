"""Choosing among many products, and among the ways that are set up."""

import shutil
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser import a_site, a_tenant, violations
from tests.web.links import make_link
from unified.transform.catalog import Catalog

ROOT = Path(__file__).parents[2]
TITLES = ("Anvil", "Bellows", "Crucible", "Draw Plate", "Fuller", "Hammer", "Mandrel", "Quench", "Tongs", "<b>Vise</b>")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def many(tmp_path_factory):
    """A service with ten small products, none with an OAuth app, one with no other way."""
    folder = tmp_path_factory.mktemp("catalog")
    (folder / "providers").mkdir()
    text = (ROOT / "providers" / "hubspot.yaml").read_text(encoding="utf-8")
    for number, title in enumerate(TITLES):
        made = text.replace("name: hubspot", f"name: tool{number}").replace("title: HubSpot", f'title: "{title}"')
        if title == "Tongs":
            made = made[: made.index("  - type: bearer")] + made[made.index("check: ") :]
        (folder / "providers" / f"tool{number}.yaml").write_text(made, encoding="utf-8")
        (folder / "mappings" / f"tool{number}").mkdir(parents=True)
        shutil.copy(ROOT / "mappings" / "hubspot" / "crm.stages.yaml", folder / "mappings" / f"tool{number}")
    async with a_site(folder / "home", Catalog.load(folder)) as site:
        yield await a_tenant(site)


def names(page):
    return page.locator("#products li:not([hidden]) strong")


@pytest.mark.slow
async def test_many_products_are_searched_while_typing(page, many):
    _, url = await make_link(many)
    await page.goto(url)
    await expect(names(page)).to_have_count(9)  # the one without a way is left out
    await page.get_by_role("searchbox", name="Search").press_sequentially("ham")
    await expect(names(page)).to_have_text(["Hammer"])
    await expect(page.get_by_role("status")).to_have_text("1 to choose from")
    await page.get_by_role("searchbox").fill("nothing such")
    await expect(page.get_by_role("status")).to_have_text("No matches. Try fewer letters.")
    assert await violations(page) == ""


async def test_the_search_works_without_script(open_page, many):
    page = await open_page(java_script_enabled=False)
    _, url = await make_link(many)
    await page.goto(url)
    await page.get_by_role("searchbox", name="Search").fill("VISE")
    await page.get_by_role("button", name="Search").click()
    await expect(names(page)).to_have_text(["<b>Vise</b>"])
    await page.get_by_role("link", name="Vise").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Connect <b>Vise</b> to Acme Corp")


async def test_without_an_oauth_app_a_key_is_asked_for(page, many):
    _, url = await make_link(many, provider="tool0")
    await page.goto(url)
    await expect(page.get_by_label("Access token")).to_be_visible()
    await expect(page.get_by_text("an administrator creates one under Settings > Integrations > Private Apps")).to_be_visible()
    await expect(page.get_by_role("button", name="Continue to")).to_have_count(0)


async def test_a_product_without_any_way_says_so(page, many):
    _, url = await make_link(many, provider="tool8")
    await page.goto(url)
    await expect(page.get_by_role("alert")).to_contain_text("You cannot connect Tongs this way yet.")
    await expect(page.get_by_role("button")).to_have_count(0)
