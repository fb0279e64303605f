"""A session that ended while a page was open: signing in leads back to it, with its query, and says that a form was not sent."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.routes import WEB_TABLE
from unified.api.requests.access import SESSION_COOKIE
from unified.vault.tokens import new_token
from unified.web.html.forms import form_token
from unified.web.session.return_paths import page_of_form, safe_return_path

OVER = new_token("us_")
PEOPLE = [route for route in WEB_TABLE if route.declared.access == "session"]
PLACES = {"id": "{}_1", "provider": "hubspot", "model": "crm.contacts", "action": "revoke", "name": "agents"}
IDS = {"accounts": "acc", "approvals": "apr", "keys": "key", "mcp": "mcp", "webhooks": "whk"}
FILES = {"/ui/tenant/colors.css", "/ui/tenant/logo"}
CONFIRMING = re.compile(r"/(revoke|delete|withdraw|narrow)$|/ui/oauth-apps/set$")
"""Pages that ask once more: signing in leads to the page above, on which the act is offered."""


def filled(path):
    subject = path.split("/")[2] if path.count("/") > 1 else ""
    return re.sub(r"\{(\w+):str\}", lambda found: PLACES[found[1]].format(IDS.get(subject, "x")), path)


def paths(method):
    return sorted({filled(route.path) for route in PEOPLE if method in route.methods} - FILES)


@pytest.fixture
async def client(world):
    async with httpx2.AsyncClient(transport=world.client._transport, base_url="https://unified.example") as client:
        yield client


def led_to(answer):
    """What the sign-in page is asked to say, and where it leads back."""
    assert answer.status_code == 303, answer.text
    address = urlsplit(answer.headers["location"])
    assert address.path == "/ui/sign-in"
    query = parse_qs(address.query)
    return query.get("after", [""])[0], query.get("next", [None])[0]


@pytest.mark.parametrize("cookie", [f"{SESSION_COOKIE}={OVER}", ""], ids=["cookie", "no cookie"])
@pytest.mark.parametrize("path", paths("POST"))
async def test_a_form_leads_back_to_its_page_and_says_that_it_was_not_sent(client, path, cookie):
    form = {"csrf": form_token(OVER), "name": "typed-value"}
    answer = await client.post(path, data=form, headers={"Cookie": cookie} if cookie else {})
    after, back = led_to(answer)
    assert (after, back) == ("unsent", page_of_form(path))
    assert back is not None
    assert path.startswith(back)
    assert "typed-value" not in str(answer.headers)
    page = await client.get(answer.headers["location"])
    assert "what you entered was not sent" in page.text
    assert f'name="next" value="{back}"' in page.text


@pytest.mark.parametrize("path", [one for one in paths("GET") if not CONFIRMING.search(one)])
async def test_a_page_is_come_back_to_with_its_query(client, path):
    for query in ("", "?cursor=abc_-&q=%C3%A9+x&from=2026-01-01T00:00:00Z"):
        answer = await client.get(path + query, headers={"Cookie": f"{SESSION_COOKIE}={OVER}"})
        assert led_to(answer) == ("ended", path + query)


async def test_a_query_that_no_page_writes_is_left_out(client):
    answer = await client.get("/ui/audit?x=//evil.example", headers={"Cookie": f"{SESSION_COOKIE}={OVER}"})
    assert led_to(answer) == ("ended", "/ui/audit")


@pytest.mark.parametrize("query", ["", "x=/", "x=?", "x=<", "x=\n", "x=%0", "x=#", "x=\\", "x" * 1001, "ä"])
def test_only_plain_queries_are_safe(query):
    assert safe_return_path(f"/ui/audit?{query}") is None
