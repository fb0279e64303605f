"""`unified mcp`: what the routes of MCP servers do, on the command line."""

import json

import pytest

pytestmark = pytest.mark.slow

BOOKS = ("--provider", "shelf", "--name", "Books", "--setting", "site=acme", "--token", "secret-token-1234")


@pytest.fixture
def account(run, folder):
    run("tenants", "add", "Acme", "--json")
    code, out, err = run("accounts", "add", *BOOKS)
    assert (code, err) == (0, "")
    return json.loads(out)["id"]


@pytest.fixture
def made(run, account):
    code, out, err = run("mcp", "add", "--name", "Support", "--account", account)
    assert (code, err) == (0, "")
    return json.loads(out)


def test_a_server_is_made_and_its_token_shown_once(run, made, account):
    assert made["token"].startswith("um_")
    assert made["url"] == f"http://127.0.0.1:8400/mcp/{made['token']}"
    assert (made["account_ids"], made["made_by"]) == ([account], None)
    assert made["config"] == {"methods": ["read"], "writes": "deny", "require_api_token_auth": True}
    assert made["tools"]
    code, out, _ = run("mcp", "show", made["id"])
    shown = json.loads(out)
    assert (code, shown) == (0, {name: value for name, value in made.items() if name not in {"token", "url"}})
    listed, table = run("mcp", "list", "--json")[1], run("mcp", "list")[1]
    assert json.loads(listed)["data"] == [{name: value for name, value in shown.items() if name != "tools"}]
    assert made["id"] in table
    assert f"…{made['last4']}" in table
    assert made["token"] not in listed + table + out


def test_options_are_the_body(run, account):
    words = ("--method", "read", "--method", "create", "--writes", "approve", "--hide", "description", "--token-only")
    code, out, err = run("mcp", "add", "--name", "n", "--account", account, *words)
    assert (code, err) == (0, "")
    assert json.loads(out)["config"] == {
        "methods": ["read", "create"],
        "fields": {"hide": ["description"], "show": []},
        "writes": "approve",
        "require_api_token_auth": False,
    }


def test_a_server_is_made_from_a_body(run, account):
    body = {"name": "n", "account_ids": [account], "config": {"methods": ["list"], "require_api_token_auth": False}}
    made = json.loads(run("mcp", "add", "--json", "-", stdin=json.dumps(body))[1])
    assert made["config"] == {"methods": ["list"], "writes": "deny", "require_api_token_auth": False}
    assert {one["method"] for one in made["tools"]} == {"list"}


def test_a_server_is_given_another_token_and_revoked(run, made):
    rotated = json.loads(run("mcp", "rotate", made["id"])[1])
    assert rotated["token"] != made["token"]
    assert rotated["last4"] == rotated["token"][-4:]
    assert run("mcp", "revoke", made["id"]) == (0, f"{made['id']} revoked\n", "")
    for words in (("show", made["id"]), ("rotate", made["id"]), ("revoke", made["id"])):
        assert run("mcp", *words) == (1, "", "unified: no such MCP server\n")
    empty = "No MCP servers yet. Create one: unified mcp add --name NAME --account acc_…\n"
    assert run("mcp", "list") == (0, empty, "")
    rows = json.loads(run("audit", "list", "--json")[1])["data"]
    recorded = [(one["method"], one["target"]) for one in rows if one["target"] == made["id"]]
    assert {("mcp add", made["id"]), ("mcp rotate", made["id"]), ("mcp revoke", made["id"])} == set(recorded)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "--name is required; or pass the whole body with --json"),
        (("--name", "n"), 2, "--account is required; or pass the whole body with --json"),
        (("--name", "n", "--account", "acc_unknown"), 1, "account_ids: no such account"),
        (
            ("--name", "n", "--account", "ACCOUNT", "--writes", "allow"),
            1,
            "options: /config/writes: expected one of approve, deny, direct",
        ),
        (
            ("--name", "n", "--account", "ACCOUNT", "--expires-at", "2020-01-01T00:00:00Z"),
            1,
            "/expires_at: expected a time from 60 seconds to 90 days from now; UNIFIED_MCP_MAX_LIFETIME sets the longest",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_one_line(run, account, words, code, message):
    words = [account if one == "ACCOUNT" else one for one in words]
    assert run("mcp", "add", *words) == (code, "", f"unified: {message}\n")


def test_an_unknown_key_of_a_body_is_named_with_its_place(run, account):
    body = {"name": "n", "account_ids": [account], "config": {"method": ["list"]}}
    _, _, err = run("mcp", "add", "--json", "-", stdin=json.dumps(body))
    known = "Known: methods, tags, models, fields, resources, records, writes, write_rules, require_api_token_auth, reconnect"
    assert err == f"unified: body: /config/method: unknown key. Did you mean 'methods'? {known}\n"
