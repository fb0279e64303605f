"""What linters, renderers and schemas of others say about the files of deploy/."""

import hashlib
import json
import re
import subprocess
import tomllib
from itertools import product

import pytest
import yaml

from tests.deploy.files import CHART, DEPLOY, TOOLS, compose
from tests.docs.pages import ROOT
from unified.version import __version__

pytestmark = [pytest.mark.deploy, pytest.mark.takes(seconds=60)]

ENGINE = tomllib.loads((ROOT / "engine/pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
"""The version of the mapping language, a distribution beside."""
KUBERNETES = ("1.25.0", "1.31.0", "1.37.0")
NEEDED = {"publicUrl": "https://unified.example.com", "existingSecret": "unified"}
EVERYTHING = {
    **NEEDED,
    "caKey": "ca.pem",
    "metricsTokenKey": "metrics-token",
    "settings": {"UNIFIED_GRACE_PERIOD": "20"},
    "image": {"repository": "registry.example.com/unified", "digest": "sha256:" + "a" * 64},
    "imagePullSecrets": [{"name": "registry"}],
    "strategy": {"type": "Recreate"},
    "podAnnotations": {"example.com/a": "b"},
    "nodeSelector": {"a": "b"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "ingress": {"enabled": True, "className": "nginx", "tlsSecret": "tls", "annotations": {"a": "b"}},
}
RENDER = """
import json, sys
from helm_python import Chart
from helm_python.errors import HelmError
with Chart.load(sys.argv[1]) as chart:
    try:
        print(json.dumps(chart.render(json.load(sys.stdin), name="acme", namespace="prod")))
    except HelmError as problem:
        print(json.dumps({"refused": str(problem)}))
"""
VALIDATE = """
import json, sys, kubernetes_validate
for manifest, version in json.load(sys.stdin):
    kubernetes_validate.validate(manifest, version, strict=True)
"""
COMPOSE = "import sys, compose_spec; compose_spec.ComposeSpecification.model_validate_json(sys.stdin.read())"


def tool(code: str, *words: str, given: str) -> str:
    """What a program of Python prints in the environment of the tools."""
    command = [str(TOOLS / "python"), "-c", code, *words]
    ended = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return ended.stdout


def rendered(values: dict) -> list[dict]:
    found = json.loads(tool(RENDER, str(CHART), given=json.dumps(values)))
    texts = [text for path, text in found.items() if not path.endswith("NOTES.txt")]
    return [one for text in texts for one in yaml.safe_load_all(text) if one]


def refused(values: dict) -> str:
    return json.loads(tool(RENDER, str(CHART), given=json.dumps(values)))["refused"]


def deployment(values: dict) -> dict:
    return next(one for one in rendered(values) if one["kind"] == "Deployment")


def test_hadolint_finds_nothing_in_the_dockerfile():
    ended = subprocess.run([TOOLS / "hadolint", DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "")


def test_compose_is_of_the_specification():
    tool(COMPOSE, given=json.dumps(compose()))


@pytest.mark.parametrize("values", [NEEDED, EVERYTHING], ids=["needed", "everything"])
def test_the_chart_renders_manifests_that_kubernetes_knows(values):
    manifests = rendered(values)
    kinds = {one["kind"] for one in manifests}
    assert kinds - {"Ingress"} == {"Deployment", "PodDisruptionBudget", "Service", "ServiceAccount"}
    tool(VALIDATE, given=json.dumps(list(product(manifests, KUBERNETES))))


def test_its_pods_have_no_right_that_they_do_not_need():
    spec = deployment(NEEDED)["spec"]["template"]["spec"]
    container = spec["containers"][0]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"] | {} == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == container["startupProbe"]["httpGet"]["path"] == "/health"


def test_secrets_are_mounted_by_reference_and_closed_to_others():
    for values in (NEEDED, EVERYTHING):
        spec = deployment(values)["spec"]["template"]["spec"]
        volume = next(one for one in spec["volumes"] if one["name"] == "secrets")["secret"]
        assert volume["secretName"] == values["existingSecret"]
        assert volume["defaultMode"] == 0o440
        mounted = {f"/run/secrets/unified/{item['path']}" for item in volume["items"]}
        named = {one["value"] for one in spec["containers"][0]["env"] if one["name"].endswith("_FILE")}
        assert named <= mounted
        assert not any("secretKeyRef" in str(one) for one in spec["containers"][0]["env"])
    assert not any(one["kind"] == "Secret" for one in rendered(EVERYTHING))


def test_a_disruption_budget_needs_a_second_pod():
    assert not any(one["kind"] == "PodDisruptionBudget" for one in rendered({**NEEDED, "replicas": 1}))
    assert deployment({**NEEDED, "strategy": {"type": "Recreate"}})["spec"]["strategy"] == {"type": "Recreate"}
    assert deployment(NEEDED)["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({}, "publicUrl"),
        ({**NEEDED, "publicUrl": "http://plain.example.com"}, "publicUrl"),
        ({"publicUrl": NEEDED["publicUrl"]}, "existingSecret"),
        ({**NEEDED, "settings": {"UNIFIED_REDIS_URL": "redis://:pw@h/0"}}, "UNIFIED_REDIS_URL"),
        ({**NEEDED, "settings": {"PATH": "/"}}, "PATH"),
        ({**NEEDED, "replica": 3}, "replica"),
        ({**NEEDED, "image": {"digest": "latest"}}, "digest"),
    ],
)
def test_values_that_make_no_sense_are_refused(values, word):
    message = refused(values)
    assert word in message
    assert "pw@" not in message


def test_systemd_accepts_the_unit_and_rates_it_as_the_page_says(tmp_path):
    text = (DEPLOY / "unified.service").read_text(encoding="utf-8")
    path = tmp_path / "unified.service"
    path.write_text(text.replace("ExecStart=/opt/unified/bin/unified", "ExecStart=/bin/true"))
    verified = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(path)], capture_output=True, text=True, check=False
    )
    figure = re.search(r"Overall exposure level for unified\.service: ([\d.]+) (\w+)", rated.stdout)
    pages = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    shown = re.search(r"`systemd-analyze security unified` rates it ([\d.]+) \((\w+)\)", pages)
    assert shown.groups() == figure.groups()
    assert float(figure[1]) <= 1.5


def test_the_bill_of_materials_lists_exactly_the_pinned_dependencies_and_the_engine_with_their_hashes():
    subprocess.run(["make", "--silent", "sbom"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # it validates what it writes
    listed = json.loads((ROOT / f"dist/unified-{__version__}.cdx.json").read_text(encoding="utf-8"))
    assert (listed["bomFormat"], listed["metadata"]["component"]["version"]) == ("CycloneDX", __version__)
    found = sorted(
        (
            one["name"],
            one["version"],
            sorted(digest["content"] for reference in one["externalReferences"] for digest in reference["hashes"]),
        )
        for one in listed["components"]
    )
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    pinned = sorted(
        (line.split("==")[0], re.split(r"[\s;]", line.split("==")[1])[0], sorted(re.findall(r"sha256:([0-9a-f]{64})", line)))
        for line in text.splitlines()
        if line.strip()
    )
    wheel = ROOT / f"dist/unified_jsonata-{ENGINE}-py3-none-any.whl"
    engine = ("unified-jsonata", ENGINE, [hashlib.sha256(wheel.read_bytes()).hexdigest()])
    assert found == sorted([*pinned, engine])
    assert all(hashes for _, _, hashes in found)
