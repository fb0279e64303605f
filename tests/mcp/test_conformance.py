"""The protocol's own conformance suite, every scenario that applies to a server with tools, in both revisions.

It is an npm package; `make test` installs it, and runs it without a network. Node comes from PyPI where the machine's is
older than 22. Without them the tests are skipped saying so, and fail when `REQUIRE_SERVICES` is set.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PINNED = "0.2.0-alpha.12"
PACKAGE = ROOT / ".unified/node/node_modules/@modelcontextprotocol/conformance"
OLDEST_NODE = 22

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
