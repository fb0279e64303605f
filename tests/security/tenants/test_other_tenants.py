"""Any id of another tenant is answered exactly as one that does not exist: on every route, whatever the key.

Each request is made twice: while the other tenant has what it names, and after that tenant is gone. Status, headers and
body must be the same.
"""

import os
import re

import pytest

from tests.databases import KINDS
from tests.keys import new_key
from tests.routes import WEB_TABLE
from tests.security.every_route import CREATES, EVERY_ROUTE, OWNED, Asked, requests
from tests.security.world import open_world
from tests.waiting import until
from unified.api.requests.access import SESSION_COOKIE
from unified.api.requests.declarations import Declaration, Route
from unified.service.access.api_keys import create_key
from unified.service.access.sessions import sign_in
from unified.vault.tokens import new_id
from unified.web.accounts.actions import ACTIONS
from unified.web.html.forms import form_token

pytestmark = pytest.mark.slow

OF_THE_REQUEST = frozenset({"x-request-id", "date", "ratelimit"})
REQUEST_ID = "the-same-for-all"
LAST_USE = re.compile(rb'"last_used_at":"[^"]*"')
"""Of the caller's own keys: it moves each minute, and a slow machine needs more than one for all requests."""


FULL_SIZE = "UNIFIED_TEST_FULL_SIZE" in os.environ


@pytest.fixture(params=KINDS if FULL_SIZE else KINDS[-1:])
async def world(request, tmp_path):
    async with open_world(request.param, tmp_path) as opened:
        yield opened


async def _answer(world, asked, key):
    headers = {"Authorization": f"Bearer {key}", "X-Request-Id": REQUEST_ID, **asked.headers}
    answer = await world.client.request(asked.method, asked.path, params=asked.query, headers=headers, json=asked.body)
    kept = {name: value for name, value in answer.headers.items() if name not in OF_THE_REQUEST}
    return answer.status_code, kept, LAST_USE.sub(b"", answer.content)


async def _keys(world):
    """A key of each role, and one that may reach one account only."""
    scope = {"accounts": [world.ours.rows["accounts"]["id"]], "methods": ["read", "write"], "writes": "direct"}
    _, scoped = await create_key(world.services, world.ours.id, new_key(name="s", role="app", scope=scope), maker=None)
    keys = {**world.ours.keys, "scoped": scoped}
    return keys if FULL_SIZE else {role: keys[role] for role in ("admin", "scoped")}


async def _cursors(world):
    """Positions in the other tenant's lists."""
    key = {"Authorization": f"Bearer {world.theirs.keys['admin']}"}
    found = []
    for path in ("/api-keys", "/crm/contacts"):
        query = {"limit": "1", "account_id": world.theirs.rows["accounts"]["id"]}
        if path == "/api-keys":
            del query["account_id"]
        answer = await world.client.get(path, params=query, headers=key)
        found.append(answer.json()["next_cursor"])
    assert all(found)
    await until(lambda: world.services.audit.waiting == 0)  # the rows of these calls are written soon after their answers
    return tuple(found)


@pytest.mark.takes(seconds=40)  # every route twice: before and after the other tenant is gone
async def test_another_tenants_ids_are_answered_as_unknown_ones(world):
    keys = await _keys(world)
    asked = list(requests(world.theirs.rows, await _cursors(world)))
    theirs = await world.dump(world.theirs)
    there = {(index, role): await _answer(world, one, key) for index, one in enumerate(asked) for role, key in keys.items()}
    assert await world.dump(world.theirs) == theirs, "a request of another tenant changed something"
    _refused(asked, there)
    _silent(asked, there, theirs)
    await world.delete(world.theirs)
    for (index, role), before in there.items():
        if _tells_own_news(asked[index]):
            continue
        assert await _answer(world, asked[index], keys[role]) == before, f"{asked[index].label} as {role}"


def _refused(asked, there):
    """What names a foreign row is not found: a check of form that comes first would make the comparison empty."""
    for (index, role), (status, _, body) in there.items():
        if asked[index].names_row:
            allowed = {404} if role == "admin" else {403, 404}
            assert status in allowed, f"{asked[index].label} as {role}: {status} {body[:200]!r}; is a body missing in BODIES?"


def _silent(asked, there, theirs):
    """Nothing of the other tenant stands in any answer, but what the caller itself sent; its trail tells of all that it sent."""
    every_path = " ".join(one.path for one in asked)
    ids = {row[name] for rows in theirs.values() for row in rows for name in ("id", "tenant_id") if row.get(name)}
    for (index, role), (_, headers, body) in there.items():
        sent = f"{asked[index].path} {asked[index].query} {asked[index].headers} {asked[index].body}"
        sent += every_path if asked[index].route.path == "/audit" else ""
        seen = body.decode("utf-8", "replace") + str(headers)
        shown = {one for one in ids if one in seen and one not in sent}
        assert not shown, f"{asked[index].label} as {role} shows {shown}"


def _tells_own_news(asked):
    """The caller's own lists and new things differ from one time to the next."""
    if (asked.method, asked.route.path) in CREATES or asked.route.path == "/tenant/logo":  # deleted by the first of them
        return True
    makes = asked.method == "POST" and not asked.names_row and "{" not in asked.route.path
    lists = asked.method == "GET" and asked.route.path in {"/audit", "/metrics"}
    return makes or lists


async def test_the_same_requests_with_own_ids_are_answered_otherwise(world):
    """The control: were every answer a 404, the test above would show nothing."""
    key = world.ours.keys["admin"]
    found = {}
    for one in requests(world.ours.rows):
        if one.method == "GET":
            found.setdefault(one.label, (await _answer(world, one, key))[0])
    assert found["GET /accounts/{id:str}"] == 200
    assert found["GET /api-keys/{id:str}"] == 200
    assert found["GET /{category:str}/{model:str} with account_id"] == 200
    assert found["GET /{category:str}/{model:str} with Unified-Account"] == 200
    named = [one for one in requests(world.ours.rows) if one.names_row and one.method == "GET"]
    assert {found[one.label] for one in named} == {200}


def test_every_route_is_asked():
    rows = {table.name: {"id": "x", "provider": "p"} for table, _ in OWNED.values()}
    asked = {(one.route.path, one.method) for one in requests(rows)}
    assert asked == {(route.path, method) for route in EVERY_ROUTE for method in route.methods}


def test_a_route_that_is_not_known_fails(monkeypatch):
    strange = Route(
        methods=("GET",), path="/strange/{thing:str}", declared=Declaration(access="key", needs="key"), is_documented=True
    )
    monkeypatch.setattr("tests.security.every_route.EVERY_ROUTE", (strange,))
    with pytest.raises(LookupError, match=r"^/strange/\{thing:str\}: nothing is known of \{thing:str\}\. Say in OWNED"):
        list(requests({"accounts": {"id": "x"}}))


def test_a_leak_would_be_seen():
    asked = [Asked(route=EVERY_ROUTE[0], method="GET", path="/health", names_row=True)]
    with pytest.raises(AssertionError, match="shows"):
        _silent(asked, {(0, "admin"): (200, {}, b'{"id": "acc_theirs"}')}, {"accounts": [{"id": "acc_theirs"}]})
    with pytest.raises(AssertionError, match="is a body missing"):
        _refused(asked, {(0, "admin"): (422, {}, b"")})


PAGES = [(method, one) for one in WEB_TABLE for method in one.methods if one.access == "session" and "{id:str}" in one.path]
NAMED = {
    "accounts": ("accounts", "acc_", tuple(ACTIONS)),
    "mcp": ("mcp_servers", "mcp_", ("rotate", "revoke")),
    "webhooks": ("webhooks", "whk_", ("pause", "resume", "test", "rotate", "delete")),
    "keys": ("api_keys", "key_", ("revoke",)),
    "approvals": ("approvals", "apr_", ("approve", "decline")),
    "links": ("connect_links", "uc_", ("withdraw",)),
}
"""Second segment of a page's path → the table of which it names a row, how its ids begin, and the actions of its forms."""


async def test_pages_answer_another_tenants_ids_as_unknown_ones(world):
    """For a person who signed in, on every page and form that names a row."""
    token = await sign_in(world.services, world.ours.keys["admin"])
    shown = set()
    for method, route in PAGES:
        table, prefix, actions = NAMED[route.path.split("/")[2]]
        own, theirs, unknown = world.ours.rows[table]["id"], world.theirs.rows[table]["id"], new_id(prefix)
        for action in actions:
            seen = {}
            for one in (theirs, unknown, *([own] if method == "GET" else [])):
                path = route.path.replace("{id:str}", one).replace("{action:str}", action)
                form = {"csrf": form_token(token)} if method == "POST" else None
                answer = await world.client.request(method, path, data=form, headers={"Cookie": f"{SESSION_COOKIE}={token}"})
                seen[one] = (answer.status_code, answer.text.replace(one, "…"))
            assert seen[theirs] == seen[unknown], f"{method} {route.path} {action}"
            assert seen[theirs][0] == 404, f"{method} {route.path} {action}"
            if method == "GET" and seen[own][0] != 404:
                shown.add(table)
    assert shown == {table for table, _, _ in NAMED.values()}, "the control: what is one's own has its page"
