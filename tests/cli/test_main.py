import os
import subprocess
import tomllib
from pathlib import Path

import pytest

from unified.cli.main import exit_code, message_of
from unified.errors.configuration import CatalogError, ConfigurationError, FilePosition
from unified.errors.error import FieldProblem
from unified.errors.providers import MappingFailed
from unified.errors.requests import ValidationFailed
from unified.version import __version__

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (ConfigurationError("UNIFIED_PORT: no."), 2),
        (CatalogError("unknown provider 'x'. Known: y"), 2),
        (CatalogError("unknown key `a`", position=FilePosition(file="providers/x.yaml", line=1, column=1)), 1),
        (MappingFailed("crm.contacts /id"), 1),
    ],
)
def test_exit_codes(problem, code):
    assert exit_code(problem) == code


def test_each_refused_place_is_reported_once():
    place = FieldProblem(pointer="/a", code="invalid", message="expected text")
    assert message_of(ValidationFailed("/a: expected text", errors=(place,))) == "/a: expected text"
    assert message_of(ValidationFailed("cannot be used", errors=(place,))) == "cannot be used /a: expected text."


def test_a_setting_that_cannot_work_is_one_line(run, folder, monkeypatch):
    monkeypatch.setenv("UNIFIED_PORT", "many")
    assert run("serve") == (2, "", "unified: UNIFIED_PORT: expected a whole number from 0 to 65535, got 'many'.\n")


def test_serve_refuses_an_open_address_without_a_public_url(run, folder):
    code, out, err = run("serve", "--host", "0.0.0.0")
    assert (code, out) == (2, "")
    assert err == (
        "unified: 0.0.0.0 is reachable from other machines: set UNIFIED_PUBLIC_URL to the https URL of this service "
        "(a proxy in front of it terminates TLS), or listen on 127.0.0.1\n"
    )


def test_help_loads_nothing_heavy(python):
    heavy = ("asyncio", "cryptography", "httpx2", "litestar", "rich", "sqlalchemy", "ssl", "structlog", "uvicorn", "yaml")
    script = f"import sys, unified.cli.main; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True, env={**os.environ})
    assert done.stdout == "[]\n"


def test_wrong_use_is_2(run):
    assert run("lint", "--format", "xml")[0] == 2
    assert run("nothing")[0] == 2


def test_serve_refuses_the_settings_of_a_demo(run, folder, monkeypatch):
    monkeypatch.setenv("UNIFIED_PROVIDER_URLS", '{"hubspot": "https://hubspot.example"}')
    code, out, err = run("serve")
    assert (code, out) == (2, "")
    assert err.startswith(
        "unified: UNIFIED_PROVIDER_URLS sends the credentials of hubspot to another host than the provider's: "
    )
    monkeypatch.delenv("UNIFIED_PROVIDER_URLS")
    monkeypatch.setenv("UNIFIED_ALLOW_LOOPBACK", "true")
    monkeypatch.setenv("UNIFIED_PUBLIC_URL", "https://unified.example")
    code, out, err = run("serve")
    assert (code, out) == (2, "")
    assert err.startswith(
        "unified: UNIFIED_ALLOW_LOOPBACK lets calls reach this machine, but UNIFIED_PUBLIC_URL makes this service "
    )


def test_the_version_is_printed(run):
    assert run("--version") == (0, f"unified {__version__}\n", "")


@pytest.mark.parametrize("command", ["demo", "sandbox"])
def test_commands_of_the_sandbox_say_how_to_install_it(run, folder, monkeypatch, command):
    monkeypatch.setattr("unified.cli.environment.find_spec", lambda _name: None)
    assert run(command) == (2, "", 'unified: the sandbox is not installed: run `pip install "unified[demo]"`\n')


def test_the_sandbox_has_the_version_of_the_product():
    declared = tomllib.loads((ROOT / "sandbox" / "pyproject.toml").read_text("utf-8"))["project"]
    assert declared["version"] == __version__
    assert [one for one in declared["dependencies"] if one.startswith("unified")] == [f"unified=={__version__}"]


def test_no_stand_in_is_in_the_package():
    assert not (ROOT / "unified" / "sandbox").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("keys", "create"),
            "'create'. Did you mean 'add'? Commands: add, compromised, give-up, list, new-master, pause, resume, revoke, ",
        ),
        (("keys", "delete"), "'delete'. Did you mean 'revoke' or 'give-up'? Commands: "),
        (("accounts", "remove"), "'remove'. Did you mean 'delete'? Commands: "),
        (("mcp", "ls"), "'ls'. Did you mean 'list' or 'show'? Commands: "),
        (("tenants", "suspendd"), "'suspendd'. Did you mean 'suspend'? Commands: "),
        (("audit", "create"), "'create'. Commands: head, list, verify"),
        (("key",), "'key'. Did you mean 'keys'? Commands: accounts, audit, "),
    ],
    ids=" ".join,
)
def test_an_unknown_command_is_answered_with_the_known_ones(run, words, said):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    plain = " ".join(err.replace("│", " ").split())
    assert f"No such command {said}" in plain
