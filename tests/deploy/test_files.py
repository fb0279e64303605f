"""The files of deploy/ fit the product and each other, and give away no right that the service does not need."""

import fnmatch
import re
import tomllib

import pytest
import yaml

from tests.deploy.files import CHART, DEPLOY, compose, dockerfile_stages, environment_file, service_unit, text_files
from tests.docs.pages import ROOT
from unified.server.service_process import NOTICE_SECONDS
from unified.server.workers import MARGIN_SECONDS
from unified.settings.environment import from_environment
from unified.settings.table import SETTINGS, variables
from unified.version import __version__

GRACE = from_environment({}).grace_period + NOTICE_SECONDS
USER = "10001"
PINNED = re.compile(r"[a-z/]+:[0-9]+\.[0-9]+[\w.-]*(@sha256:[0-9a-f]{64})?")


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in text_files()])
def test_only_settings_that_exist_are_named(path):
    named = set(re.findall(r"\bUNIFIED_[A-Z_]+\b", path.read_text(encoding="utf-8")))
    assert named <= set(variables())


def test_the_environment_file_is_valid_as_it_is_and_with_its_examples():
    given = {name: value for name, value in environment_file().items() if name != "WORKERS"}
    chosen = from_environment(given)
    assert str(chosen.home) == f"/var/lib/{service_unit()['StateDirectory']}"
    examples = {name: value for name, value in environment_file(with_comments=True).items() if name != "WORKERS"}
    assert set(examples) - set(given) > {"UNIFIED_DATABASE_URL_FILE", "UNIFIED_MASTER_KEYS_FILE", "UNIFIED_REDIS_URL_FILE"}
    assert not any(variables()[name].secret and not name.endswith("_FILE") for name in examples)


def test_whoever_stops_the_service_waits_longer_than_it_takes():
    chart = yaml.safe_load(
        re.sub(r"\{\{.*?\}\}", "", (CHART / "templates/deployment.yaml").read_text(encoding="utf-8")).partition(
            "securityContext"
        )[0]
    )
    seconds = {
        "systemd": int(service_unit()["TimeoutStopSec"]),
        "compose": int(compose()["services"]["unified"]["stop_grace_period"].rstrip("s")),
        "chart": chart["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] - 5,  # its preStop
    }
    assert min(seconds.values()) > GRACE + MARGIN_SECONDS, seconds


def test_versions_are_those_of_the_package():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["version"] == chart["appVersion"] == __version__
    assert compose()["services"]["unified"]["image"] == f"unified:{__version__}"
    assert f"-t unified:{__version__} ." in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_the_chart_takes_no_secret_as_a_plain_setting():
    schema = yaml.safe_load((CHART / "values.schema.json").read_text(encoding="utf-8"))
    refused = schema["properties"]["settings"]["propertyNames"]["not"]["enum"]
    assert sorted(refused) == sorted(setting.name for setting in SETTINGS if setting.secret)


class TestImage:
    def test_every_base_is_pinned_by_version(self):
        first = dict(one for one in dockerfile_stages()[0] if one.name == "ARG")
        name, _, default = first["ARG"].partition("=")
        for stage in dockerfile_stages():
            base = next(one.text for one in stage if one.name == "FROM").split(" AS ")[0]
            assert PINNED.fullmatch(base.replace(f"${{{name}}}", default)), base

    def test_it_runs_as_a_user_without_rights(self):
        last = dockerfile_stages()[-1]
        assert [one.text for one in last if one.name == "USER"] == [f"{USER}:{USER}"]
        assert all(one.name not in {"RUN", "COPY"} for one in last[[one.name for one in last].index("USER") :])

    def test_everything_that_pip_downloads_is_checked_by_its_hash(self):
        runs = [part for stage in dockerfile_stages() for one in stage if one.name == "RUN" for part in one.text.split("&&")]
        pip = [part for part in runs if re.search(r"pip (install|wheel|download)", part)]
        assert len(pip) == 4
        assert all("--require-hashes" in part or "--no-index" in part for part in pip), pip

    def test_what_it_copies_is_sent_to_the_builder_and_nothing_else(self):
        copied = [one.text.split()[:-1] for one in dockerfile_stages()[0] if one.name == "COPY"]
        sources = {source for words in copied for source in words}
        lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
        assert {line[1:] for line in lines if line.startswith("!")} == sources
        assert "*" in lines
        assert all((ROOT / source).exists() for source in sources)

    def test_the_wheel_has_all_that_it_is_built_from(self):
        copied = {source for one in dockerfile_stages()[0] if one.name == "COPY" for source in one.text.split()[:-1]}
        build = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        needed = set(re.findall(r'^(\w+) = "unified/data/', build, re.MULTILINE)) | {
            "engine",
            "unified",
            "README.md",
            "LICENSE",
        }
        assert needed <= copied


def project(folder: str) -> dict:
    return tomllib.loads((ROOT / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_packages_beside_are_pinned_to_the_versions_that_they_have():
    engine = f"unified-jsonata=={project('engine')['version']}"
    assert [one for one in project(".")["dependencies"] if one.startswith("unified-jsonata")] == [engine]
    assert project(".")["optional-dependencies"]["reference"] == [engine.replace("==", "[reference]==")]
    assert f"unified=={__version__}" in project("sandbox")["dependencies"]


def test_what_is_built_by_hand_is_what_make_builds():
    """Commands of the pages, the image and `make wheel` build the same packages."""
    named = {
        path: re.findall(r"pip wheel .*--wheel-dir \S+ (.*)", (ROOT / path).read_text(encoding="utf-8")) for path in WHEELS
    }
    assert {path: [one.rstrip(" \\") for one in found] for path, found in named.items()} == {
        path: ["./engine ."] for path in WHEELS
    }


WHEELS = ("Makefile", "deploy/Dockerfile", "docs/deploy.md")


class TestCompose:
    SERVICES = compose()["services"]

    @pytest.mark.parametrize("name", SERVICES)
    def test_no_service_has_more_rights_than_it_needs(self, name):
        service = self.SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
        assert PINNED.fullmatch(service["image"])
        assert not {"privileged", "network_mode", "pid", "devices"} & set(service)
        assert set(service.get("cap_add", [])) <= {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
        assert (name == "postgres") == ("cap_add" in service)

    def test_only_the_service_is_published_and_on_this_machine_alone(self):
        assert {name: service["ports"] for name, service in self.SERVICES.items() if "ports" in service} == {
            "unified": ["127.0.0.1:8400:8400"]
        }
        assert all(self.SERVICES[name]["networks"] == ["back"] for name in ("postgres", "redis"))
        assert compose()["networks"]["back"] == {"internal": True}

    def test_it_waits_until_what_it_needs_is_healthy(self):
        assert self.SERVICES["unified"]["depends_on"] == {
            name: {"condition": "service_healthy"} for name in self.SERVICES if name != "unified"
        }

    def test_no_secret_is_in_an_environment_and_each_file_is_declared(self):
        secrets = compose()["secrets"]
        assert secrets == {name: {"file": f"./secrets/{name}"} for name in secrets}
        for service in self.SERVICES.values():
            for name, value in service.get("environment", {}).items():
                setting = variables().get(name)
                assert setting is None or not setting.secret or name == setting.file_name, name
                if name.endswith("_FILE"):
                    assert value.removeprefix("/run/secrets/") in service["secrets"]
            assert set(service["secrets"]) <= set(secrets)
        used = {name for service in self.SERVICES.values() for name in service["secrets"]}
        assert used == set(secrets)

    def test_its_secrets_never_enter_git(self):
        lines = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
        assert any(fnmatch.fnmatch("/deploy/secrets/", line) for line in lines)


def test_the_unit_runs_the_service_as_its_own_user_with_its_own_folder():
    service = service_unit()
    assert service["User"] == service["Group"] == service["StateDirectory"] == "unified"
    assert service["StateDirectoryMode"] == "0700"
    assert service["EnvironmentFile"] == "/etc/unified/unified.env"
    assert service["ExecStart"] == "/opt/unified/bin/unified serve --workers $WORKERS"
    assert service["KillMode"] == "mixed"


@pytest.mark.parametrize("name", ["nginx.conf", "haproxy.cfg"])
def test_no_proxy_logs_an_address_that_may_hold_a_secret(name):
    lines = [line.partition("#")[0] for line in (DEPLOY / name).read_text(encoding="utf-8").splitlines()]
    text = "\n".join(lines)
    assert not re.search(
        r"\$request\b|\$request_uri|\$args|\$http_referer|option\s+httplog|option\s+tcplog|%\[?r\b|%HU|%HP", text
    )
    if name == "nginx.conf":
        assert re.findall(r"access_log (.*);", text) == ["/var/log/nginx/unified.log masked"]
