"""The stand-ins' files of the catalog, and the skeleton that a new one begins with."""

import json
import shutil

import httpx2
import jsonschema
import pytest

from unified.authoring.scaffold.standin_scaffold import new_standin
from unified.catalog.files.source import read_source
from unified.catalog.load import installed_folder
from unified.catalog.paths import provider_paths
from unified.errors.configuration import CatalogError
from unified_sandbox.app import create_sandbox
from unified_sandbox.described import load_standin, standin_files
from unified_sandbox.registry import SHOWCASE, discover, standin_names

FOLDER = installed_folder()
SCHEMA = json.loads((FOLDER / "schemas" / "sandbox.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", standin_files(FOLDER).values(), ids=lambda path: path.name)
def test_the_schema_takes_every_file(path):
    jsonschema.validate(read_source(path).content, SCHEMA)


def test_every_file_is_of_a_provider():
    assert set(standin_files(FOLDER)) <= {one.stem for one in provider_paths(FOLDER)}


def test_the_named_ones_are_loaded_and_an_unknown_one_is_refused():
    assert tuple(discover(*SHOWCASE)) == SHOWCASE
    assert tuple(discover()) == standin_names()
    with pytest.raises(CatalogError, match=r"no stand-in 'githup'\. Did you mean 'github'\? Known: .*bamboohr, "):
        discover("githup")


@pytest.mark.parametrize("path", provider_paths(FOLDER), ids=lambda path: path.stem)
async def test_the_skeleton_runs_as_it_is(path, tmp_path):
    (tmp_path / "providers").mkdir()
    (tmp_path / "mappings").mkdir()
    shutil.copy(path, tmp_path / "providers")
    standin = load_standin(new_standin(tmp_path, path.stem))
    app = create_sandbox({path.stem: standin})
    (collection,) = app.lives[path.stem].state.values()
    assert len(collection) == 45
    method, target, _ = next(one for one in standin.routes if "{" not in one[1])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=f"http://sandbox/{path.stem}") as client:
        assert (await client.request(method, target)).status_code == 401
    with pytest.raises(CatalogError, match="exists already"):
        new_standin(tmp_path, path.stem)
