"""The audit trail records commands; commands read and verify it."""

import json
import sqlite3
from contextlib import closing

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def tenant(run, folder):
    return json.loads(run("tenants", "add", "Acme", "--json")[1])["id"]


@pytest.fixture
def break_row(home):
    def run_sql(statement):
        with closing(sqlite3.connect(home / "unified.sqlite")) as connection, connection:
            connection.execute(statement)

    return run_sql


def listed(run, *words):
    code, out, _ = run("audit", "list", "--json", *words)
    assert code == 0
    return json.loads(out)["data"][::-1]


def test_changes_are_in_the_trail_with_the_actor_cli(run, tenant):
    key = json.loads(run("keys", "add", "--name", "reader")[1])["id"]
    assert run("keys", "revoke", key)[0] == 0
    assert run("keys", "revoke", key)[0] == 1
    assert run("keys", "list")[0] == 0
    rows = listed(run)
    names = ("actor", "kind", "method", "target", "decision", "reason", "digest")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("cli", "management", "tenants add", None, "allowed", None, None),
        ("cli", "management", "keys add", key, "allowed", None, None),
        ("cli", "management", "keys revoke", key, "allowed", None, None),
        ("cli", "refusal", "keys revoke", key, "denied", "not_found", None),
    ]


def test_a_credential_given_as_option_is_in_no_row(run, tenant):
    words = ("--provider", "shelf", "--name", "Books", "--setting", "site=acme", "--token", "planted-secret-4711")
    account = json.loads(run("accounts", "add", *words)[1])["id"]
    rows = listed(run)
    assert (rows[-1]["method"], rows[-1]["account_id"]) == ("accounts add", account)
    assert "planted-secret" not in json.dumps(rows)


def test_a_command_that_was_used_wrongly_leaves_no_row(run, tenant):
    assert run("keys", "add", "--name", "x", "--tenant", "unknown")[0] == 2
    assert len(listed(run)) == 1


def test_rows_are_listed_for_people(run, tenant):
    code, out, _ = run("audit", "list", "--kind", "management")
    assert code == 0
    assert "tenants add" in out
    assert run("audit", "list", "--kind", "refusal") == (0, "No audit rows match.\n", "")


def test_a_filter_that_cannot_be_is_refused(run, tenant):
    assert run("audit", "list", "--decision", "maybe") == (1, "", "unified: decision: expected one of allowed, denied\n")


def test_a_whole_trail_holds(run, tenant):
    assert run("audit", "verify") == (0, f"{tenant}: all 1 rows are intact\n", "")
    other = json.loads(run("tenants", "add", "Basil", "--json")[1])["id"]
    assert run("audit", "verify") == (0, f"{tenant}: all 1 rows are intact\n{other}: all 1 rows are intact\n", "")


def test_the_first_bad_row_is_named(run, tenant, break_row):
    for name in ("a", "b", "c"):
        run("keys", "add", "--name", name)
    bad = listed(run)[2]["id"]
    break_row("UPDATE audit SET actor = 'someone' WHERE seq = 3")
    assert run("audit", "verify") == (
        1,
        "",
        f"{tenant}: edited. row 3 ({bad}) is edited: its hash does not follow from its content and the row before\n",
    )


def test_an_anchor_is_printed_and_checked(run, tenant, break_row):
    anchor = run("audit", "head")[1].strip()
    seq, _, digest = anchor.partition(":")
    assert (seq, len(digest)) == ("1", 64)
    run("keys", "add", "--name", "a")
    assert run("audit", "verify", "--anchor", anchor) == (0, f"{tenant}: all 2 rows are intact\n", "")
    break_row("DELETE FROM audit")
    break_row("DELETE FROM audit_heads")
    assert run("audit", "verify") == (0, f"{tenant}: all 0 rows are intact\n", "")
    assert run("audit", "verify", "--anchor", anchor) == (
        1,
        "",
        f"{tenant}: missing. row 1 is missing: the anchor records 1 rows, there are 0\n",
    )


@pytest.mark.parametrize("text", ["", "5", "5:zz", "x:00", "5:00", "-1:" + "00" * 32])
def test_an_anchor_of_another_form_is_refused(run, tenant, text):
    expected = "unified: --anchor: expected SEQ:HASH, as printed by `unified audit head`\n"
    assert run("audit", "verify", f"--anchor={text}") == (2, "", expected)


def test_without_a_tenant_there_is_nothing_to_verify(run, folder):
    assert run("audit", "verify") == (0, "No tenants yet, so there is nothing to verify.\n", "")
