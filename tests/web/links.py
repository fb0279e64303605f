"""Connect links for tests, and the way through the sandbox's consent page."""

from datetime import UTC, datetime
from typing import Any

from playwright.async_api import Page

from tests.browser import Tenant
from tests.filled_rows import change
from tests.keys import unlimited
from unified.service.access.principals import authenticate
from unified.service.connect import NewLink, create_link, link_status
from unified.store.engine.tables import CONNECT_LINKS
from unified_sandbox.registry import discover

SETTINGS = {"cloud_id": "11223344-a1b2-3b33-c444-def123456789"}
"""Settings that only some ways of connecting need."""


async def make_link(tenant: Tenant, **asked: Any) -> tuple[str, str]:
    """A fresh link's id and its address."""
    principal = await authenticate(tenant.site.services, f"Bearer {tenant.key}")
    row, url = await create_link(tenant.site.services, principal, NewLink(**asked))
    return row.id, url


async def status_of(tenant: Tenant, link_id: str) -> Any:
    return await link_status(tenant.site.services, unlimited(tenant.id), link_id)


async def fill_settings(page: Page, provider: str) -> None:
    """Fills in the settings that the page asks for."""
    for name, value in {**SETTINGS, **discover()[provider].demo_settings}.items():
        field = page.locator(f"input[name='setting.{name}']")
        if await field.count() and await field.is_visible():
            await field.fill(value)


async def go_to_provider(page: Page, provider: str) -> None:
    """From the open connect page to the sandbox's consent page."""
    await fill_settings(page, provider)
    await page.get_by_role("button", name="Continue to").click()
    await page.wait_for_url(f"**/{provider}/**")


async def approve(page: Page) -> None:
    await page.get_by_role("button", name="Approve").click()


async def expire(tenant: Tenant, link_id: str) -> None:
    """Lets a link's time be over."""
    async with tenant.site.services.database.write() as connection:
        await change(connection, CONNECT_LINKS, CONNECT_LINKS.c.id == link_id, expires_at=datetime.now(UTC))
