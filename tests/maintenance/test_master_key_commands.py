"""`unified keys new-master`, `rotate` and `give-up`, as an operator types them."""

import json
import sqlite3
from collections import Counter

import pytest

from unified.cli.operators.master_keys import _unfit_lines
from unified.vault.keys import new_key_line

pytestmark = pytest.mark.slow

WORDS = ("--provider", "shelf", "--name", "Books", "--setting", "site=acme", "--token", "secret-token-1234")


@pytest.fixture
def account(run, folder):
    run("tenants", "add", "Acme")
    return json.loads(run("accounts", "add", *WORDS)[1])["id"]


def _counts(run, *words):
    code, out, _ = run("keys", "rotate", "--json", *words)
    found = json.loads(out)
    return code, {(one["column"], one["state"], one["rows"]) for one in found["counts"]}, found["left"]


def _everything(state):
    """What a tenant with its key and one account makes: sealed text and marks of rows."""
    marks = {(f"{name}.mac", state, 1) for name in ("tenants", "api_keys", "accounts")}
    return {("accounts.credentials", state, 1), ("service_keys.secret", state, 1)} | marks


def test_keys_are_rotated_step_by_step(run, account, home):
    assert _counts(run, "--check") == (0, _everything("current"), 0)
    code, out, _ = run("keys", "new-master")
    kid = (home / "master.keys").read_text().partition(":")[0]
    assert (code, out) == (0, f"{home}/master.keys: added the master key {kid}. Next: unified keys rotate\n")
    assert _counts(run, "--check") == (1, _everything("old"), 5)
    code, out, _ = run("keys", "rotate")
    assert code == 0
    assert out.startswith("2 sealed again, 3 rows marked again, 0 changed meanwhile, 0 unreadable\n")
    assert out.endswith("Everything is sealed and marked with the current master key. You can remove older ones.\n")
    file = home / "master.keys"
    file.write_text(file.read_text().splitlines()[0])
    assert run("accounts", "list")[0] == 0


def test_what_is_left_is_said_with_what_to_do(run, account, home):
    old = (home / "master.keys").read_text().partition(":")[0]
    run("keys", "new-master")
    code, out, _ = run("keys", "rotate", "--check")
    assert code == 1
    assert out.endswith(f"5 still under {old}. Run: unified keys rotate\n")


def test_a_key_that_was_removed_too_early_stops_everything_but_these_commands(run, account, home):
    file = home / "master.keys"
    old = file.read_text()
    kid = old.partition(":")[0]
    file.write_text(new_key_line() + "\n")
    code, _, err = run("accounts", "list")
    assert code == 2
    assert err.startswith(f"unified: accounts.credentials holds text that was sealed with the master key '{kid}'")
    code, out, _ = run("keys", "rotate", "--check")
    assert code == 1
    assert f"5 need the master key {kid}. Add it, or run: unified keys give-up KEY\n" in out
    unfit = f"1 rows cannot be verified without the master key {kid}; they are ignored until then\n"
    assert out.endswith(f"tenants: {unfit}api_keys: {unfit}accounts: {unfit}"), "nothing is said of an intrusion"
    assert run("keys", "rotate")[0] == 2
    file.write_text(file.read_text() + old)
    assert run("keys", "rotate")[0] == 0


def test_a_lost_key_is_given_up_only_when_meant(run, account, home):
    kid = (home / "master.keys").read_text().partition(":")[0]
    (home / "master.keys").write_text(new_key_line() + "\n")
    code, _, err = run("keys", "give-up", kid)
    assert code == 2
    assert err == (
        f"unified: this permanently deletes everything sealed with '{kid}'; `unified keys rotate --check` counts it. "
        "If the key is lost, confirm with --yes\n"
    )
    code, out, _ = run("keys", "give-up", kid, "--yes")
    assert code == 0
    dropped = dict(line.split(": ") for line in out.splitlines())
    assert {name: dropped[name] for name in ("accounts.credentials", "service_keys.secret", "api_keys.mac", "tenants.mac")} == {
        "accounts.credentials": "1",
        "service_keys.secret": "1",
        "api_keys.mac": "1",
        "tenants.mac": "1",
    }
    assert json.loads(run("keys", "list", "--json")[1])["data"] == []
    (listed,) = json.loads(run("accounts", "list", "--json")[1])["data"]
    assert (listed["status"], listed["status_reason"]) == ("needs_reauth", "credentials_unreadable")


def test_a_key_that_is_here_is_not_given_up(run, account, home):
    kid = (home / "master.keys").read_text().partition(":")[0]
    code, _, err = run("keys", "give-up", kid, "--yes")
    assert (code, err) == (
        2,
        f"unified: The master key '{kid}' is here, and what it sealed opens; to replace it: unified keys rotate\n",
    )


def test_a_key_that_nothing_needs_is_not_given_up(run, account, home):
    kid = (home / "master.keys").read_text().partition(":")[0]
    code, out, err = run("keys", "give-up", "nosuch", "--yes")
    assert (code, out) == (1, "")
    assert err == f"unified: no data needs a master key 'nosuch', so there is nothing to give up. Needed: {kid}\n"


def test_with_keys_of_the_environment_the_new_line_is_printed(run, home, monkeypatch):
    monkeypatch.setenv("UNIFIED_MASTER_KEYS", new_key_line())
    code, out, err = run("keys", "new-master")
    assert code == 0
    assert not home.exists()
    monkeypatch.setenv("UNIFIED_MASTER_KEYS", out.strip())
    kid = out.partition(":")[0]
    assert err == (
        "1. Add this line at the end of UNIFIED_MASTER_KEYS (or of its file) for every process, and restart all of them.\n"
        f"2. Move it to the front everywhere, and restart all again: they then seal with {kid}.\n"
        "3. Next: unified keys rotate\n"
        "A service that is one process can begin with step 2. The order matters: a process cannot open what another one sealed "
        "with a key that it does not have.\n"
    )


def test_rows_of_a_missing_key_and_rows_that_were_edited_are_distinguished():
    lines = list(_unfit_lines("accounts", Counter({"gone": 2, "here": 1}), {"gone"}))
    assert lines == [
        "accounts: 2 rows cannot be verified without the master key gone; they are ignored until then",
        "accounts: 1 rows were edited or not written by this service; they are ignored",
    ]


def test_a_first_key_is_printed_for_a_file_and_nothing_else_happens(run, home, tmp_path, monkeypatch):
    code, out, err = run("keys", "new-master", "--print")
    assert (code, err, home.exists()) == (0, "", False)
    path = tmp_path / "master_keys"
    path.touch(mode=0o600)
    path.write_text(out)
    monkeypatch.setenv("UNIFIED_MASTER_KEYS_FILE", str(path))
    assert run("tenants", "add", "Acme")[0] == 0
    assert not (home / "master.keys").exists()


def test_a_rotation_tells_programs_what_it_did(run, account):
    run("keys", "new-master")
    code, out, _ = run("keys", "rotate", "--json")
    found = json.loads(out)
    del found["counts"]
    assert (code, found) == (
        0,
        {"resealed": 2, "marked": 3, "changed": 0, "unreadable": 0, "left": 0, "unfit": {}, "foreign": []},
    )


def test_a_row_that_was_edited_is_counted_and_named_by_its_table(run, account, home):
    with sqlite3.connect(home / "unified.sqlite") as database:
        database.execute("UPDATE api_keys SET role = 'approver'")
    database.close()
    code, out, _ = run("keys", "rotate", "--check")
    assert code == 1
    message = "api_keys: 1 rows were edited or not written by this service; they are ignored\n"
    advice = "Check first that the master keys are those of this database: under others, every row looks like this. "
    advice += "Rotation cannot repair such rows. Find out who wrote to the database, then restore the rows from a backup"
    assert f"{message}{advice}" in out
    code, out, _ = run("keys", "rotate", "--check", "--json")
    assert (code, json.loads(out)["unfit"]) == (1, {"api_keys": 1})
    assert json.loads(run("keys", "list", "--json")[1])["data"] == []


def test_a_rotation_does_not_ask_for_another_one_because_of_a_row_that_was_edited(run, account, home):
    with sqlite3.connect(home / "unified.sqlite") as database:
        database.execute("UPDATE api_keys SET role = 'approver'")
    database.close()
    old = (home / "master.keys").read_text().partition(":")[0]
    run("keys", "new-master")
    code, out, _ = run("keys", "rotate")
    assert code == 1
    assert "left under" not in out
    assert f"Nothing is left to rotate; only edited rows remain under {old}.\napi_keys: 1 rows" in out
    assert "restore the rows from a backup or delete them" in out
    assert json.loads(run("keys", "rotate", "--check", "--json")[1])["left"] == 0


def test_a_trigger_is_named_and_nothing_else_is_done_beside_it(run, account, home):
    with sqlite3.connect(home / "unified.sqlite") as database:
        database.execute("CREATE TRIGGER evil AFTER UPDATE ON accounts BEGIN SELECT 1; END")
    database.close()
    code, out, _ = run("keys", "rotate", "--check")
    message = "the table accounts has the trigger 'evil', which this service did not create. Find out who did, and drop it.\n"
    assert (code, out.endswith(message)) == (1, True)
    foreign = [{"table": "accounts", "kind": "trigger", "name": "evil"}]
    assert json.loads(run("keys", "rotate", "--check", "--json")[1])["foreign"] == foreign
    code, _, err = run("accounts", "list")
    assert (code, err.startswith("unified: the table accounts has the trigger 'evil'. This service creates no triggers")) == (
        2,
        True,
    )


def test_a_new_installation_has_its_own_key_sealed(run, home):
    code, counts, left = _counts(run, "--check")
    assert (code, counts, left) == (0, {("service_keys.secret", "current", 1)}, 0)
