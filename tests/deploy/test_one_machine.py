"""The part of docs/deploy.md for one machine, command by command, on an empty Debian; then its move to shared servers."""

import json
import secrets
import subprocess
from pathlib import Path

import pytest

from tests.deploy.debian import Machine, empty_machine, sources, trust_registries
from tests.deploy.page import block, names, unnamed_commands
from tests.deploy.servers import HOSTS, PASSWORD
from tests.docs.pages import ROOT
from unified.server.serving import free_port
from unified.version import __version__

pytestmark = [pytest.mark.deploy, pytest.mark.takes(seconds=60)]  # it waits for other programs; pytest itself does little

SOURCE = "/usr/local/src/unified"
CHECK = r"""
echo "== state"; stat -c '%U:%G %a %n' /var/lib/unified /var/lib/unified/*.sqlite /var/lib/unified/master.keys /etc/unified /etc/unified/*
PID=$(cat /run/unified.pid)
echo "== process"; grep -E '^(Uid|NoNewPrivs|CapEff|CapBnd|CapPrm|CapAmb):' /proc/$PID/status
echo "== environ"; tr '\0' '\n' < /proc/$PID/environ
echo "== others"; setpriv --reuid=65534 --regid=65534 --clear-groups sh -c 'cat /etc/unified/* /var/lib/unified/*' 2>&1 || true
echo "== end"
"""


@pytest.fixture(scope="module")
def port() -> int:
    return free_port("127.0.0.1")


@pytest.fixture(scope="module")
def machine(tmp_path_factory, port):
    """An empty Debian with the sources in it, and nothing installed yet."""
    opened = empty_machine(tmp_path_factory.mktemp("debian"))
    sources(opened, SOURCE)
    with (opened.root / SOURCE.lstrip("/") / "deploy/unified.env").open("a", encoding="utf-8") as file:
        file.write(f"UNIFIED_PORT={port}\n")
    with (opened.root / "etc/hosts").open("a", encoding="utf-8") as file:
        file.writelines(f"{address} {name}\n" for name, address in HOSTS.items())
    yield opened
    opened.remove()


@pytest.fixture(scope="module")
def installed(machine: Machine) -> Machine:
    """The machine after step 1 of the page."""
    assert not (machine.root / "usr/bin/python3").exists()
    machine.run(block("packages"))
    trust_registries(machine)
    machine.run(block("wheel"))
    assert machine.run(block("install")).strip().splitlines()[-1].endswith(__version__)
    machine.copy(Path(__file__).with_name("systemctl"), "/usr/local/sbin/systemctl")
    return machine


@pytest.fixture(scope="module")
def session(installed: Machine, port: int, postgresql, redis) -> dict[str, str]:
    """What steps 2 and 3, a restart and the move to PostgreSQL and Redis print, by part."""
    installed.copy(postgresql.authority, "/root/ca.pem")
    again = 'curl -fsS -H "Authorization: Bearer $KEY" http://127.0.0.1:8400/tenant'
    parts = {
        "service": block("service"),
        "request": block("request"),
        "checks": CHECK,
        "restart": f"{block('restart')}\n{again}",
        "secrets": block("secrets").replace(
            "unified tenants add acme", "KEY=$(unified tenants add acme | awk '/^admin key/ {print $3}')"
        ),
        "shared": f"{again}\n{CHECK}",
        "keys": "unified keys rotate --check; unified audit verify",
        "stop": "systemctl stop unified; ps=$(ls /proc | grep -c '^[0-9]*$'); echo; cat /var/log/unified.log",
    }
    marker = secrets.token_hex(8)
    script = "\n".join(f"echo; echo '{marker} {name}'\n{text}" for name, text in parts.items())
    for standard, ours in ((":8400", f":{port}"), (":5432", f":{postgresql.port}"), (":6379", f":{redis.port}")):
        script = script.replace(standard, ours)
    script = script.replace("unified:PASSWORD@", f"unified:{PASSWORD}@").replace("://:PASSWORD@", f"://:{PASSWORD}@")
    printed = installed.run(f"trap 'cat /var/log/unified.log >&2' ERR\n{script}", timeout=300)
    return dict(part.split("\n", 1) for part in printed.split(f"{marker} ")[1:])


def test_the_page_has_no_command_that_is_not_carried_out() -> None:
    needs_a_cluster_or_docker = ("docker compose", "kubectl create", "helm install")
    assert all(any(word in text for word in needs_a_cluster_or_docker) for text in unnamed_commands())
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
    assert [name for name in names() if f'"{name}"' not in text] == []


def test_the_wheel_holds_every_provider_and_mapping(installed: Machine) -> None:
    found = next(installed.root.glob("opt/unified-*/lib/python3*/site-packages/unified/data"))
    for folder in ("providers", "mappings"):
        tracked = subprocess.run(
            ["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
        assert {str(path.relative_to(found)) for path in (found / folder).rglob("*") if path.is_file()} == set(tracked)
    assert len(installed.run("cd /tmp && /opt/unified/bin/unified coverage --help; ls /opt/unified/bin/unified").strip()) > 0


def test_a_request_is_served(session: dict[str, str]) -> None:
    for part in ("request", "restart", "shared"):
        text = session[part]
        tenant, _ = json.JSONDecoder().raw_decode(text[text.index('{"id":"ten_') :])
        assert tenant["name"] == "acme", part


def section(text: str, name: str) -> list[str]:
    return text.partition(f"== {name}\n")[2].partition("\n== ")[0].splitlines()


def test_owners_and_modes_are_right(session: dict[str, str]) -> None:
    assert section(session["checks"], "state") == [
        "unified:unified 700 /var/lib/unified",
        "unified:unified 600 /var/lib/unified/unified.sqlite",
        "unified:unified 600 /var/lib/unified/master.keys",
        "root:unified 750 /etc/unified",
        "root:unified 640 /etc/unified/unified.env",
    ]
    assert {"root:unified 640 /etc/unified/database_url", "root:unified 640 /etc/unified/master_keys",
            "root:unified 640 /etc/unified/redis_url"} <= set(section(session["shared"], "state"))  # fmt: skip


def test_the_process_has_no_rights_and_no_secret_in_its_environment(session: dict[str, str]) -> None:
    for part in ("checks", "shared"):
        process = dict(line.split(":", 1) for line in section(session[part], "process"))
        assert "0" not in process["Uid"].split()
        assert process["NoNewPrivs"].strip() == "1"
        assert {int(process[name], 16) for name in ("CapEff", "CapBnd", "CapPrm", "CapAmb")} == {0}
        assert not any(PASSWORD in line or "uk_" in line for line in section(session[part], "environ"))
    assert any(line.startswith("UNIFIED_MASTER_KEYS_FILE=/etc/unified/") for line in section(session["shared"], "environ"))


def test_other_users_read_neither_secrets_nor_data(session: dict[str, str]) -> None:
    lines = section(session["shared"], "others")
    assert lines
    assert all("Permission denied" in line for line in lines), lines


def test_it_stopped_in_order_and_logged_no_fault(session: dict[str, str]) -> None:
    lines = [json.loads(line) for line in session["stop"].splitlines() if line.startswith("{")]
    events = [line["event"] for line in lines]
    assert events.count("listening") == events.count("stopped") == 3
    warned = {line["event"] for line in lines if line["level"] != "info"}
    assert warned == {"no_tenants"}, "only of the start before the page adds a tenant"
    assert "this kernel cannot" not in session["stop"]
