"""An approval that the tenant's own page opens with `Unified.approve`, in a browser: the page learns how it ended, no other page does."""

import asyncio
import json
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from tests.approvals.test_page import scenario, status  # noqa: F401 - a fixture
from tests.browser import ARGUMENTS, CHROMIUM
from tests.connect.test_embedding import outcome_of, tenant_app, until_closed
from tests.filled_rows import change
from unified.store.engine.tables import APPROVALS

pytestmark = pytest.mark.slow

PAGE = """<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>App</title>
<script src="{base}/embed.js"></script><button>Approve</button><output></output><div id="frame"></div>
<script>
  const received = [];
  addEventListener("message", ({ data }) => received.push(data));
  const show = (outcome) => { document.querySelector("output").textContent = JSON.stringify(outcome); };
  const url = () => new URLSearchParams(location.hash.slice(1)).get("url");
  document.querySelector("button").onclick = () => Unified.approve(url()).then(show, (error) => show({ error: error.message }));
</script>"""
OTHER_SITE = "evil.example"


@pytest_asyncio.fixture(loop_scope="session")
async def context():
    """A browser without cookies of third parties, for which another site is this machine too."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[*ARGUMENTS, "--test-third-party-cookie-phaseout", f"--host-resolver-rules=MAP {OTHER_SITE} 127.0.0.1"],
            ignore_default_args=["--disable-popup-blocking"],
        )
        made = await browser.new_context()
        made.set_default_timeout(30_000)
        yield made
        await browser.close()


@pytest.fixture
def app(site):
    with tenant_app(site.base, PAGE) as address:
        yield address


def address_of(site, approval):
    return f"{site.base}/approvals/{approval}"


async def opened(context, app, url):
    """The page of the application, and the window that its button opens."""
    page = await context.new_page()
    await page.goto(f"{app}/start#{urlencode({'url': url})}")
    async with page.expect_popup() as waiting:
        await page.click("button")
    return page, await waiting.value


async def signed_in_at(child, key):
    await expect(child).to_have_title("Sign in · Unified")
    await child.get_by_label("API key").fill(key)
    await child.get_by_role("button", name="Sign in").click()
    await expect(child.locator(".head .status")).to_be_visible()


async def test_who_approves_signs_in_and_decides_in_the_window(site, context, app, scenario):  # noqa: F811
    approval = await scenario.ask(name="Approved in a window")
    page, child = await opened(context, app, address_of(site, approval))
    await signed_in_at(child, scenario.tenant.key)
    await expect(status(child)).to_have_text("Waiting for a decision")
    assert await scenario.name() != "Approved in a window", "nothing is sent by opening"
    await child.get_by_role("button", name="Approve and update").click()
    assert await outcome_of(page) == {"status": "executed"}
    assert await scenario.name() == "Approved in a window"
    await until_closed(child)
    received = await page.evaluate("received")
    assert {json.dumps(one) for one in received} == {
        json.dumps({"type": "unified-approval", "status": one}) for one in ("pending", "executed")
    }


async def test_who_is_signed_in_declines_in_the_window(site, context, app, scenario):  # noqa: F811
    approval = await scenario.ask(name="Declined in a window")
    own = await context.new_page()
    await own.goto(f"{site.base}/ui/sign-in?next=/ui/approvals/{approval}")
    await signed_in_at(own, scenario.tenant.key)
    page, child = await opened(context, app, f"{site.base}/ui/approvals/{approval}")
    await child.get_by_role("button", name="Decline").click()
    assert await outcome_of(page) == {"status": "declined"}
    await until_closed(child)
    assert (await scenario.row(approval)).status == "declined"


async def test_who_edits_the_write_first_is_reported_too(site, context, app, scenario):  # noqa: F811
    approval = await scenario.ask(name="Asked in a window")
    page, child = await opened(context, app, address_of(site, approval))
    await signed_in_at(child, scenario.tenant.key)
    await child.get_by_role("link", name="Edit").click()
    await child.get_by_label("name", exact=True).fill("Edited in a window")
    await child.get_by_role("button", name="Review the request").click()
    await child.get_by_role("button", name="Approve and update").click()
    assert await outcome_of(page) == {"status": "executed"}
    assert await scenario.name() == "Edited in a window"


@pytest.mark.parametrize("when", ["before signing in", "before deciding"])
async def test_a_window_that_is_closed_decides_nothing(site, context, app, scenario, when):  # noqa: F811
    approval = await scenario.ask(name="Left in a window")
    page, child = await opened(context, app, address_of(site, approval))
    await expect(child).to_have_title("Sign in · Unified")
    if when == "before deciding":
        await signed_in_at(child, scenario.tenant.key)
    await child.close()
    assert await outcome_of(page) == {"status": "closed"}
    assert (await scenario.row(approval)).status == "pending"


async def test_one_that_has_ended_says_how_and_stays_open(site, context, app, scenario):  # noqa: F811
    approval = await scenario.ask(name="Expired in a window")
    async with site.services.database.write() as connection:
        await change(connection, APPROVALS, APPROVALS.c.id == approval, expires_at=datetime.now(UTC))
    page, child = await opened(context, app, address_of(site, approval))
    await signed_in_at(child, scenario.tenant.key)
    assert await outcome_of(page) == {"status": "expired"}
    await expect(status(child)).to_contain_text("Expired")


async def test_others_that_are_decided_in_the_same_window_are_not_reported(site, context, app, scenario):  # noqa: F811
    approval, other = await scenario.ask(name="Opened"), await scenario.ask(name="Decided as well")
    page, child = await opened(context, app, address_of(site, approval))
    await signed_in_at(child, scenario.tenant.key)
    await child.get_by_role("link", name="All approvals").click()
    await child.locator(f"a[href$='{other}']").click()
    await child.get_by_role("button", name="Decline").click()
    await expect(status(child)).to_contain_text("Declined")
    assert await child.evaluate("window.opener !== null"), "the window is still together with the page"
    assert {one["status"] for one in await page.evaluate("received")} == {"pending"}
    await child.get_by_role("link", name="All approvals").click()
    await child.locator(f"a[href$='{approval}']").click()
    await child.get_by_role("button", name="Approve and update").click()
    assert await outcome_of(page) == {"status": "executed"}


async def test_a_page_of_another_origin_learns_nothing(site, context, app, scenario):  # noqa: F811
    approval = await scenario.ask(name="Opened by another page")
    other = f"http://{OTHER_SITE}:{urlsplit(app).port}"
    page, child = await opened(context, other, address_of(site, approval))
    outcome = await outcome_of(page)
    assert outcome["error"].endswith(f"does not report to {other}: add this origin to the tenant's return_origins")
    await signed_in_at(child, scenario.tenant.key)
    await child.get_by_role("button", name="Approve and update").click()
    await expect(status(child)).to_have_text("Approved and done")
    assert await child.evaluate("window.opener") is None
    assert await page.evaluate("received") == []


@pytest.mark.parametrize("path", ["/ui/sign-in", "/ui/approvals/{approval}", "/approvals/{approval}", "/ui/approvals"])
async def test_no_page_of_another_origin_keeps_a_window_of_unified(site, context, app, scenario, path):  # noqa: F811
    approval = await scenario.ask(name="Held by another page")
    page = await context.new_page()
    await page.goto(f"http://{OTHER_SITE}:{urlsplit(app).port}/start")
    async with page.expect_popup() as waiting:
        await page.evaluate("(url) => { window.held = window.open(url); }", site.base + path.format(approval=approval))
    child = await waiting.value
    await expect(child).to_have_title("Sign in · Unified")
    assert await page.evaluate("held.closed")
    assert await child.evaluate("window.opener") is None


@pytest.mark.parametrize(
    "url", ["https://evil.example/approvals/apr_1", "{base}/ui/sign-in", "{base}.evil.example/approvals/apr_1", "undefined"]
)
async def test_another_address_than_that_of_an_approval_here_is_refused(site, context, app, url):
    url = url.replace("{base}", site.base)
    page = await context.new_page()
    await page.goto(f"{app}/start#{urlencode({'url': url})}")
    await page.click("button")
    assert await outcome_of(page) == {"error": f"Unified.approve: expected {site.base}/approvals/apr_…, got {url}"}
    assert len(context.pages) == 1


async def test_a_blocked_window_is_reported(site, context, app):
    page = await context.new_page()
    await page.goto(f"{app}/start")
    asked = "Unified.approve(url).then(show, (error) => show({ error: error.message }))"
    await page.evaluate(f"(url) => {{ window.open = () => null; {asked}; }}", address_of(site, "apr_1"))
    assert (await outcome_of(page))["error"].endswith("the browser blocked the window; call it in response to a click")


async def test_no_page_of_the_tenant_frames_an_approval(site, context, app, scenario):  # noqa: F811
    approval = await scenario.ask(name="Framed")
    page = await context.new_page()
    await page.goto(f"{app}/start")
    for path in (f"/approvals/{approval}", f"/ui/approvals/{approval}"):
        frame = f'<iframe src="{site.base}{path}"></iframe>'
        await page.evaluate("(frame) => { document.querySelector('#frame').innerHTML = frame; }", frame)
        await asyncio.sleep(1)
        assert await page.frame_locator("iframe").get_by_role("heading").count() == 0
    assert await page.evaluate("received") == []
