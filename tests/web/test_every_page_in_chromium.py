"""Every page for signed-in people as Chromium shows it: both colour schemes, a desktop and a phone, full and empty lists."""

import pytest

from tests.browser import SCHEMES, sign_in, violations
from tests.web.agents import make_server
from tests.web.furnished import addresses, furnish
from tests.web.test_every_page import LEADS_ON, PAGES
from tests.web.test_refused_forms import FORMS, NOTHING

pytestmark = pytest.mark.slow
PHONE = {"width": 360, "height": 740}
HEADINGS = """() => [...document.querySelectorAll("td[data-label]")]
    .filter(cell => cell.offsetParent !== null)
    .filter(cell => !getComputedStyle(cell, "::before").content.includes(cell.dataset.label.replaceAll('"', '\\\\"')))
    .map(cell => cell.outerHTML.slice(0, 100))"""
"""The cells that are shown without the heading of their column."""


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(open_page, tenant, scheme):
    made = await furnish(tenant.site.services, tenant.id)
    found = addresses(made)
    assert set(PAGES) - LEADS_ON == set(found), "say in `addresses` where the page is"
    page = await open_page(color_scheme=scheme, viewport=PHONE)
    await sign_in(page, made.key)
    for address in (one for several in found.values() for one in several):
        answer = await page.goto(address)
        assert answer.status == 200, address
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
        assert await page.evaluate(HEADINGS) == [], address
        assert await violations(page) == "", address


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing_on_empty_pages_of_a_desktop(open_page, tenant, scheme):
    page = await open_page(color_scheme=scheme)
    await sign_in(page, tenant.key)
    for address in (one for one in PAGES if "{" not in one and one not in LEADS_ON):
        await page.goto(address)
        assert await violations(page) == "", address


SCROLLING = """() => [...document.querySelectorAll(".card.scroll:not(:has(.matrix))")]
    .filter(box => box.scrollWidth > box.clientWidth).map(box => box.getAttribute("aria-label") || box.getAttribute("aria-labelledby"))"""
"""The tables that are wider than their boxes, apart from the one with a column for each product."""


async def test_long_names_push_no_column_out_of_a_desktop(open_page, tenant):
    made = await furnish(tenant.site.services, tenant.id)
    page = await open_page(viewport={"width": 1280, "height": 800})
    await sign_in(page, made.key)
    for address in (one for several in addresses(made).values() for one in several):
        await page.goto(address)
        assert await page.evaluate(SCROLLING) == [], address
        assert await page.evaluate("document.documentElement.scrollWidth") <= 1280, address


SPOIL = """fields => {
    const form = [...document.querySelectorAll("main form")].find(one => new URL(one.action).pathname === location.pathname);
    form.noValidate = true;
    for (const [name, value] of Object.entries(fields)) {
        const field = form.elements[name];
        if (field && field.options) field.options[0].value = value;
        else if (field) field.value = value;
    }
    form.submit();
}"""
"""Fills the form of a page with what it refuses, and sends it."""


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing_on_refused_forms_and_nothing_is_wider_than_a_phone(open_page, tenant, scheme):
    account = await tenant.connect("hubspot", "x" * 80)
    server = await make_server(tenant, account, methods=["read"])
    page = await open_page(color_scheme=scheme, viewport=PHONE)
    await sign_in(page, tenant.key)
    for address in (one.format(server=server) for one in FORMS.values()):
        await page.goto(address)
        async with page.expect_navigation():
            await page.evaluate(SPOIL, NOTHING)
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert await page.get_by_role("alert").count() == 1, address
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
        assert await violations(page) == "", address


WIDTHS = (390, 768, 960, 1024, 1280, 1366, 1440, 1920)
STICKS_OUT = """() => {
    const scrolls = (one) => ["auto", "scroll"].includes(getComputedStyle(one).overflowX);
    const isShown = (one) => one.getClientRects().length > 0 && !one.closest(".unseen, thead, .skip");
    return [...document.querySelectorAll("main .card, main .card *")].filter(isShown).filter((one) => {
        const box = one.parentElement.closest(".card") || one;
        for (let parent = one; parent && parent !== box.parentElement; parent = parent.parentElement) if (scrolls(parent)) return false;
        return one.getBoundingClientRect().right > box.getBoundingClientRect().right + 1;
    }).map((one) => one.outerHTML.slice(0, 120)).slice(0, 3);
}"""
"""What is wider than its card, which is not one that scrolls."""
SMALL = """() => [...document.querySelectorAll("main a[href], main button, main input:not([type=hidden]), main select, main summary")]
    .filter((one) => one.getClientRects().length > 0 && !one.closest("p, .lead, .unseen") && !(one.type === "checkbox" || one.type === "radio"))
    .filter((one) => { const box = one.getBoundingClientRect(); return box.height < 23.5 || box.width < 23.5; })
    .map((one) => `${one.outerHTML.slice(0, 100)} ${one.getBoundingClientRect().width}x${one.getBoundingClientRect().height}`).slice(0, 3)"""
"""Targets under 24 by 24 pixels (WCAG 2.2, 2.5.8), apart from links in sentences and boxes, whose labels are targets too."""


async def test_nothing_sticks_out_of_its_card_at_any_width(open_page, tenant):
    made = await furnish(tenant.site.services, tenant.id)
    page = await open_page()
    await sign_in(page, made.key)
    for address in (
        *(one for several in addresses(made).values() for one in several),
        "/ui/coverage",
        "/ui/coverage?category=hris",
    ):
        await page.goto(address)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate(STICKS_OUT) == [], (address, width)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)


@pytest.mark.parametrize("width", [390, 1280])
async def test_every_target_can_be_hit(open_page, tenant, width):
    made = await furnish(tenant.site.services, tenant.id)
    page = await open_page(viewport={"width": width, "height": 900})
    await sign_in(page, made.key)
    for address in (one for several in addresses(made).values() for one in several):
        await page.goto(address)
        assert await page.evaluate(SMALL) == [], address
