"""The Python client as a package: what the wheel has, and that it runs with nothing but its own dependencies."""

import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from clients.tests.built import Failed, run
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


def test_a_source_archive_builds_without_the_checkout(tmp_path: Path) -> None:
    copy = shutil.copytree(ROOT / "clients/python", tmp_path / "clients/python", ignore=shutil.ignore_patterns("__pycache__"))
    run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path], copy)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path, filter="data")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], tmp_path / archive.name[: -len(".tar.gz")])
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        assert {"unified_client/_async_api.py", "unified_client/hris.py"} <= {*wheel.namelist()}


def test_a_checkout_without_an_environment_says_how_to_generate(tmp_path: Path) -> None:
    hidden = shutil.ignore_patterns("__pycache__", "_sync_api.py")
    copy = shutil.copytree(ROOT / "clients/python", tmp_path / "clients/python", ignore=hidden)
    with pytest.raises(Failed, match=f"run `make clients` in {tmp_path} first"):
        run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], copy)
