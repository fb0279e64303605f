"""Ten times the installed providers are loaded and linted in a few seconds: an author waits for lint, a worker for loading."""

import subprocess
import sys

import pytest

from benchmarks.catalogs import many_providers
from tests.timing import slowness

pytestmark = [pytest.mark.slow, pytest.mark.alone]
PROVIDERS = 60
PROGRAM = """
import re, sys, time
from pathlib import Path
{imported}
began = time.process_time()
{done}
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())  # ru_maxrss would be that of pytest before it
print(time.process_time() - began, int(peak[1]) / 1024)
"""
DONE = {
    "loading": ("from unified import Catalog", "Catalog.load(Path(sys.argv[1]))", 4.5, 120),
    "linting": ("from unified.authoring.lint.lint import lint", "lint(Path(sys.argv[1]))", 7.0, 160),
}
"""What is imported and done, the most seconds of processor time on a quiet machine, over twice what was measured, and the most
megabytes, a fifteenth over it. Lint takes 40 MB more than loading: 23 MB are its code, 14 MB the programs of the `write`
expressions that it tries."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return many_providers(tmp_path_factory.mktemp("many"), PROVIDERS)


@pytest.mark.parametrize(("imported", "done", "most", "most_megabytes"), DONE.values(), ids=DONE)
def test_sixty_providers(folder, imported, done, most, most_megabytes):
    text = PROGRAM.format(imported=imported, done=done)
    before = slowness()
    printed = subprocess.run([sys.executable, "-c", text, str(folder)], capture_output=True, text=True, check=True).stdout
    times = max(before, slowness())
    seconds, megabytes = map(float, printed.split())
    assert seconds < most * times, (
        f"{seconds:.1f} s of processor time, on a machine that is {times:.1f} times slower than a quiet one"
    )
    assert megabytes < most_megabytes, f"{megabytes:.0f} MB"
