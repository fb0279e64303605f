"""The real service with the real sandbox, and a real browser in front of them.

The fixtures are in `tests/page_fixtures.py`. Without Chromium the tests of pages are skipped saying so, and fail under
`REQUIRE_SERVICES`, as in `tests/databases.py`.
"""

import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from tests.databases import require
from tests.keys import new_key
from tests.world import catalog
from unified.app.application import create_app
from unified.app.assembly import assembled
from unified.server.serving import free_port
from unified.service.access.api_keys import create_key
from unified.service.accounts.accounts import NewAccount, create_account
from unified.settings.settings import Settings
from unified.store import tenants
from unified.transform.catalog import Catalog
from unified.vault.tokens import new_id
from unified_sandbox.app import create_sandbox
from unified_sandbox.registry import discover
from unified_sandbox.running import running

CHROMIUM = Path(os.environ.get("UNIFIED_TEST_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HAS_CHROMIUM = CHROMIUM.exists()
SCHEMES = ("light", "dark")
expect.set_options(timeout=60_000)


class Site(msgspec.Struct, kw_only=True, frozen=True):
    """Where the service and the sandbox answer, with the parts for what tests prepare."""

    base: str
    sandbox: str
    settings: Settings
    services: Any


class Tenant(msgspec.Struct, kw_only=True, frozen=True):
    """One tenant of the service with its admin key."""

    site: Site
    id: str
    name: str
    key: str

    async def make_key(self, **asked: Any) -> tuple[str, str]:
        """A fresh key's id and the key."""
        row, key = await create_key(self.site.services, self.id, new_key(**{"name": "k", "role": "admin", **asked}), maker=None)
        return row.id, key

    async def connect(self, provider: str = "hubspot", name: str = "Main", **more: Any) -> str:
        """An account with the sandbox's credentials; its id."""
        one = discover()[provider]
        asked = {"credentials": one.demo_credentials[0], "settings": dict(one.demo_settings), **more}
        return (await create_account(self.site.services, self.id, NewAccount(provider=provider, name=name, **asked))).id


@asynccontextmanager
async def a_site(home: Path, installed: Catalog | None = None, **settings: Any):
    """A running service with its sandbox, and its parts a second time in this process."""
    sandbox, offered = create_sandbox(), installed or catalog()
    with running(sandbox) as sandbox_url:
        urls = {name: f"{sandbox_url}/{name}" for name in sandbox.lives}
        # The service must know its own address before it starts.
        chosen = Settings(home=home, provider_urls=urls, allow_loopback=True, port=free_port("127.0.0.1"), **settings)
        async with assembled(chosen, catalog=offered) as services:
            with running(create_app(chosen, catalog=offered), port=chosen.port) as base:
                yield Site(base=base, sandbox=sandbox_url, settings=chosen, services=services)


async def a_tenant(site: Site, name: str = "Acme Corp") -> Tenant:
    row = await tenants.add(site.services.database, new_id("ten_"), name=name)
    _, key = await create_key(site.services, row.id, new_key(name="admin", role="admin"), maker=None)
    return Tenant(site=site, id=row.id, name=name, key=key)


@asynccontextmanager
async def open_browser():
    require("Chromium", there=HAS_CHROMIUM, remedy="install it, or name it in UNIFIED_TEST_CHROMIUM")
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield found
        await found.close()


async def sign_in(page: Page, key: str) -> None:
    await page.goto("/ui/sign-in")
    await page.get_by_label("API key").fill(key)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_load_state()  # a page that is still on its way cannot be reloaded


async def violations(page: Page) -> str:
    """What axe-core finds on the page as it is, as text; nothing when all is well."""
    found = await Axe().run(page)
    return found.generate_report() if found.violations_count else ""
