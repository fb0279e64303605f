"""What holds on every page: headers, forms from here only, no code inside a page, a bound on guessing."""

import inspect
import re
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser import Site, Tenant, a_tenant, sign_in
from tests.routes import WEB_TABLE
from tests.web.links import make_link
from tests.world import catalog
from unified.api.requests.access import SESSION_COOKIE
from unified.api.requests.declarations import declaration_of
from unified.api.routes import ROUTES
from unified.api.server import build_server
from unified.app.assembly import assembled
from unified.service.accounts.accounts import get_account
from unified.service.runtime.failed_attempts import MAX_SIGN_IN_FAILURES
from unified.settings.settings import Settings
from unified.web.failures import unknown_route
from unified.web.html.forms import form_token
from unified.web.html.rendering import HEADERS
from unified.web.routes import WEB_ROUTES, with_pages
from unified_sandbox.running import running

WEB = Path(__file__).parents[2] / "unified" / "web"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Direct(msgspec.Struct, kw_only=True):
    """The service without a browser in front of it."""

    client: httpx2.AsyncClient
    tenant: Tenant

    async def session(self) -> str:
        """Signs in; the session's token."""
        await self.client.get("/ui/sign-in")
        secret = self.client.cookies["__Host-unified-sign-in"]
        answer = await self.client.post("/ui/sign-in", data={"csrf": form_token(secret), "key": self.tenant.key})
        assert answer.status_code == 303
        return self.client.cookies["__Host-unified"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(tmp_path_factory):
    """The application in this process, and its parts."""
    home = tmp_path_factory.mktemp("direct")
    settings = Settings(home=home, allow_loopback=True, public_url="https://unified.example")
    async with assembled(settings, catalog=catalog()) as services:

        @asynccontextmanager
        async def ready():
            yield services

        server = build_server(settings, ready, with_pages(ROUTES), unknown_route=unknown_route)
        server.state.services = services
        yield server, Site(base="https://unified.example", sandbox="", settings=settings, services=services)


@pytest_asyncio.fixture(loop_scope="session")
async def direct(service):
    server, site = service
    site.services.attempts.sign_ins._failures.clear()
    transport = httpx2.ASGITransport(server)
    async with httpx2.AsyncClient(transport=transport, base_url=site.base) as client:
        yield Direct(client=client, tenant=await a_tenant(site))


def addresses() -> list[str]:
    return sorted({re.sub(r"\{\w+:\w+\}", "x", one.path) for one in WEB_TABLE} | {"/connect/x", "/unknown"})


FORMS = {
    route.path: route.route_handler_map["POST"][0]
    for route in build_server(Settings(), None, WEB_ROUTES).routes
    if "POST" in route.route_handler_map
}
"""The handlers of the forms by their path."""


@pytest.mark.parametrize("path", FORMS)
def test_every_page_that_takes_a_form_has_it_checked(path):
    """The check is in the dependency, so a handler that does not ask for it would take a forged form."""
    handler = FORMS[path]
    assert "form" in inspect.signature(handler.fn).parameters
    check = inspect.getclosurevars(handler.resolve_dependencies()["form"].dependency).nonlocals
    assert (check["name"] == SESSION_COOKIE) == (declaration_of(handler).access == "session")


FILES = {"/ui/static/x", "/embed.js"}
"""Files for any page, which have no frame, form or secret."""


@pytest.mark.parametrize("address", [one for one in addresses() if one not in FILES])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_answer_carries_the_strict_headers(direct, method, address):
    answer = await direct.client.request(method, address, headers={"Accept": "text/html"})
    assert answer.status_code < 500
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


OF_ANSWERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
"""What is recommended for every answer; the headers of HTTPS itself are the proxy's."""
OF_PAGES = {
    "x-frame-options": "DENY",
    "cache-control": "no-store",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), "
    "publickey-credentials-get=(), usb=()",
}
WITH_AN_OPENER = ("/connect/", "/oauth/callback/")
"""A tenant's page opens these in a window, and the last of them tells its opener."""
OTHERS_USE = {"/embed.js": {"cross-origin-resource-policy": "cross-origin"}}


@pytest.mark.parametrize("address", [*addresses(), "/docs", "/health", "/openapi.json", "/accounts"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_answer_has_the_recommended_headers(direct, method, address):
    answer = await direct.client.request(method, address, headers={"Accept": "text/html"})
    if method == "GET" and address.startswith("/ui"):
        answer = await direct.client.get(address, headers={"Cookie": f"{SESSION_COOKIE}={await direct.session()}"})
    found = {name: answer.headers.get_list(name) for name in (*OF_ANSWERS, *OF_PAGES)}
    expected = {**OF_ANSWERS, **(OTHERS_USE.get(address, {}) if answer.status_code == 200 else {})}
    if address.startswith(WITH_AN_OPENER):
        assert found["cross-origin-opener-policy"] == []
        del expected["cross-origin-opener-policy"]
    if answer.headers["content-type"].startswith("text/html") and address != "/docs":
        expected |= OF_PAGES
    assert {name: found[name] for name in expected} == {name: [value] for name, value in expected.items()}


async def test_a_program_gets_problems_where_a_person_gets_pages(direct):
    key = {"Authorization": f"Bearer {direct.tenant.key}"}
    answer = await direct.client.get("/connect/con_unknown", headers=key)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = await direct.client.get("/connect/con_unknown", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    answer = await direct.client.get("/nowhere", headers={"Accept": "text/html"})
    assert "Page not found" in answer.text
    answer = await direct.client.get("/nowhere")
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Origin": "https://unified.example"}, 303),
        ({"Origin": "null"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://unified.example"}, 403),
    ],
)
async def test_a_form_is_taken_from_here_only(direct, headers, status):
    token = form_token(await direct.session())
    answer = await direct.client.post("/ui/sign-out", data={"csrf": token}, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert "The form could not be submitted" in answer.text


@pytest.mark.parametrize("address", ["/connect/x", "/connect/x/choice", "/ui/sign-in"])
@pytest.mark.parametrize(("accept", "kind"), [("*/*", "problem"), ("application/json", "problem"), ("text/html", "page")])
async def test_another_type_than_that_of_forms_is_a_problem_where_no_page_is_asked_for(direct, address, accept, kind):
    answer = await direct.client.post(address, content=b"{}", headers={"Accept": accept, "Content-Type": "application/json"})
    assert answer.status_code == 415
    assert answer.headers["Content-Type"] == {"problem": "application/problem+json", "page": "text/html; charset=utf-8"}[kind]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ("", FORM, 403),
        ("csrf=", FORM, 403),
        ("csrf=x", FORM, 403),
        ("csrf={other}", FORM, 403),
        ("csrf={token}&csrf={token}", FORM, 400),
        ("csrf={token}&a=%ff", FORM, 400),
        ("csrf={token}" + "&a=1" * 200, FORM, 400),
        ('{{"csrf": "{token}"}}', {"Content-Type": "application/json"}, 415),
        ("csrf={token}", {"Content-Type": "text/plain"}, 415),
        ("csrf={token}&a=" + "x" * 2_000_000, FORM, 413),
    ],
)
async def test_a_form_from_another_site_is_refused(direct, body, headers, status):
    session = await direct.session()
    filled = body.format(token=form_token(session), other=form_token(session + "x"))
    answer = await direct.client.post("/ui/sign-out", content=filled, headers=headers)
    assert answer.status_code == status
    assert (await direct.client.get("/ui/accounts")).status_code == 200, "the session is still there"


async def test_guessing_keys_is_slowed_down(direct):
    await direct.client.get("/ui/sign-in")
    token = form_token(direct.client.cookies["__Host-unified-sign-in"])
    for _ in range(MAX_SIGN_IN_FAILURES):
        answer = await direct.client.post("/ui/sign-in", data={"csrf": token, "key": "uk_x"})
        assert answer.status_code == 401
    answer = await direct.client.post("/ui/sign-in", data={"csrf": token, "key": "uk_x"})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert "Too many attempts. Wait a minute" in answer.text


async def test_a_right_key_signs_in_while_wrong_ones_are_tried_from_the_same_address(direct):
    await direct.client.get("/ui/sign-in")
    token = form_token(direct.client.cookies["__Host-unified-sign-in"])
    for _ in range(MAX_SIGN_IN_FAILURES + 2):
        await direct.client.post("/ui/sign-in", data={"csrf": token, "key": "uk_x"})
    answer = await direct.client.post("/ui/sign-in", data={"csrf": token, "key": direct.tenant.key})
    assert answer.status_code == 303
    assert "__Host-unified" in answer.cookies


async def test_assets_are_kept_under_their_hash_only(direct):
    page = (await direct.client.get("/ui/sign-in")).text
    address = re.search(r'href="(/ui/static/style\.css\?v=\w+)"', page)[1]
    answer = await direct.client.get(address)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    for other in ("/ui/static/style.css", "/ui/static/style.css?v=old"):
        assert (await direct.client.get(other)).headers["cache-control"] == "no-cache"
    for name in ("words.py", "..%2Fwords.py", "%2e%2e"):
        assert (await direct.client.get(f"/ui/static/{name}")).status_code == 404


async def test_nothing_that_a_notice_says_comes_from_the_address(direct):
    await direct.session()
    for query in ("notice=<b>", "notice=fails&account=acc_x&reason=<b>", "notice=works", "cursor=%3Cb%3E", "after=<b>"):
        for path in ("/ui/accounts", "/ui/sign-in"):
            answer = await direct.client.get(f"{path}?{query}")
            assert answer.status_code in {200, 404}
            assert "<b>" not in answer.text


@pytest.mark.parametrize("file", sorted((WEB / "templates").iterdir()), ids=lambda one: one.name)
def test_no_template_holds_code_or_words_that_are_not_escaped(file):
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src)|javascript:|\|\s*safe|autoescape", text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text), "nothing is loaded from elsewhere"


def test_the_stylesheet_is_short_and_loads_nothing():
    text = (WEB / "static" / "style.css").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 300
    assert "url(" not in text
    assert "@import" not in text


@asynccontextmanager
async def a_stranger(content: str):
    """Another site (`localhost` is not the site `127.0.0.1`) with one page."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": content.encode()})

    with running(app) as address:
        yield address.replace("127.0.0.1", "localhost")


@pytest.mark.slow
async def test_another_site_cannot_send_our_forms(signed_in, tenant):
    account_id = await tenant.connect("hubspot", "Sales")
    token = await signed_in.locator("input[name=csrf]").first.get_attribute("value")
    action = f"{tenant.site.base}/ui/accounts/{account_id}/delete"
    form = f'<form method="post" action="{action}"><input name="csrf" value="{token}"><button>Win</button></form>'
    async with a_stranger(form) as address:
        await signed_in.goto(address)
        await signed_in.get_by_role("button", name="Win").click()
        await expect(signed_in).to_have_title("Sign in · Unified")
    assert await get_account(tenant.site.services, tenant.id, account_id)
    await signed_in.goto("/ui/accounts")
    await expect(signed_in).to_have_title("Accounts · Unified")


async def test_no_page_can_be_framed(page, tenant):
    _, url = await make_link(tenant, provider="hubspot")
    async with a_stranger(f'<h1>Stranger</h1><iframe src="{url}"></iframe>') as address:
        await page.goto(address)
        await expect(page.get_by_role("heading", name="Stranger")).to_be_visible()
        await page.wait_for_load_state("networkidle")
        contents = [await frame.content() for frame in page.frames]
        assert len(contents) > 1
        assert all("Connect HubSpot" not in one for one in contents)


async def test_only_own_scripts_run(signed_in):
    problems = []
    signed_in.on("console", lambda message: problems.append(message.text))
    await signed_in.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'taken over'";
        document.body.append(script);
    }""")
    await expect(signed_in).to_have_title("Accounts · Unified")
    assert any("Content Security Policy" in one for one in problems)


async def test_pages_load_nothing_from_elsewhere(page, tenant):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    await sign_in(page, tenant.key)
    _, url = await make_link(tenant)
    await page.goto(url)
    assert len(asked) > 3
    assert all(one.startswith(tenant.site.base) for one in asked)
