"""`make bench-newcomer`: how long a newcomer takes from a clone to the records of a typed call.

The repository is cloned into an empty folder, with an empty home folder and so with empty caches, and the commands of the pages
are run there as they are written: none of them is repeated here. `--publish` puts the seconds on the page.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.machine import description
from benchmarks.newcomer_pages import DEMO, MOST_SECONDS, PUBLISHED, ROOT, Step, Taken, Way, steps, write_page
from benchmarks.results import commit, now

KEPT: Final = ("PATH", "LANG", "TERM", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
KEPT_BEGINNINGS: Final = ("PIP_", "HTTP", "http", "NO_PROXY", "no_proxy")
"""Variables that say how this machine reaches the package registries, and the path."""
SIGN_OF_READINESS: Final = "API reference"
"""What the demo prints when it takes calls."""
READ_BY: Final = "/bin/bash"


class Failed(SystemExit):
    """A command of a page ended with an error, or printed no records."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.newcomer", description=__doc__)
    parser.add_argument("--publish", action="store_true", help="put the seconds on the page")
    publish = parser.parse_args().publish
    with tempfile.TemporaryDirectory(prefix="newcomer-") as folder:
        way = take_steps(Path(folder))
    for language, seconds in way.ways().items():
        print(f"from the clone to the records in {language}: {seconds:.0f} s")
    if publish:
        PUBLISHED.write_bytes(msgspec.json.format(msgspec.json.encode(way), indent=1) + b"\n")
        write_page(way)
    if any(seconds > MOST_SECONDS for seconds in way.ways().values()):
        raise Failed(f"A way took over {MOST_SECONDS} s, which is what the page promises.")


def take_steps(folder: Path) -> Way:
    """Take every step in an empty folder, and say how long each took."""
    machine = description()
    home, checkout = folder / "home", folder / "unified"
    home.mkdir()
    environment = newcomer_environment(home)
    taken = [print_step(run_step(Step("clone", f"git clone --quiet {ROOT} {checkout}"), folder, environment))]
    found = {one.name: one for one in steps()}
    with demo(found.pop(DEMO), checkout, environment) as started:
        taken.append(print_step(started))
        print(f"installed into .venv: {megabytes(checkout / '.venv')} MB", flush=True)
        variables = found.pop("variables")
        for step in found.values():
            own = Step(step.name, f"{variables.commands}\n{step.commands}")
            taken.append(print_step(run_step(own, checkout, environment, must_print="@")))
    return Way(taken=now(), commit=commit(), machine=machine, steps=tuple(taken))


def newcomer_environment(home: Path) -> dict[str, str]:
    """The variables of a new user: nothing of this project, no environment of Python, an empty home folder."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_BEGINNINGS)}
    own = str(Path(sys.executable).parent)
    kept["PATH"] = os.pathsep.join(one for one in kept["PATH"].split(os.pathsep) if one != own)
    return kept | {"HOME": str(home), "UNIFIED_PORT": "0"}


def run_step(step: Step, folder: Path, environment: dict[str, str], must_print: str = "") -> Taken:
    """Run the commands of a step in one shell, as they are written.

    Raises:
        Failed: one of them ended with an error, or something that it must print did not come.
    """
    began = time.perf_counter()
    shell = [READ_BY, "-euo", "pipefail", "-c", step.commands]
    ended = subprocess.run(shell, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if ended.returncode or must_print not in ended.stdout:
        how = f"ended with {ended.returncode} after {seconds:.0f} s:\n{ended.stdout}{ended.stderr}"
        raise Failed(f"{step.name}:\n{step.commands}\n{how}")
    return Taken(name=step.name, seconds=seconds)


@contextmanager
def demo(step: Step, folder: Path, environment: dict[str, str]) -> Iterator[Taken]:
    """Start the demo and let it run; it is ready when its output says so."""
    began = time.perf_counter()
    running = subprocess.Popen(
        [READ_BY, "-c", f"exec {step.commands}"], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout is not None
        if not any(SIGN_OF_READINESS in line for line in running.stdout):
            raise Failed(f"{step.name}: the demo ended with {running.wait()} before it was ready")
        yield Taken(name=step.name, seconds=time.perf_counter() - began)
    finally:
        running.terminate()
        running.wait(timeout=30)


def megabytes(folder: Path) -> int:
    """Return what the files of a folder take, in millions of bytes."""
    return round(sum(one.lstat().st_size for one in folder.rglob("*") if not one.is_symlink()) / 1e6)


def print_step(taken: Taken) -> Taken:
    """Print a step as soon as it is done."""
    print(f"{taken.name:<14}{taken.seconds:>7.1f} s", flush=True)
    return taken


if __name__ == "__main__":
    main()
