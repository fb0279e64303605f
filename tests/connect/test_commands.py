"""`unified connect`: links for those who have a shell on the machine of the service."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def commands(run, folder, monkeypatch):
    monkeypatch.delenv("UNIFIED_CATALOG")
    monkeypatch.setenv("UNIFIED_PUBLIC_URL", "https://unified.example")
    run("tenants", "add", "Acme", "--json")
    return run


def made(commands, *options):
    code, out, err = commands("connect", "add", *options)
    assert code == 0, err
    return json.loads(out)


def test_a_link_is_created_listed_shown_and_withdrawn(commands):
    assert commands("connect", "list")[1].startswith("No connect links.")
    link = made(commands, "--provider", "zendesk", "--name", "Acme support", "--expires-in", "600")
    assert dict(parse_qsl(urlsplit(link["url"]).query))["token"].startswith("uc_")
    (listed,) = json.loads(commands("connect", "list", "--json")[1])["data"]
    assert (listed["id"], listed["status"]) == (link["id"], "open")
    assert "zendesk" in commands("connect", "list")[1]
    assert commands("connect", "withdraw", link["id"]) == (0, f"{link['id']} withdrawn\n", "")
    shown = json.loads(commands("connect", "show", link["id"])[1])
    assert (shown["status"], shown["reason"]) == ("expired", "link_revoked")
    rows = json.loads(commands("audit", "list", "--json")[1])["data"]
    assert {(row["method"], row["target"], row["actor"]) for row in rows} >= {
        ("connect add", link["id"], "cli"),
        ("connect withdraw", link["id"], "cli"),
    }


def test_options_and_json_ask_for_the_same_and_problems_are_one_line(commands):
    made(commands, "--provider", "zendesk", "--provider", "jira", "--method", "read", "--model", "ticketing.tickets")
    code, out, err = commands("connect", "add", "--json", "-", stdin='{"providers": ["zendesk", "jira"]}')
    assert (code, json.loads(out)["id"][:4], err) == (0, "con_", "")
    code, out, err = commands("connect", "add", "--provider", "zendesc")
    assert (code, out, "Did you mean 'zendesk'?" in err, err.count("\n")) == (1, "", True, 1)
    assert commands("connect", "withdraw", "con_unknown") == (1, "", "unified: no such connect link\n")
