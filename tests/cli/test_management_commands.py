import json

import pytest

from unified.cli.printing import print_table
from unified.vault.tokens import has_valid_checksum

pytestmark = pytest.mark.slow


@pytest.fixture
def tenant(run, folder):
    return json.loads(run("tenants", "add", "Acme", "--json")[1])


def test_a_tenant_is_made_with_its_admin_key(run, tenant):
    assert set(tenant) == {"id", "admin_key", "expires_at"}
    assert tenant["id"].startswith("ten_")
    assert has_valid_checksum(tenant["admin_key"], "uk_")
    assert [one["name"] for one in json.loads(run("tenants", "list", "--json")[1])["data"]] == ["Acme"]


def test_without_a_tenant_it_is_said_how_to_make_one(run, folder):
    assert run("keys", "list") == (2, "", "unified: there is no tenant yet; create one: unified tenants add NAME\n")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"UNIFIED_DATABASE_URL": "postgresql://u:secret-pa55@127.0.0.1:1/x"}, "UNIFIED_DATABASE_URL"),
        ({"UNIFIED_HOME": "/dev/null"}, "UNIFIED_HOME"),
        ({"UNIFIED_DATABASE_URL": "sqlite:////dev/null/x.sqlite"}, "UNIFIED_DATABASE_URL"),
    ],
)
def test_without_a_database_or_a_home_folder_one_line_names_the_setting(run, folder, monkeypatch, wrong, named):
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    code, out, err = run("tenants", "list")
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert err.startswith("unified: ")
    assert named in err
    assert "pa55" not in err


def test_with_several_tenants_one_must_be_named(run, tenant):
    other = json.loads(run("tenants", "add", "Basil", "--json")[1])
    shown = f"Acme ({tenant['id']}), Basil ({other['id']})"
    assert run("keys", "list") == (2, "", f"unified: there are several tenants; choose one with --tenant. Tenants: {shown}\n")
    assert run("keys", "list", "--tenant", "Cleo") == (2, "", f"unified: unknown tenant 'Cleo'. Tenants: {shown}\n")
    assert run("keys", "list", "--tenant", "Basil", "--json")[0] == 0
    assert run("keys", "list", "--tenant", other["id"], "--json")[0] == 0


def test_keys_are_made_listed_and_revoked(run, tenant):
    scope = {"methods": ["read"], "tags": ["crm"]}
    code, out, _ = run("keys", "add", "--name", "reader", "--role", "app", "--scope", json.dumps(scope))
    made = json.loads(out)
    assert code == 0
    assert has_valid_checksum(made["key"], "uk_")
    assert made["scope"]["tags"] == ["crm"]
    by_body = json.loads(run("keys", "add", "--json", "-", stdin='{"name": "second", "role": "approver"}')[1])
    listed = json.loads(run("keys", "list", "--json")[1])["data"]
    assert [one["name"] for one in listed] == ["admin", "reader", "second"]
    assert made["key"] not in json.dumps(listed)
    assert run("keys", "revoke", by_body["id"]) == (0, f"{by_body['id']} revoked\n", "")
    assert run("keys", "revoke", by_body["id"]) == (1, "", "unified: no such key\n")


def test_a_key_is_unlimited_only_when_it_is_asked_for_by_that_word(run, tenant):
    plain = json.loads(run("keys", "add", "--name", "plain", "--role", "admin")[1])
    assert (plain["scope"]["methods"], plain["scope"]["writes"], plain["scope"]["manage"]) == (["read"], "deny", [])
    assert json.loads(run("keys", "add", "--name", "all", "--role", "admin", "--scope", "unlimited")[1])["scope"] == "unlimited"


def test_a_compromised_key_is_looked_at_and_ended(run, tenant):
    made = json.loads(run("keys", "add", "--name", "stolen")[1])
    code, out, _ = run("keys", "compromised", made["id"])
    assert code == 0
    assert "The key created or changed nothing that is still in use." in out
    assert "Read-only: nothing was changed. Use --end to revoke the key and end everything listed." in out
    assert run("keys", "compromised", made["id"], "--end")[1].endswith(f"{made['id']} revoked\n")
    assert run("keys", "revoke", made["id"], "--only-this") == (1, "", "unified: no such key\n")
    assert run("keys", "compromised", "key_unknown") == (1, "", "unified: no such key\n")


WRONG_KEYS = [
    (("--role", "app"), "--name is required; or pass the whole body with --json", 2),
    (("--name", "a", "--role", "boss"), "--role: expected admin, app or approver, got 'boss'", 2),
    (("--name", "a", "--scope", "[]"), '--scope: expected a JSON object such as {"methods": ["read"]}, or `unlimited`', 2),
    (
        ("--name", "a", "--expires-at", "soon"),
        "/expires_at: expected a time with its zone, such as 2026-12-31T00:00:00Z (RFC 3339)",
        1,
    ),
]


@pytest.mark.parametrize(("words", "message", "code"), WRONG_KEYS)
def test_a_key_that_cannot_be_made(run, tenant, words, message, code):
    assert run("keys", "add", *words) == (code, "", f"unified: {message}\n")


def test_an_unknown_key_of_a_body_is_named(run, tenant):
    code, _, err = run("keys", "add", "--json", "-", stdin='{"name": "a", "role": "app", "scopes": {}}')
    assert code == 1
    known = "Known: name, role, scope, expires_at, limits, window"
    assert err == f"unified: body: /scopes: unknown key. Did you mean 'scope'? {known}\n"


def test_accounts_are_made_listed_and_deleted_without_showing_credentials(run, tenant):
    words = ("--provider", "shelf", "--name", "Books", "--setting", "site=acme", "--token", "secret-token-1234")
    code, out, _ = run("accounts", "add", *words)
    made = json.loads(out)
    assert code == 0
    assert (made["provider"], made["status"], made["settings"]) == ("shelf", "active", {"site": "acme"})
    body = {
        "provider": "shelf",
        "name": "More",
        "settings": {"site": "b"},
        "credentials": {"type": "bearer", "token": "secret-token-5678"},
    }
    assert run("accounts", "add", "--json", "-", stdin=json.dumps(body))[0] == 0
    code, listed, _ = run("accounts", "list", "--json")
    assert [one["name"] for one in json.loads(listed)["data"]] == ["Books", "More"]
    assert "secret-token" not in out + listed
    assert run("accounts", "delete", made["id"]) == (0, f"{made['id']} deleted\n", "")
    assert run("accounts", "delete", made["id"]) == (1, "", "unified: no such account\n")
    code, _, err = run("accounts", "add", "--provider", "shelf", "--name", "Books", "--token", "secret-token-1234")
    assert (code, err) == (
        1,
        "unified: Shelf: settings cannot be used: site /settings/site: Site is required, such as `acme`.\n",
    )


def test_oauth_apps_are_set_listed_and_deleted(run, tenant, monkeypatch):
    monkeypatch.delenv("UNIFIED_CATALOG")
    code, out, _ = run(
        "oauth-apps", "set", "zendesk", "--client-id", "acme-client-1234", "--scope", "read", stdin="acme-secret-5678\n"
    )
    made = json.loads(out)
    assert (code, made["client_id"], made["client_secret"], made["scopes"]) == (0, "…1234", "…5678", ["read"])
    assert made["redirect_uri"] == "http://127.0.0.1:8400/oauth/callback/zendesk"
    body = '{"client_id": "by-body-client", "client_secret": "by-body-secret"}'
    assert run("oauth-apps", "set", "jira", "--json", "-", stdin=body)[0] == 0
    listed = run("oauth-apps", "list", "--json")[1]
    assert [one["provider"] for one in json.loads(listed)["data"]] == ["jira", "zendesk"]
    assert "acme-secret" not in listed + out
    assert run("oauth-apps", "delete", "jira") == (0, "OAuth app for jira deleted\n", "")
    assert run("oauth-apps", "delete", "jira") == (1, "", "unified: no such OAuth app\n")
    assert "zendesk" in run("oauth-apps", "list")[1]


def test_an_oauth_app_that_cannot_be_set(run, tenant, monkeypatch):
    monkeypatch.delenv("UNIFIED_CATALOG")
    missing = "unified: --client-id is required; or pass the whole body with --json\n"
    assert run("oauth-apps", "set", "zendesk") == (2, "", missing)
    code, _, errors = run("oauth-apps", "set", "zendesc", "--client-id", "a", "--client-secret", "b")
    assert (code, "Did you mean 'zendesk'?" in errors) == (1, True)


def test_a_tenant_is_changed(run, tenant):
    changed = json.loads(run("tenants", "set", "--name", "Acme Ltd", "--return-origin", "https://App.example.com")[1])
    assert (changed["name"], changed["return_origins"]) == ("Acme Ltd", ["https://app.example.com"])
    kept = json.loads(run("tenants", "set", "--name", "Acme")[1])
    assert kept["return_origins"] == ["https://app.example.com"]
    code, _, errors = run("tenants", "set", "--return-origin", "https://a.example/x")
    assert (code, errors) == (
        1,
        "unified: /return_origins/0: expected an origin such as https://app.example.com, without path\n",
    )


def test_a_server_is_made_with_rules_for_writes(run, tenant):
    """No account exists, so the refusal comes after the rules were read."""
    named = ("mcp", "add", "--name", "Support", "--account", "acc_x", "--method", "write", "--writes", "approve")
    assert run(*named, "--write-rule", "create:ticketing.comments=direct", "--write-rule", "any=deny")[2] == (
        "unified: account_ids: no such account\n"
    )
    assert run(*named, "--write-rule", "delete")[2] == (
        "unified: --write-rule delete: expected METHOD=POLICY or METHOD:MODEL=POLICY, such as `delete=deny`\n"
    )
    assert "config.write_rules[0].models: unknown word" in run(*named, "--write-rule", "delete:crm.contact=deny")[2]


WRONG_TRIES = [
    (("nonsense",), "cannot reach the MCP server (UnsupportedProtocol): check its address, and that it is running"),
    (
        ("http://127.0.0.1:9/mcp/um_x",),
        "cannot reach the MCP server (ConnectError): check its address, and that it is running",
    ),
]


@pytest.mark.parametrize(("words", "message"), WRONG_TRIES)
def test_an_mcp_server_that_cannot_be_asked(run, words, message):
    assert run("mcp", "try", *words) == (2, "", f"unified: {message}\n")


@pytest.mark.parametrize("arguments", ["limit=3", "[3]", '"3"'])
def test_arguments_of_a_tool_are_an_object(run, arguments):
    code, _, errors = run("mcp", "try", "http://127.0.0.1:9/mcp/um_x", "list_ticketing_tickets", arguments)
    assert code == 2
    assert errors.startswith("unified: ARGUMENTS: expected a JSON object such as '{\"limit\": 3}': ")


def test_ids_in_a_narrow_window_can_be_copied(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    wide = tuple(f"a long column of text {number}" for number in range(6))
    print_table(("id", *wide), [("acc_M73PLGpXJqUKvSPhffIDge", *wide)], "none")
    assert "acc_M73PLGpXJqUKvSPhffIDge" in capsys.readouterr().out


def test_a_second_tenant_of_a_name_is_made_with_a_warning(run):
    first = json.loads(run("tenants", "add", "Acme", "--json")[1])["id"]
    code, out, err = run("tenants", "add", " Acme ", "--json")
    assert code == 0
    assert err == f"warning: {first} has this name too: name both by their ids, or rename one: unified tenants set\n"
    assert json.loads(out)["id"] != first
    assert run("tenants", "add", "Other")[2] == ""
