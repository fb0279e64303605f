"""What holds on every page for signed-in people, by the route table: a page that nothing leads to fails here."""

import re
from functools import lru_cache
from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx2
import msgspec
import pytest
import pytest_asyncio

from tests.keys import new_key
from tests.routes import ROUTE_TABLE, WEB_TABLE
from tests.web.furnished import HOSTILE, addresses, furnish
from tests.web.test_safety import FORMS
from tests.world import open_world
from unified.api.controllers.catalog import coverages
from unified.api.requests.access import SESSION_COOKIE
from unified.api.server import build_server
from unified.service.access.api_keys import create_key
from unified.service.access.permissions import ROLES
from unified.service.access.sessions import sign_in
from unified.settings.settings import Settings
from unified.store import tenants
from unified.store.tenants import TenantChanges
from unified.web import coverage as coverage_pages
from unified.web.html.forms import form_token
from unified.web.html.rendering import HEADERS, shortened
from unified.web.routes import WEB_ROUTES
from unified.web.session.layout import TABS

PAGES = {one.path: one for one in WEB_TABLE if one.access == "session" and "GET" in one.methods}
LEADS_ON = {"/ui/oauth-apps/set", "/ui/tenant/colors.css", "/ui/tenant/logo"}
"""Addresses that are no pages of their own: one leads to another page, the others are parts of the tenant's page."""


def has_cursor(handler):
    """Whether a page, or what it depends on, takes a cursor from its address."""
    names, providers = handler.parsed_fn_signature.parameters, handler.resolve_dependencies()
    asked = (providers[one].parsed_fn_signature.parameters for one in names if one in providers)
    return any("cursor" in one for one in (names, *asked))


LISTS = [
    route.path
    for route in build_server(Settings(), None, WEB_ROUTES).routes
    if route.path in PAGES and has_cursor(route.route_handler_map["GET"][0])
]
"""Pages with lists of several pages."""
ACTS = {
    "/ui/sign-out": None,
    "/ui/accounts/{id:str}/{action:str}": ("DELETE", "/accounts/{id:str}"),
    "/ui/accounts/{id:str}/reconnect": ("POST", "/connect"),
    "/ui/accounts/{id:str}/check": ("POST", "/accounts/{id:str}/check"),
    "/ui/accounts/{id:str}/resources": ("PUT", "/accounts/{id:str}/resources"),
    "/ui/approvals/{id:str}/{action:str}": ("POST", "/approvals/{id:str}/approve"),
    "/ui/approvals/{id:str}/edit": ("POST", "/approvals/{id:str}/approve"),
    "/ui/audit/verify": ("GET", "/audit"),
    "/ui/keys/new": ("POST", "/api-keys"),
    "/ui/keys/{id:str}/revoke": ("DELETE", "/api-keys/{id:str}"),
    "/ui/keys/{id:str}/{action:str}": ("POST", "/api-keys/{id:str}/pause"),
    "/ui/pauses/{name:str}/{action:str}": ("POST", "/tenant/agents/pause"),
    "/ui/mcp/{id:str}/narrow": ("PATCH", "/mcp-servers/{id:str}"),
    "/ui/links/new": ("POST", "/connect"),
    "/ui/links/{id:str}/withdraw": ("DELETE", "/connect/{id:str}"),
    "/ui/mcp/new": ("POST", "/mcp-servers"),
    "/ui/mcp/{id:str}/limits": ("PATCH", "/mcp-servers/{id:str}"),
    "/ui/mcp/{id:str}/{action:str}": ("POST", "/mcp-servers/{id:str}/rotate"),
    "/ui/oauth-apps/{provider:str}": ("PUT", "/oauth-apps/{provider:str}"),
    "/ui/oauth-apps/{provider:str}/delete": ("DELETE", "/oauth-apps/{provider:str}"),
    "/ui/tenant": ("PATCH", "/tenant"),
    "/ui/tenant/logo": ("PUT", "/tenant/logo"),
    "/ui/tenant/logo/delete": ("DELETE", "/tenant/logo"),
    "/ui/webhooks/new": ("POST", "/webhooks"),
    "/ui/webhooks/{id:str}/edit": ("PATCH", "/webhooks/{id:str}"),
    "/ui/webhooks/{id:str}/{action:str}": ("DELETE", "/webhooks/{id:str}"),
}
"""What the API's route for the same act is; None for what every person may do."""


class Seen(HTMLParser):
    """The elements of a page that a rule is about."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.title, self._in_title = [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._in_title = tag == "title"

    def handle_data(self, data):
        self.title += data if self._in_title else ""
        self._in_title = False

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def links(self):
        return {one["href"] for one in self.all("a") if one.get("href", "").startswith("/")}


class Crawl(msgspec.Struct, kw_only=True):
    """Every page that was reached, by its address."""

    pages: dict[str, httpx2.Response]
    templates: dict[str, str]


def template_of(path):
    """The route of a path; the one with the fewest parameters wins, as in the router."""
    fitting = [one for one in PAGES if re.fullmatch(re.sub(r"\{\w+:\w+\}", "[^/]+", one), path)]
    return min(fitting, key=lambda one: one.count("{"), default=None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory):
    home = tmp_path_factory.mktemp("pages")
    async with open_world(home, providers=("hubspot", "jira"), public_url="https://unified.example") as found:
        await tenants.update(found.services.database, found.tenant, TenantChanges(name=HOSTILE))
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crawl(world):
    made = await furnish(world.services, world.tenant)
    headers = {"Cookie": f"{SESSION_COOKIE}={await sign_in(world.services, made.key)}"}
    pages, templates, waiting = {}, {}, ["/ui"]
    async with httpx2.AsyncClient(transport=world.client._transport, base_url="https://unified.example") as client:
        while waiting:
            address = waiting.pop()
            pages[address] = answer = await client.get(address, headers=headers)
            template = template_of(urlsplit(address).path)
            if template is None or answer.status_code != 200:
                continue
            templates[address] = template
            for link in sorted(Seen(answer.text).links() - pages.keys() - set(waiting)):
                alike = [
                    one for one in (*templates, *waiting) if template_of(urlsplit(one).path) == template_of(urlsplit(link).path)
                ]
                if len(alike) < 8:  # the table of coverage alone has hundreds of one kind
                    waiting.append(link)
    return Crawl(pages=pages, templates=templates)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.slow
async def test_every_link_on_every_page_answers(crawl):
    assert {address: one.status_code for address, one in crawl.pages.items() if one.status_code != 200} == {}


@pytest.mark.slow
async def test_every_page_of_the_route_table_is_reached_from_the_home_page(crawl):
    assert set(PAGES) - set(crawl.templates.values()) - LEADS_ON == set()


async def test_every_page_says_who_is_signed_in_and_as_what(crawl):
    for address in crawl.templates:
        text = crawl.pages[address].text
        (header,) = re.findall(r'<span class="as">(.*?</span>\s*<span>.*?)</span>', text, re.DOTALL)
        assert header.count("&lt;img") == 2, (address, "expected the names of the tenant and of the key")
        assert "admin" in header, address


async def test_every_page_is_built_for_keyboard_and_screen_reader(crawl):
    for address in crawl.templates:
        page = Seen(crawl.pages[address].text)
        assert page.all("html") == [{"lang": "en"}], address
        assert page.title.strip().endswith("· Unified"), address
        assert [len(page.all(one)) for one in ("h1", "main", "header")] == [1, 1, 1], address
        assert page.all("a")[0] == {"class": "skip", "href": "#content"}, address
        names = [one["id"] for _, one in page.elements if "id" in one]
        assert len(names) == len(set(names)), (address, names)
        assert {one["for"] for one in page.all("label") if "for" in one} <= set(names), address
        described = {
            name
            for _, one in page.elements
            for attribute in ("aria-describedby", "aria-labelledby")
            for name in one.get(attribute, "").split()
        }
        assert described <= set(names), (address, described - set(names))
        assert not [one for _, one in page.elements if int(one.get("tabindex") or 0) > 0], (address, "order of the keyboard")


async def test_every_page_is_free_of_code_and_of_markup_in_names(crawl):
    for address in crawl.templates:
        answer = crawl.pages[address]
        page = Seen(answer.text)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS, address
        assert not [one for one in page.all("script") if set(one) - {"src", "defer"} or "src" not in one], address
        assert not [one for _, one in page.elements for name in one if name == "style" or name.startswith("on")], address
        assert {name for name, _ in page.elements} & {"style", "iframe", "object"} == set(), address
        assert {one["src"] for one in page.all("img")} <= {"/ui/tenant/logo"}, address
        assert HOSTILE not in answer.text, address


async def test_every_form_that_changes_something_has_its_token(crawl):
    for address in crawl.templates:
        for form in re.findall(r'<form [^>]*method="post".*?</form>', crawl.pages[address].text, re.DOTALL):
            assert len(re.findall(r'name="csrf" value="[^"]+"', form)) == 1, (address, form[:80])


async def test_every_cell_of_every_table_keeps_its_heading(crawl):
    """On a phone the rows are cards, in which each cell names its column; see the rule for tables in style.css."""
    tables = 0
    for address in crawl.templates:
        for table in re.findall(r"<table.*?</table>", crawl.pages[address].text, re.DOTALL):
            tables += 1
            columns = [re.sub(r"<.*?>", "", one).strip() for one in re.findall(r"<th scope=\"col\".*?</th>", table)]
            for row in re.findall(r"<tr>.*?</tr>", table.partition("<tbody>")[2], re.DOTALL):
                cells = re.findall(r'<(th|td)(?: [^>]*?data-label="([^"]*)")?', row)
                assert len(cells) == len(columns), (address, row[:200])
                labels = [label for kind, label in cells if kind == "td"]
                assert labels == columns[len(columns) - len(labels) :], (address, labels, columns)
    assert tables > 3


async def test_every_state_has_words(crawl):
    """No state is shown by its code, and none breaks a page."""
    shown = {
        name: crawl.pages[name].text for name in ("/ui/accounts", "/ui/approvals", "/ui/webhooks", "/ui/links", "/ui/audit")
    }
    for page, words in {
        "/ui/accounts": ("Working", "Not connected yet", "Needs to be reconnected", "Disabled"),
        "/ui/approvals": (
            "Waiting for a decision",
            "Approved, sending",
            "Declined",
            "Approved and done",
            "Approved, but failed",
            "Expired without a decision",
            "No longer valid",
            "Approved, result unknown",
        ),
        "/ui/webhooks": ("Working", "Failing", "Paused", "Stopped after too many failures"),
        "/ui/links": ("Open", "Connected", "Expired", "Failed; can be tried again", "Withdrawn"),
        "/ui/audit": ("Done", "Waiting for approval", "Failed: ", "Refused: "),
    }.items():
        for word in words:
            assert f">{word}" in shown[page], (page, word)


async def test_the_home_page_says_what_needs_attention(crawl):
    text = crawl.pages["/ui"].text
    for heading in (
        "Accounts that need to be reconnected",
        "OAuth apps that a product refuses",
        "Webhooks that fail",
        "Connect links that failed",
        "Writes that wait for your decision",
        "API keys that expire soon",
        "MCP servers that expire soon",
    ):
        assert f">{heading}<" in text
    assert shortened(HOSTILE)[:20].replace("<", "&lt;") in text


async def test_every_form_asks_for_the_permission_of_the_api(world):
    declared = {(method, one.path): one for one in ROUTE_TABLE for method in one.methods}
    forms = {path for path in FORMS if path.startswith("/ui/") and path != "/ui/sign-in"}
    assert forms == set(ACTS), "say in ACTS which route of the API does the same"
    for path, route in ACTS.items():
        page = declared["POST", path]
        if route is None:
            assert (page.needs, page.reach) == ("sign_in", "rows")
            continue
        same = declared[route]
        assert page.needs == same.needs, path
        if same.reach != "rows":
            assert page.reach == same.reach, path


@pytest.mark.slow
async def test_the_navigation_leads_only_to_what_a_key_may_open(world):
    everyone = {"home", "coverage", "docs"}
    for permission in (None, *ROLES["admin"]):
        scope = {"methods": ["read"], "manage": [permission] if permission else []}
        _, key = await create_key(world.services, world.tenant, new_key(name="n", role="admin", scope=scope), maker=None)
        headers = {"Cookie": f"{SESSION_COOKIE}={await sign_in(world.services, key)}"}
        async with httpx2.AsyncClient(transport=world.client._transport, base_url="https://unified.example") as client:
            home = await client.get("/ui", headers=headers)
            links = Seen(home.text).links()
            for tab in TABS:
                answer = await client.get(tab.address, headers=headers)
                assert (answer.status_code == 200) == (tab.address in links), (permission, tab.name)
                assert answer.status_code in {200, 403}
                if answer.status_code == 403:
                    assert "Your key cannot open this page" in answer.text
                    assert '<span class="as">' in answer.text
        opened = {tab.name for tab in TABS if tab.needs == permission} | everyone | {"accounts"}
        assert {tab.name for tab in TABS if tab.address in links} == opened


async def test_a_cursor_that_is_not_of_the_list_leads_to_no_page(world):
    made = await furnish(world.services, world.tenant)
    headers = {"Cookie": f"{SESSION_COOKIE}={await sign_in(world.services, made.key)}"}
    async with httpx2.AsyncClient(transport=world.client._transport, base_url="https://unified.example") as client:
        for template in LISTS:
            answer = await client.get(f"{addresses(made)[template][0]}?cursor=x", headers=headers)
            assert answer.status_code == 404, template
            assert "Page not found" in answer.text, template


async def test_all_clear_says_so_and_a_new_tenant_has_pages_too(world):
    row = await tenants.add(world.services.database, "ten_empty", name="Empty")
    _, key = await create_key(world.services, row.id, new_key(name="n", role="admin"), maker=None)
    headers = {"Cookie": f"{SESSION_COOKIE}={await sign_in(world.services, key)}"}
    async with httpx2.AsyncClient(transport=world.client._transport, base_url="https://unified.example") as client:
        assert "Nothing needs attention" in (await client.get("/ui", headers=headers)).text
        for tab in TABS:
            assert (await client.get(tab.address, headers=headers)).status_code == 200


async def test_another_tenant_finds_none_of_the_pages_and_changes_nothing(world):
    made = await furnish(world.services, world.tenant)
    row = await tenants.add(world.services.database, "ten_other", name="Other")
    _, key = await create_key(world.services, row.id, new_key(name="n", role="admin"), maker=None)
    secret = await sign_in(world.services, key)
    headers = {"Cookie": f"{SESSION_COOKIE}={secret}"}
    asked = 0
    async with httpx2.AsyncClient(transport=world.client._transport, base_url="https://unified.example") as client:
        unknown = await client.get("/ui/keys/key_unknown/revoke", headers=headers)
        for template, found in addresses(made).items():
            for address in (one for one in found if "{id:str}" in template):
                answer = await client.get(address, headers=headers)
                assert (answer.status_code, len(answer.text)) == (404, len(unknown.text)), address
                for act in (
                    "",
                    "/delete",
                    "/pause",
                    "/resume",
                    "/test",
                    "/rotate",
                    "/revoke",
                    "/approve",
                    "/decline",
                    "/disable",
                    "/edit",
                ):
                    sent = await client.post(address + act, data={"csrf": form_token(secret)}, headers=headers)
                    assert sent.status_code in {404, 405}, address + act
                    asked += 1
    assert asked > 100


async def test_a_key_for_one_account_sees_nothing_else(world):
    made = await furnish(world.services, world.tenant)
    scope = {
        "methods": ["read"],
        "accounts": [made.account],
        "manage": ["connect", "keys", "servers", "webhooks", "apps", "tenant"],
    }
    _, key = await create_key(world.services, world.tenant, new_key(name="n", role="admin", scope=scope), maker=None)
    headers = {"Cookie": f"{SESSION_COOKIE}={await sign_in(world.services, key)}"}
    async with httpx2.AsyncClient(transport=world.client._transport, base_url="https://unified.example") as client:
        home = (await client.get("/ui", headers=headers)).text
        assert "Accounts that need to be reconnected" not in home, "its account works"
        assert "Webhooks that fail" not in home, "they concern every account"
        assert not {"/ui/webhooks", "/ui/oauth-apps", "/ui/tenant"} & Seen(home).links()
        listed = (await client.get("/ui/accounts", headers=headers)).text
        assert re.findall(r'data-account="(\w+)"', listed) == [made.account]


async def test_the_table_of_coverage_is_computed_once_for_a_catalog(world, monkeypatch):
    monkeypatch.setattr("unified.web.coverage._groups", lru_cache(maxsize=2)(coverage_pages._groups.__wrapped__))
    headers = {"Cookie": f"{SESSION_COOKIE}={await sign_in(world.services, world.admin_key)}"}
    async with httpx2.AsyncClient(transport=world.client._transport, base_url="https://unified.example") as client:
        for query in ("", "?category=crm", "?category=hris"):
            assert (await client.get(f"/ui/coverage{query}", headers=headers)).status_code == 200
    assert coverage_pages._groups.cache_info().misses == 1
    assert coverages(world.services.catalog) is coverages(world.services.catalog)


async def test_tabs_say_what_their_pages_declare():
    for tab in (one for one in TABS if one.address.startswith("/ui")):
        page = PAGES[tab.address]
        assert (tab.needs, tab.reach) == (page.needs, page.reach), tab.name
