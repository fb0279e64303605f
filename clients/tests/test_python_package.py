"""The Python client as a package: what the wheel has, and that it runs with nothing but its own dependencies."""

import sys
import zipfile
from pathlib import Path

from clients.tests.built import run
from tests.docs.pages import ROOT
from unified.version import __version__


def test_the_wheel_is_typed_and_has_the_version_of_the_service(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    run([*pip, "--wheel-dir", tmp_path, ROOT / "clients/python"], tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == f"unified_client-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read(f"unified_client-{__version__}.dist-info/METADATA").decode()
    sources = {
        f"unified_client/{path.name}" for path in (ROOT / "clients/python/src/unified_client").iterdir() if path.is_file()
    }
    assert "unified_client/py.typed" in names
    assert {one for one in names if one.startswith("unified_client/")} == sources
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    assert [line.split()[1].split(">")[0] for line in required] == ["httpx2", "msgspec"]


def test_it_imports_nothing_of_the_service(tmp_path: Path) -> None:
    program = "import sys, unified_client, unified_client.hris, unified_client.ticketing; print([one for one in sys.modules if one.split('.')[0] == 'unified'])"
    printed = run([sys.executable, "-c", program], tmp_path, {"PYTHONPATH": str(ROOT / "clients/python/src")})
    assert printed.strip() == "[]"
