"""The script for a tenant's own page, in a browser: windows, windows that are blocked, and no cookies of third parties."""

import asyncio
import http.server
import json
import re
import threading
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from tests.browser import ARGUMENTS, CHROMIUM, a_tenant
from tests.web.links import approve, go_to_provider, make_link, status_of
from unified.service.tenants import TenantPatch, update_tenant

pytestmark = pytest.mark.slow

PAGE = """<!doctype html><meta charset="utf-8"><title>App</title><script src="{base}/embed.js"></script>
<button id="connect">Connect</button><output></output><div id="frame"></div>
<script>
  const show = (outcome) => { document.querySelector("output").textContent = JSON.stringify(outcome); };
  const asked = new URLSearchParams(location.hash.slice(1));
  const connect = async () => show(await Unified.connect(asked.get("link"), { interval: 200 }));
  document.querySelector("#connect").onclick = connect;
  if (asked.get("at") === "once") connect();  // without a click, so browsers block the window
</script>"""


@contextmanager
def tenant_app(base, text=PAGE):
    """The tenant's application, on another site: every path is the same page."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            content = text.replace("{base}", base).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest_asyncio.fixture(params=[False, True], ids=["windows", "blocked"], loop_scope="session")
async def visitor(request):
    """A page of a browser that keeps no cookies of third parties, and perhaps opens no windows."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[*ARGUMENTS, "--test-third-party-cookie-phaseout"],
            ignore_default_args=["--disable-popup-blocking"],
        )
        context = await browser.new_context()
        context.set_default_timeout(30_000)
        yield await context.new_page(), request.param
        await browser.close()


async def outcome_of(page):
    await expect(page.locator("output")).not_to_be_empty(timeout=20_000)
    return json.loads(await page.locator("output").inner_text())


async def opened(page, app, url, *, blocked):
    """Press the button of the application; the page on which the link is then open."""
    address = f"{app}/start#{urlencode({'link': url} | ({'at': 'once'} if blocked else {}))}"
    await page.goto(address)
    if blocked:
        await page.wait_for_url(re.compile("^" + re.escape(url)))
        return page
    async with page.expect_popup() as waiting:
        await page.click("#connect")
    return await waiting.value


async def test_a_connection_comes_back_to_the_application(site, visitor):
    page, blocked = visitor
    tenant = await a_tenant(site)
    with tenant_app(site.base) as app:
        link_id, url = await make_link(tenant, provider="hubspot", return_url=f"{app}/done")
        child = await opened(page, app, url, blocked=blocked)
        await go_to_provider(child, "hubspot")
        await approve(child)
        if blocked:
            await page.wait_for_url("**/done?account_id=acc_*")
        else:
            outcome = await outcome_of(page)
            account = (await status_of(tenant, link_id)).account_id
            assert (outcome["status"], outcome["account_id"]) == ("completed", account)
            await until_closed(child)


async def test_a_refusal_comes_back_with_its_reason(site, visitor):
    page, blocked = visitor
    tenant = await a_tenant(site)
    with tenant_app(site.base) as app:
        _, url = await make_link(tenant, provider="hubspot", return_url=f"{app}/done")
        child = await opened(page, app, url, blocked=blocked)
        await go_to_provider(child, "hubspot")
        await child.get_by_role("button", name="Deny").click()
        if blocked:
            await page.wait_for_url("**/done?status=denied&reason=access_denied")
        else:
            outcome = await outcome_of(page)
            assert (outcome["status"], outcome["reason"]) == ("failed", "access_denied")
            await until_closed(child)


@pytest.mark.parametrize("way", ["cancels", "closes", "closes at the product"])
async def test_a_customer_who_leaves_is_reported_to_the_application(site, visitor, way):
    page, blocked = visitor
    tenant = await a_tenant(site)
    with tenant_app(site.base) as app:
        link_id, url = await make_link(tenant, provider="hubspot", return_url=f"{app}/done")
        child = await opened(page, app, url, blocked=blocked)
        if way == "cancels":
            await child.get_by_role("link", name="Cancel and go back").click()
        if blocked:
            return
        if way == "closes at the product":
            await go_to_provider(child, "hubspot")
        if way != "cancels":
            await child.close()
        outcome = await outcome_of(page)
        assert (outcome["status"], outcome["account_id"]) == ("cancelled", None)
        await until_closed(child)
        assert (await status_of(tenant, link_id)).status == "open"


async def test_leaving_an_unreadable_link_is_reported_to_the_application(site, visitor):
    """As of a tenant that is suspended or deleted meanwhile, or from an origin that is not the tenant's."""
    page, blocked = visitor
    if blocked:
        return
    tenant = await a_tenant(site)
    with tenant_app(site.base) as app:
        _, url = await make_link(tenant, provider="hubspot")
        child = await opened(page, app, url, blocked=False)
        await page.route("**/status?*", lambda route: route.abort())
        await child.close()
        assert await outcome_of(page) == {"status": "cancelled", "account_id": None, "reason": None}


async def test_a_window_that_closes_when_the_account_is_connected_has_not_been_left(site, visitor):
    page, blocked = visitor
    if blocked:
        return
    tenant = await a_tenant(site)
    with tenant_app(site.base) as app:
        link_id, url = await make_link(tenant, provider="hubspot")
        await page.route("**/status?*", _late)
        child = await opened(page, app, url, blocked=False)
        await go_to_provider(child, "hubspot")
        await approve(child)
        await expect(child.get_by_role("heading", level=1)).to_have_text("Connected")
        await child.close()
        assert (await outcome_of(page))["status"] == "completed"
        assert (await status_of(tenant, link_id)).status == "completed"


async def _late(route):
    await asyncio.sleep(0.5)
    await route.continue_()


async def test_messages_of_another_window_are_ignored(site, visitor):
    page, blocked = visitor
    if blocked:
        return
    tenant = await a_tenant(site)
    with tenant_app(site.base) as app:
        _, url = await make_link(tenant, provider="hubspot", return_url=f"{app}/done")
        await opened(page, app, url, blocked=False)
        await page.evaluate("window.postMessage({type: 'unified-connect', status: 'completed'}, location.origin)")
        await asyncio.sleep(1)
        assert await page.locator("output").inner_text() == ""


async def test_a_frame_lists_products_and_opens_a_window(site, visitor):
    page, blocked = visitor
    if blocked:
        return
    tenant = await a_tenant(site)
    with tenant_app(site.base) as app:
        await update_tenant(site.services, tenant.id, TenantPatch(frame_ancestors=(app,)))
        _, url = await make_link(tenant, return_url=f"{app}/done", providers=("hubspot", "zendesk"))
        await page.goto(f"{app}/start")
        script = "(link) => { const frame = document.createElement('iframe'); frame.src = link; frame.width = 600; "
        script += "frame.height = 600; document.querySelector('#frame').append(frame); "
        script += "Unified.watch(link, {interval: 200}).then(show); }"
        await page.evaluate(script, url)
        frame = page.frame_locator("iframe")
        async with page.expect_popup() as waiting:
            await frame.get_by_role("link", name="HubSpot").click()
        child = await waiting.value
        await expect(child.get_by_role("heading", level=1)).to_have_text("Connect HubSpot to Acme Corp")
        await go_to_provider(child, "hubspot")
        await approve(child)
        assert (await outcome_of(page))["status"] == "completed"


async def test_no_other_site_may_frame_the_page(site, visitor):
    page, _ = visitor
    tenant = await a_tenant(site)
    with tenant_app(site.base) as app:
        _, url = await make_link(tenant)
        await page.goto(f"{app}/start")
        await page.evaluate(
            "(link) => { document.querySelector('#frame').innerHTML = `<iframe src=\"${link}\"></iframe>`; }", url
        )
        await asyncio.sleep(1)
        assert await page.frame_locator("iframe").get_by_role("heading").count() == 0


async def until_closed(child):
    for _ in range(100):
        if child.is_closed():
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the window stays open at {child.url}")
