"""Every example of the READMEs runs against the demo, prints what the page shows, and passes the type checkers."""

import json
import re
import sys
from pathlib import Path

import pytest

from clients.tests.built import TOOLS, Failed, compiled, run, runtimes
from clients.tests.conftest import SOURCE
from clients.tests.readme import read
from tests.docs.pages import ROOT, blocks, matches

PYTHON = read(ROOT / "clients/python/README.md", "python")
TYPESCRIPT = read(ROOT / "clients/typescript/README.md", "typescript")
(FIRST_CALL,) = (one for one in blocks(ROOT / "docs/quickstart-applications.md") if one.kind == "typescript")
RUNTIMES = runtimes()


def test_every_example_is_marked_so_that_it_runs() -> None:
    assert PYTHON.unmarked == TYPESCRIPT.unmarked == ()
    assert PYTHON.program.count("Client(") > 1
    assert TYPESCRIPT.program.count("new Client(") > 1


def test_both_pages_have_the_same_headings() -> None:
    """A user of one finds the way in the other; `Asynchronous` is Python's only."""
    headings = [
        [
            line
            for line in (ROOT / f"clients/{one}/README.md").read_text(encoding="utf-8").splitlines()
            if line.startswith("## ")
        ]
        for one in ("python", "typescript")
    ]
    python, typescript = headings
    assert [one for one in python if one != "## Asynchronous"] == [
        one.replace("Retries, time-outs and abort", "Retries and time-outs").replace("Your own fetch", "Your own HTTP client")
        for one in typescript
    ]


def test_the_examples_in_python_run(demo: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "readme.py").write_text(PYTHON.program, encoding="utf-8")
    printed = run([sys.executable, "readme.py"], tmp_path, demo | {"PYTHONPATH": str(SOURCE)})
    assert matches(PYTHON.prints, printed), printed


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_examples_in_typescript_run(runtime: str, demo: dict[str, str]) -> None:
    folder = compiled(TYPESCRIPT.program)
    printed = run([*RUNTIMES[runtime], folder / "out/readme.js"], folder, demo)
    assert matches(TYPESCRIPT.prints, printed), printed


def test_the_first_call_of_the_quick_start_in_typescript_runs(demo: dict[str, str]) -> None:
    """The Python one is run by tests/docs."""
    folder = compiled(FIRST_CALL.text)
    printed = run([*RUNTIMES["node24"], folder / "out/readme.js"], folder, demo)
    assert matches("… Meyer …@…\nnot_found false\n", printed), printed


def test_users_build_the_client_with_the_compiler_that_the_tests_use() -> None:
    versions = [
        json.loads((ROOT / one / "package.json").read_text(encoding="utf-8"))["devDependencies"]["typescript"]
        for one in ("clients/typescript", "clients/tests/tools")
    ]
    assert len(set(versions)) == 1


MISTAKES = """
from unified_client import Client

client = Client("https://unified.test", "uk_1")
account = client.account("acc_1")
contacts = account.crm.contacts
Client("https://unified.test", "uk_1").account("acc_1").crm.contcts  # an unknown model
contacts.create(frist_name="Ada")  # an unknown field
contacts.update("7", created_at="2026-01-01")  # a read-only field
contacts.list(filter={"shoe_size": "42"})  # an unknown filter
Client("https://unified.test", "uk_1").account("acc_1").crm.associations.create(source_id="1")  # a required field is missing
Client("https://unified.test", "uk_1").account("acc_1").crm.pipelines.create()  # an unknown method
account.ticketing.tickets.create(name="x", priority="hihg")  # an unknown word in a create
account.ticketing.tickets.update("7", priority="hihg")  # an unknown word in an update
contacts.create(emails=[{"email": "a@b.example", "type": "wrok"}])  # an unknown word in an entry
account.ticketing.tickets.list(filter={"priority": "hihg"})  # an unknown word in a filter
account.ticketing.tickets.list(filter={"priority": {"in": ["hihg"]}})  # an unknown word in a condition
contacts.list(filter={"email": None})  # a filter without a value
contacts.list(sort="-updated_ta")  # an unknown order
contacts.list(expand=["onwer"])  # an unknown relation
contacts.get("7", expand=["onwer"])  # an unknown relation of one record
contacts.upsert(by="emial")  # an unknown key of an upsert
contacts.batch([{"op": "craete"}])  # an unknown operation
client.accounts.list(status="atcive")  # an unknown status
client.approvals.list(status="pednig")  # an unknown status of an approval
client.audit.list(kind="cal")  # an unknown kind of row
client.audit.list(decision="alowed")  # an unknown decision
client.api_keys.create(name="x", role="amdin")  # an unknown role
client.api_keys.create(name="x", role="app", scope="unlimted")  # an unknown scope
client.api_keys.create(name="x", role="app", scope={"fields": {"classes": ["persnal"]}})  # an unknown class
client.api_keys.create(name="x", role="app", scope={"method": ["read"]})  # an unknown limit
client.webhooks.create(url="https://x.test", events=["account.deletd"])  # an unknown event
"""
FINE = """
import os
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler

from unified_client import Client, verify_webhook

client = Client("https://unified.test", "uk_1")
account = client.account("acc_1")
account.hris.employees.list(filter={"start_date": date(2026, 1, 1)}, fields=["custom_fields.size"])
account.hris.employees.list(filter={"start_date": {"gte": date(2026, 1, 1), "lt": "2026-02-01"}}, expand=["manager"])
account.crm.contacts.list(filter={"created_at": {"gte": datetime.now()}, "email": {"in": ["a@b.example"], "contains": "@"}})
account.ticketing.tickets.list(filter={"priority": {"in": ["high", "urgent"]}}, sort="-updated_at")
contact = account.crm.contacts.get("7", fields=["emails", "custom_fields.size"])
account.crm.contacts.create(emails=contact.emails, custom_fields=contact.custom_fields)
client.api_keys.create(name="x", role="app", scope={"methods": ["read"], "fields": {"classes": ["none"]}, "manage": ["connect"]})
client.accounts.create(provider="of_my_own", name="x", credentials={"type": "bearer", "token": "x"})


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        verify_webhook(self.rfile.read(10), self.headers, "whsec_")
        verify_webhook(b"", dict(self.headers), "whsec_")
        verify_webhook(b"", os.environ, "whsec_")
"""


def test_mypy_accepts_the_client_and_its_examples_and_finds_mistakes(tmp_path: Path) -> None:
    (tmp_path / "readme.py").write_text(PYTHON.program, encoding="utf-8")
    (tmp_path / "mistakes.py").write_text(MISTAKES, encoding="utf-8")
    (tmp_path / "fine.py").write_text(FINE, encoding="utf-8")
    mypy = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={ROOT / '.mypy_cache/clients'}"]
    with pytest.raises(Failed) as found:
        run([*mypy, "readme.py", "fine.py", "mistakes.py"], tmp_path, {"MYPYPATH": str(SOURCE)}, seconds=120)
    assert marked() == set(re.findall(r"([\w./]+:\d+): error", str(found.value))), found.value


def marked() -> set[str]:
    """Where the mistakes are."""
    return {f"mistakes.py:{number}" for number, line in enumerate(MISTAKES.splitlines(), start=1) if "#" in line}


def test_pyright_accepts_the_client_and_its_examples_and_finds_mistakes(tmp_path: Path) -> None:
    (tmp_path / "readme.py").write_text(PYTHON.program, encoding="utf-8")
    (tmp_path / "fine.py").write_text(FINE, encoding="utf-8")
    (tmp_path / "mistakes.py").write_text(MISTAKES, encoding="utf-8")
    (tmp_path / "unified_client").symlink_to(SOURCE / "unified_client")
    settings = {
        "typeCheckingMode": "strict",
        "include": ["."],
        "pythonVersion": "3.11",
        "pythonPath": sys.executable,
        "reportPrivateUsage": False,  # modules of the package use each other
        "reportUnnecessaryIsInstance": False,  # callers in plain Python are checked at run time
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(Failed) as found:
        run([TOOLS / ".bin/pyright", "--pythonpath", sys.executable], tmp_path)
    assert marked() == set(re.findall(r"(\w+\.py:\d+):\d+ - error", str(found.value))), found.value
