"""Planted secrets turn up nowhere: every route with every kind of answer, logs, commands, OpenAPI, structs in memory.

The provider of this test is hostile: its refusals repeat the credentials that it was sent, in several spellings.
"""

import base64
import gc
import hashlib
import io
import logging
import os
import re
import secrets
import traceback
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx2
import pytest
import structlog
from typer.testing import CliRunner

from tests.security.every_route import requests
from tests.security.forms import found_in
from tests.security.world import open_world
from unified.cli.main import app
from unified.service.accounts.accounts import NewAccount
from unified.settings.master_keys import MasterKey
from unified.settings.provider_values import OAuthApps
from unified.telemetry.logs import configure_logs

pytestmark = pytest.mark.slow


def _plant(name: str) -> str:
    return f"planted-{name}-{secrets.token_hex(12)}"


MASTER = secrets.token_hex(16)
PLANTS = {
    "bearer token": _plant("bearer"),
    "access token": _plant("access"),
    "refresh token": _plant("refresh"),
    "basic password": _plant("password"),
    "client secret": _plant("client"),
    "webhook secret": _plant("webhook"),
    "metrics token": _plant("metrics"),
    "master key": MASTER,
}
LATER = "2099-01-01T00:00:00Z"
ACCOUNTS = (
    NewAccount(provider="hubspot", name="a", credentials={"type": "bearer", "token": PLANTS["bearer token"]}),
    NewAccount(
        provider="hubspot",
        name="b",
        credentials={
            "type": "oauth2",
            "access_token": PLANTS["access token"],
            "refresh_token": PLANTS["refresh token"],
            "expires_at": LATER,
        },
    ),
    NewAccount(
        provider="zendesk",
        name="c",
        settings={"subdomain": "acme"},
        credentials={"type": "basic", "username": "ada@example.com/token", "password": PLANTS["basic password"]},
    ),
)
MCP_TOKEN = re.compile(rb"um_[0-9A-Za-z]{33}")
STATUSES = (200, 400, 401, 403, 404, 409, 422, 429, 500, 503)


class Hostile(httpx2.AsyncBaseTransport):
    """A provider that repeats in every answer what it was sent, and looks at our memory while we wait for it."""

    def __init__(self):
        self.asked = 0
        self.seen: dict[str, bytes] = {}

    async def handle_async_request(self, request):
        self.asked += 1
        sent = [*request.headers.values(), *(value.rpartition(" ")[2] for value in request.headers.values())]
        confirms = request.url.path.endswith("/users/me")  # Zendesk's check, by which a refusal is confirmed
        status = 401 if confirms else STATUSES[self.asked % len(STATUSES)]
        if self.asked % 7 == 0:
            raise httpx2.ReadError(f"broken: {sent}")
        if self.asked in {1, 20, 50}:
            self.seen[f"structs during call {self.asked}"] = _structs()
        proxied = request.url.path.endswith(("objects/contacts", "nowhere"))  # the pass-through passes bodies as they are
        words = "; ".join([*sent, *map(quote, sent)]) if status >= 400 and not proxied else "fine"
        body = {"message": words, "error": words, "description": words, "category": words, "results": [], "id": "1"}
        return httpx2.Response(status, json=body, headers={"X-Echo": words[:200], "Retry-After": "0"}, request=request)


def _structs() -> bytes:
    """What every object of ours in memory shows of itself; the compiled mappings are left out: they are many, hold one another,
    and are made of files before there is a secret.

    The collector does not know structs without containers, so those are found from what holds them.
    """
    left = [one for one in gc.get_objects() if _is_ours(one)]
    seen, shown = set(), []
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if _is_ours(one):
            shown.append(f"{one!r} {one!s}")
        left += [held for held in gc.get_referents(one) if _is_ours(held) or type(held) in {dict, tuple, list, OrderedDict}]
    return "\n".join(shown).encode()


def _is_ours(one: object) -> bool:
    module = str(type(one).__module__)
    return module.startswith("unified.") and not module.startswith(
        ("unified_jsonata", "unified_sandbox", "unified.catalog", "unified.transform")
    )


@pytest.fixture
def logs():
    """The log as `unified serve` writes it."""
    root, stream = logging.getLogger(), io.StringIO()
    before = (root.handlers, root.level)
    configure_logs(stream, logging.DEBUG)
    yield stream
    root.handlers, root.level = before
    structlog.reset_defaults()


@pytest.fixture
async def world(tmp_path, logs):
    chosen = {
        "accounts": ACCOUNTS,
        "secret": PLANTS["webhook secret"].encode(),
        "transport": Hostile(),
        "master_keys": (MasterKey("k1", MASTER.encode()),),
        "oauth_apps": OAuthApps({"hubspot": ("a-client-id", PLANTS["client secret"])}),
        "metrics_token": PLANTS["metrics token"],
        "request_deadline": 5.0,
    }
    async with open_world("sqlite", tmp_path, **chosen) as opened:
        yield opened, chosen["transport"]


async def _answers(world):
    """Every route for one account with every kind of key, those that name an account for each; what deletes comes last."""
    listed = await world.client.get("/accounts", headers=_bearer(world.ours.keys["admin"]))
    accounts = [{"id": one["id"]} for one in listed.json()["data"]]
    wrong = world.ours.keys["admin"][:-1] + ("a" if world.ours.keys["admin"][-1] != "a" else "b")
    asked = [
        (index, one)
        for index, account in enumerate(accounts)
        for one in requests({**world.ours.rows, "accounts": account})
        if index == 0 or account["id"] in f"{one.path}{one.query}{one.headers}{one.body}"
    ]
    for index, one in sorted(asked, key=lambda one: (one[1].method == "DELETE", one[1].route.path.startswith("/api-keys"))):
        for key in (world.ours.keys["admin"], *([world.ours.keys["app"], wrong] if index == 0 else [])):
            answer = await world.client.request(
                one.method, one.path, params=one.query, headers={**_bearer(key), **one.headers}, json=one.body
            )
            yield f"{one.label}: {answer.status_code}", answer


def _bearer(key):
    return {"Authorization": f"Bearer {key}"}


def _whole(answer):
    return repr(answer.headers.multi_items()).encode() + answer.content


@pytest.mark.takes(seconds=40)  # every route with each kind of key, and every object in memory
async def test_no_secret_is_in_any_answer_log_struct_or_command(world, logs, monkeypatch):
    opened, provider = world
    keys = {f"{role} key": key for role, key in opened.ours.keys.items()} | {"MCP token": opened.ours.token}
    statuses, shown = set(), {}
    async for label, answer in _answers(opened):
        statuses.add(answer.status_code)
        whole = _whole(answer)
        shown[hashlib.sha256(whole).hexdigest()] = label.encode() + whole
    shown |= provider.seen | _commands(opened, monkeypatch)
    shown["structs at the end"] = _structs()
    shown["log"] = logs.getvalue().encode()
    assert {200, 401, 404, 422, 424, 429, 502} <= statuses
    assert len(provider.seen) == 3
    assert all(b"AccountRow(" in seen and b"Connection(" in seen for seen in provider.seen.values())
    assert shown["log"].count(b'"request"') > 300
    everything = b"\n".join(shown.values())
    for name, plant in (PLANTS | keys).items():
        if found_in(everything, plant):
            where, text = next(one for one in shown.items() if found_in(one[1], plant))
            pytest.fail(f"the {name} is shown: {where}: {_around(text, plant)}")
    with_tokens = {text.partition(b":")[0] for text in shown.values() if MCP_TOKEN.search(text)}
    assert with_tokens == {b"POST /mcp-servers", b"POST /mcp-servers/{id"}, (
        "tokens are shown when they are made, and never else"
    )


def _around(text, plant):
    """The line with the plant, for whoever looks for where it came from."""
    at = text.find(plant.encode())
    return text[max(0, at - 300) : at + 20] if at >= 0 else text[:300]


COMMANDS = (
    ("tenants", "list"),
    ("keys", "list", "--tenant", "ours"),
    ("keys", "list", "--tenant", "ours", "--json"),
    ("keys", "rotate", "--check"),
    ("keys", "rotate", "--json"),
    ("accounts", "list", "--tenant", "ours"),
    ("accounts", "list", "--tenant", "ours", "--json"),
    ("accounts", "list", "--tenant", "nobody"),
    ("accounts", "check", "acc_nobody", "--tenant", "ours"),
    ("mcp", "list", "--tenant", "ours"),
    ("mcp", "list", "--tenant", "ours", "--json"),
    ("mcp", "show", "mcp_nobody", "--tenant", "ours"),
)


def _commands(opened, monkeypatch):
    """What the commands print over the same database, with the same secrets in the environment."""
    for name in [name for name in os.environ if name.startswith("UNIFIED_")]:
        monkeypatch.delenv(name)
    key = base64.urlsafe_b64encode(MASTER.encode()).decode().rstrip("=")
    monkeypatch.setenv("UNIFIED_MASTER_KEYS", f"k1:{key}")
    monkeypatch.setenv("UNIFIED_HOME", str(opened.settings.home))
    monkeypatch.setenv("UNIFIED_METRICS_TOKEN", PLANTS["metrics token"])
    app_of = f'{{"hubspot": {{"client_id": "a-client-id", "client_secret": "{PLANTS["client secret"]}"}}}}'
    monkeypatch.setenv("UNIFIED_OAUTH_APPS", app_of)
    found = {}
    for words in COMMANDS:
        result = _in_a_thread(lambda words=words: CliRunner().invoke(app, list(words), prog_name="unified"))
        trace = "".join(traceback.format_exception(result.exception)) if result.exception else ""
        found[" ".join(words)] = (result.output + trace).encode()
    assert b"ours" in found["tenants list"]
    return found


def _in_a_thread(do):
    """Commands make an event loop of their own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(do).result()


async def test_the_settings_show_no_secret(world):
    opened, _ = world
    shown = f"{opened.settings!r} {opened.services!r} {opened.services.vault!r}".encode()
    assert b"k1" in shown
    for name, plant in PLANTS.items():
        assert not found_in(shown, plant), name


async def test_a_secret_that_is_shown_would_be_found(world, logs):
    """The control: one line of log, one name, one message."""
    opened, _ = world
    key = opened.ours.keys["admin"]
    account = opened.ours.rows["accounts"]["id"]
    name = base64.b64encode(f"x{PLANTS['refresh token']}".encode()).decode()
    answer = await opened.client.patch(f"/accounts/{account}", json={"name": name}, headers=_bearer(key))
    assert found_in(_whole(answer), PLANTS["refresh token"]) == ["base64 at 1", "base64url at 1"]
    structlog.get_logger("test").info("planted", meaning=PLANTS["basic password"])
    assert "raw" in found_in(logs.getvalue().encode(), PLANTS["basic password"])


@pytest.mark.parametrize(
    "shown", ["/accounts", "/accounts/{account}", "/api-keys", "/api-keys/{key}", "/mcp-servers", "/mcp-servers/{server}"]
)
async def test_management_answers_mask_all_but_the_last_four(world, shown):
    opened, _ = world
    admin = _bearer(opened.ours.keys["admin"])
    listed = (await opened.client.get("/accounts", headers=admin)).json()["data"]
    rows = {"account": listed[1]["id"], "key": opened.ours.rows["api_keys"]["id"]}
    rows["server"] = opened.ours.rows["mcp_servers"]["id"]
    answer = await opened.client.get(shown.format(**rows), headers=admin)
    assert answer.status_code == 200
    secret = {"accounts": PLANTS["bearer token"], "api-keys": opened.ours.keys["admin"], "mcp-servers": opened.ours.token}
    last4 = secret[shown.split("/")[1]][-4:]
    assert last4 in answer.text
    if "accounts" in shown:
        assert f'"masked":"…{last4}"' in answer.text
