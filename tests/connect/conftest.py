"""The service on both databases, in front of stand-ins whose consent pages a test approves as a person would."""

import re
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from tests.clock import RunningClock
from tests.databases import WITH_SLOW_POSTGRESQL
from tests.filled_rows import put
from tests.keys import unlimited
from tests.world import (
    NOWHERE,
    PROVIDERS,
    World,
    add_key,
    add_tenant,
    fresh_home,
    lend_server,
    open_client,
    open_services,
    provider_urls,
    standins,
)
from unified.api.routes import ROUTES
from unified.errors.requests import ConnectFailed
from unified.service.connect import (
    ConnectChoice,
    NewLink,
    begin_authorization,
    complete_callback,
    create_link,
    link_status,
    new_browser_secret,
    open_link,
)
from unified.settings.settings import Settings
from unified.store.engine.tables import ACCOUNTS, CONNECT_LINKS, DELIVERIES, WEBHOOKS
from unified.vault.tokens import new_id
from unified_sandbox.app import create_sandbox
from unified_sandbox.registry import discover

SETTINGS = {name: dict(one.demo_settings) for name, one in discover().items()} | {
    "hubspot": {},
    "salesforce": {"instance": "demo"},
    "bamboohr": {"company": "demo"},
    "hibob": {},
    "zendesk": {"subdomain": "demo"},
    "jira": {"site": "demo", "cloud_id": "11223344-a1b2-3b33-c444-def123456789"},
}
PUBLIC = "https://connect.example"
EVENTS = ["account.connected", "account.needs_reauth", "account.reactivated", "account.deleted"]


class Upstream(httpx2.AsyncBaseTransport):
    """The sandbox, with answers of a test in place of its own: path → answer."""

    def __init__(self, sandbox):
        self.sandbox = httpx2.ASGITransport(sandbox)
        self.instead: dict[str, Any] = {}
        self.asked: list[httpx2.Request] = []

    async def handle_async_request(self, request):
        self.asked.append(request)
        found = next((answer for path, answer in self.instead.items() if path in request.url.path), None)
        if isinstance(found, Exception):
            raise found
        return await self.sandbox.handle_async_request(request) if found is None else httpx2.Response(**found)


class ConnectWorld(World, kw_only=True):
    """A running service whose accounts are connected by people, in front of stand-ins with consent pages."""

    api: httpx2.AsyncClient
    provider: httpx2.AsyncClient
    upstream: Any
    clock: Any

    async def link(self, **asked: Any) -> Any:
        """A link, opened as its page opens it."""
        _, url = await create_link(self.services, await self.principal(), NewLink(**asked))
        return await self.opened(url)

    async def opened(self, url: str) -> Any:
        parts = urlsplit(url)
        return await open_link(self.services, parts.path.rpartition("/")[2], dict(parse_qsl(parts.query))["token"])

    async def begun(self, link: Any, provider: str, browser: str, **settings: str) -> str:
        """The consent page's URL of an OAuth try."""
        choice = ConnectChoice(provider=provider, kind="oauth2", settings=SETTINGS[provider] | settings)
        return (await begin_authorization(self.services, link, choice, browser)).url

    async def approve(self, url: str, decision: str = "approve") -> list[tuple[str, str]]:
        """Press a button of the consent page; what the provider sends back."""
        page = await self.provider.get(url)
        assert page.status_code == 200, page.text
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text)) | {"decision": decision}
        answer = await self.provider.post(urlsplit(url).path, data=fields)
        assert answer.status_code == 302, answer.text
        return parse_qsl(urlsplit(answer.headers["location"]).query)

    async def connected(self, provider: str, link: Any = None) -> Any:
        """The whole way of one OAuth connection."""
        link = link or await self.link(provider=provider)
        browser = new_browser_secret()
        back = await self.approve(await self.begun(link, provider, browser))
        return await complete_callback(self.services, provider, back, browser)

    def token_calls(self) -> int:
        return sum(request.url.path.endswith(TOKEN_PATHS) for request in self.upstream.asked)

    async def link_row(self) -> dict[str, Any]:
        return (await self.rows(CONNECT_LINKS))[-1]

    async def events(self) -> list[str]:
        return [row["event"] for row in await self.rows(DELIVERIES)]


TOKEN_PATHS = tuple(
    sorted({standin.oauth.token_path for name, standin in discover().items() if name in PROVIDERS and standin.oauth})
)


both_databases = pytest.mark.parametrize("kind", WITH_SLOW_POSTGRESQL)
"""For tests where it matters what the database does; the others run on SQLite."""


@pytest.fixture
def kind():
    return "sqlite"


@pytest.fixture
async def world(kind, tmp_path):
    async with running(tmp_path, kind) as made:
        yield made


@asynccontextmanager
async def running(tmp_path, kind="sqlite", **settings):
    clock = RunningClock()
    upstream = Upstream(create_sandbox(standins(*PROVIDERS), clock=clock))
    async with fresh_home(tmp_path, kind) as url:
        given = {"provider_urls": provider_urls(), "allow_loopback": True, "public_url": PUBLIC, "database_url": url} | settings
        async with (
            open_services(Settings(home=tmp_path, **given), transport=upstream) as services,
            lend_server(services, ROUTES) as server,
            open_client(server) as api,
            httpx2.AsyncClient(transport=upstream.sandbox, base_url=NOWHERE) as provider,
        ):
            services.database.clock = clock
            services.tokens._clock = clock
            tenant = await add_tenant(services, "Acme")
            key = await add_key(services, tenant, name="admin", role="admin")
            await add_webhook(services, tenant)
            api.headers["Authorization"] = f"Bearer {key}"
            yield ConnectWorld(
                services=services,
                tenant=tenant,
                admin_key=key,
                api=api,
                provider=provider,
                upstream=upstream,
                clock=clock,
            )


async def add_webhook(services, tenant):
    now = services.database.clock()
    row = {
        "id": new_id("whk_"),
        "tenant_id": tenant,
        "url": "https://hooks.example",
        "events": EVENTS,
        "status": "active",
        "secret": "sealed",
        "secret_masked": "…",
        "created_at": now,
        "updated_at": now,
    }
    async with services.database.write() as connection:
        await put(connection, WEBHOOKS, row)


class Try:
    """One try at a provider whose consent was given, with what came back."""

    def __init__(self, world, link, provider, browser, back):
        self.world, self.link, self.provider, self.browser, self.back = world, link, provider, browser, back

    def changed(self, **changes):
        return [(name, changes.get(name, value)) for name, value in self.back] + [
            (name, value) for name, value in changes.items() if name not in dict(self.back)
        ]

    async def refused(self, parameters=None, *, provider=None, browser="its own", exchanged=False):
        """The reason of the refusal; nothing was exchanged, no account came of it."""
        before = self.world.token_calls()
        given = self.browser if browser == "its own" else browser
        with pytest.raises(ConnectFailed) as caught:
            await complete_callback(self.world.services, provider or self.provider, parameters or self.back, given)
        assert (self.world.token_calls() > before) is exchanged
        assert await self.world.rows(ACCOUNTS) == []
        assert (caught.value.status, caught.value.errors[0].code) == (400, caught.value.reason)
        return caught.value

    async def status(self):
        found = await link_status(self.world.services, unlimited(self.world.tenant), self.link.id)
        return found.status, found.reason


@pytest.fixture
async def attempt(world):
    async def make(provider="zendesk", decision="approve"):
        link, browser = await world.link(), new_browser_secret()
        url = await world.begun(link, provider, browser)
        return Try(world, link, provider, browser, await world.approve(url, decision))

    return make
