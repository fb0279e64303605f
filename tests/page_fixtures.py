"""Fixtures for tests of pages, in the folders of their subjects: what `tests/browser.py` opens.

One service, one sandbox and one browser serve the tests of all pages; each has a tenant and a browser context of its own. What
opens them is imported when it is used, so that a run of other tests starts quickly.
"""

import asyncio
from typing import Any

import pytest
import pytest_asyncio

SESSION = pytest.mark.asyncio(loop_scope="session")
SHARED = {"site", "service"}
"""Fixtures that last for the session, with its event loop."""


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items):
    """One event loop for all tests of pages: the browser and the service belong to it. Those in a browser are slow."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
        on_a_page = not SHARED.isdisjoint(getattr(item, "fixturenames", ()))
        if on_a_page and asyncio.iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker(SESSION, append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site(tmp_path_factory):
    from tests.browser import a_site

    async with a_site(tmp_path_factory.mktemp("web")) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def tenant(site):
    from tests.browser import a_tenant

    return await a_tenant(site)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser():
    from tests.browser import open_browser

    async with open_browser() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser, site):
    """Opens a page of a fresh browser context: own cookies, own settings."""
    contexts = []

    async def opened(**options: Any) -> Any:
        context = await browser.new_context(base_url=site.base, **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        return await context.new_page()

    yield opened
    for one in contexts:
        await one.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(open_page):
    return await open_page()


@pytest_asyncio.fixture(loop_scope="session")
async def signed_in(page, tenant):
    """A page that is signed in with the tenant's admin key."""
    from tests.browser import sign_in

    await sign_in(page, tenant.key)
    await page.goto("/ui/accounts")
    return page
