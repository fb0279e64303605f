"""`make property-test`: a public property tester calls every operation of the document, at the demo with all providers.

Schemathesis makes valid and invalid requests of the document, follows its links, and compares every answer with it. Each case
is the same in every run for the same `SEED`. `FULL` tries all models, with many more cases: that takes hours.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

HERE = Path(__file__).parent
FOLDER = Path(".unified/property-tester").absolute()
SEED = os.environ.get("SEED") or "1"
FULL = bool(os.environ.get("FULL"))
SHARE = 12
"""A run of minutes asks one in so many models."""
START_SECONDS = 300
MEASURED = {
    "UNIFIED_RATE_LIMIT_KEY": "unlimited",
    "UNIFIED_RATE_LIMIT_ACCOUNT": "unlimited",
    "UNIFIED_RATE_LIMIT_TENANT": "unlimited",
}
"""Limits of calls would answer most of the cases in the place of what they ask for."""


@contextmanager
def demo() -> Iterator[dict[str, Any]]:
    """Run `unified demo` with all providers, and answer its ready file."""
    home, ready = FOLDER / "demo", FOLDER / "ready.json"
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    command = [Path(sys.executable).parent / "unified", "demo", "--providers", "all", "--ready-file", ready]
    settings = {"UNIFIED_HOME": str(home), "UNIFIED_PORT": "0", **MEASURED}
    with (FOLDER / "demo.log").open("w") as log:
        process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"unified demo was not ready:\n{(FOLDER / 'demo.log').read_text()}")
                time.sleep(0.1)
            yield json.loads(ready.read_text())
        finally:
            process.terminate()
            process.wait(60)


def with_accounts(document: dict[str, Any], accounts: dict[str, str]) -> str:
    """The configuration, with an account for each operation: of a provider that offers it, another one with each seed."""
    lines = [(HERE / "schemathesis.toml").read_text()]
    for position, (operation, own) in enumerate(sorted(of_operations(document, accounts).items())):
        account = own[(position + int(SEED)) % len(own)]
        lines += ["[[operations]]", f'include-operation-id = "{operation}"', f'parameters = {{ account_id = "{account}" }}', ""]
    return "\n".join(lines)


def of_operations(document: dict[str, Any], accounts: dict[str, str]) -> dict[str, list[str]]:
    """The accounts of the providers that offer each operation."""
    found = {}
    for verbs in document["paths"].values():
        for operation in verbs.values():
            own = [accounts[name] for name in operation.get("x-providers", ()) if name in accounts]
            found |= {operation["operationId"]: own} if own else {}
    return found


def chosen(document: dict[str, Any]) -> list[str]:
    """Options for a run of minutes: every management operation, and those of some models, others with each seed."""
    models = sorted({one["x-model"] for verbs in document["paths"].values() for one in verbs.values() if "x-model" in one})
    paths = [one.replace(".", "/") for one in models[int(SEED) % SHARE :: SHARE]]
    return ["--include-tag", "management", "--include-path-regex", f"^/(?:{'|'.join(paths)})(?:/|$)"]


def main() -> None:
    """Run the tester, and end with its status."""
    begun = time.monotonic()
    with demo() as found:
        document = httpx2.get(f"{found['base_url']}/openapi.json", timeout=60).raise_for_status().json()
        (FOLDER / "openapi.json").write_text(json.dumps(document))
        (FOLDER / "schemathesis.toml").write_text(with_accounts(document, found["accounts"]))
        print(
            f"{len(found['accounts'])} providers, seed {SEED}, {'every operation' if FULL else 'a share of the models'}",
            flush=True,
        )
        size = ["--max-examples", "100"] if FULL else ["--max-examples", "3", *chosen(document)]
        options = ["--url", found["base_url"], "--seed", SEED, "--workers", "2", *size, *sys.argv[2:]]
        command = [
            Path(sys.argv[1]).absolute(),
            "--no-color",
            "--config-file",
            FOLDER / "schemathesis.toml",
            "run",
            FOLDER / "openapi.json",
            *options,
        ]
        done = subprocess.run(
            [str(one) for one in command], check=False, cwd=FOLDER, env={**os.environ, "UNIFIED_KEY": found["admin_key"]}
        )
    print(f"All of it took {time.monotonic() - begun:.0f} s")
    raise SystemExit(done.returncode)


main()
