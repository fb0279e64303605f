"""Forms of people while the database does not answer: nothing is done, the page says so, and when to try again."""

import re
from datetime import timedelta
from html import unescape

import httpx2
import msgspec
import pytest
from structlog.testing import capture_logs

from tests.routes import WEB_TABLE
from unified.api.requests.access import SESSION_COOKIE
from unified.effects import note_effect
from unified.service.access.principals import KEY_PREFIX
from unified.service.access.sessions import sign_in
from unified.service.connect.links import LINK_PREFIX
from unified.service.connect.resource_selection import Pass
from unified.service.languages import LANGUAGES, texts
from unified.vault.tokens import new_token
from unified.web.connect.resource_link import PASS_COOKIE
from unified.web.html.forms import CONNECT_COOKIE, SIGN_IN_COOKIE, form_token

COOKIES = {"/connect/{id:str}": CONNECT_COOKIE, "/connect/{id:str}/resources": PASS_COOKIE, "/ui/sign-in": SIGN_IN_COOKIE}
"""The cookie of which a form's token is made, for pages without a session."""
CHOICE = "/connect/{id:str}/choice"
"""Its form belongs to the browser of a consent, which is known before the database is asked."""
FORMS = sorted(route.path for route in WEB_TABLE if "POST" in route.methods and route.path != CHOICE)


@pytest.fixture
async def browser(world):
    async with httpx2.AsyncClient(transport=world.client._transport, base_url="https://unified.example") as client:
        yield client


@pytest.fixture
async def session(world):
    return await sign_in(world.services, world.admin_key)


@pytest.fixture
def failing(world, session, monkeypatch):
    """The database fails from now on."""

    def fail(*_):
        raise ConnectionRefusedError("planted-secret")

    for name in ("read", "write"):
        monkeypatch.setattr(world.services.database, name, fail)


def heading(answer):
    return unescape(re.search(r"<h1>(.*?)</h1>", answer.text)[1])


def _pass(services):
    """A pass to the resources of an account that was just connected."""
    given = Pass(tenant_id="ten_1", account_id="acc_1", connections=1, ends=services.clock() + timedelta(hours=1))
    return services.vault.seal(msgspec.json.encode(given), context=("connect_links", "choosing", "x_1"))


async def _sent(browser, path, secret, **headers):
    headers["Cookie"] = f"{COOKIES.get(path, SESSION_COOKIE)}={secret}"
    token = {} if "/ui/" in path else {"token": new_token(LINK_PREFIX)}
    form = {"csrf": form_token(secret), "provider": "hubspot", "key": new_token(KEY_PREFIX)}
    return await browser.post(re.sub(r"\{.*?\}", "x_1", path), params=token, data=form, headers=headers)


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_of_someone_who_cannot_be_looked_up_can_be_sent_again(browser, world, session, failing, path):
    secret = _pass(world.services) if COOKIES.get(path) == PASS_COOKIE else session
    with capture_logs() as logs:
        answer = await _sent(browser, path, secret)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5"), logs
    assert heading(answer) == "This page is not available now"
    assert "Nothing was done. Try again in a moment." in answer.text
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["database_failed"]
    assert "planted-secret" not in answer.text + str(logs)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_is_in_the_language_of_an_end_user(browser, failing, language):
    answer = await _sent(browser, "/connect/{id:str}", new_token("uf_"), **{"Accept-Language": language})
    assert heading(answer) == texts(language)["fault.unavailable.title"]


async def test_the_return_from_a_consent_page_is_not_said_to_be_repeatable(browser, monkeypatch):
    """Its code may be used up by then, and a code works once (RFC 6749, 4.1.2)."""

    async def fail(*_return):
        note_effect()  # the code was sent
        raise ConnectionRefusedError("planted-secret")

    monkeypatch.setattr("unified.web.connect.callback.complete_callback", fail)
    answer = await browser.get("/oauth/callback/hubspot", headers={"Accept": "application/json"})
    body = answer.json()
    assert (answer.status_code, body["code"], body["retryable"]) == (500, "internal", False)
    assert "planted-secret" not in answer.text
