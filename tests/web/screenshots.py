"""`make screenshots`: every page in both colour schemes, into docs/images/.

What is shown is made up here: a tenant, its accounts and links, against the sandbox.
"""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.web.conftest import ARGUMENTS, CHROMIUM, SCHEMES, Tenant, a_site, a_tenant, sign_in
from tests.web.links import make_link
from unified.store import accounts
from unified.store.accounts import AccountChanges
from unified.transform.library import Catalog

FOLDER = Path(__file__).parents[2] / "docs" / "images"
LASTING = {
    "type": "oauth2",
    "access_token": "made-up-token-w7Qz",
    "refresh_token": "made-up-refresh-token",
    "expires_at": f"{datetime.now(UTC) + timedelta(minutes=25):%FT%TZ}",
}
MOST_BYTES = 100_000
SIZE = {"width": 1100, "height": 760}


async def main() -> None:
    """Start everything, open every page, keep what is seen."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        async with a_site(Path(home), Catalog.load()) as site, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            tenant = await a_tenant(site, "Fernweh Travel")
            await furnish(tenant)
            for scheme in SCHEMES:
                context = await browser.new_context(base_url=site.base, color_scheme=scheme, viewport=SIZE)
                await shoot(await context.new_page(), tenant, scheme)
                await context.close()
            await browser.close()


async def furnish(tenant: Tenant) -> None:
    """Accounts in every status."""
    await tenant.connect("hubspot", "Sales", external_id="customer-17", credentials=LASTING)
    support = await tenant.connect("zendesk", "Support desk", external_id="customer-17")
    issues = await tenant.connect("jira", "Engineering")
    database = tenant.site.services.database
    lost = AccountChanges(status="needs_reauth", status_reason="invalid_grant")
    await accounts.update(database, tenant.id, support, lost)
    await accounts.update(database, tenant.id, issues, AccountChanges(status="disabled"))


async def shoot(page: Page, tenant: Tenant, scheme: str) -> None:
    """One picture of each page."""

    async def keep(name: str) -> None:
        taken = await page.screenshot(path=FOLDER / f"{name}-{scheme}.png", full_page=True)
        assert len(taken) <= MOST_BYTES, f"{name}-{scheme}.png: expected at most {MOST_BYTES} bytes, got {len(taken)}"

    _, chosen = await make_link(tenant, provider="zendesk")
    _, every = await make_link(tenant)
    await page.goto(every)
    await keep("choose")
    await page.goto(chosen)
    await keep("connect")
    await page.goto(f"{chosen}&kind=basic")
    await keep("connect-key")
    await page.goto("/connect/done?provider=zendesk")
    await keep("connect-done")
    await page.goto("/oauth/callback/hubspot?state=unknown")
    await keep("connect-failed")
    await page.goto("/ui/sign-in")
    await keep("sign-in")
    await sign_in(page, tenant.key)
    await keep("accounts")
    await page.get_by_role("link", name="Delete Engineering").click()
    await keep("delete")


if __name__ == "__main__":
    asyncio.run(main())
