"""Every golden case of the repository, one test for each provider; `unified test` runs the same."""

from pathlib import Path

import pytest

from tests.cases import each
from unified.authoring.golden.golden import run_case
from unified.authoring.golden.golden_files import cases_of, golden_paths
from unified.authoring.workspace import open_mapping
from unified.catalog.files.source import read_source
from unified.errors.configuration import CatalogError

FOLDER = Path(__file__).parents[2]


def _collected():
    for path in golden_paths(FOLDER):
        name = f"mappings/{path.parent.name}/{path.name}"
        try:
            cases = list(cases_of(read_source(path, name=name)))
        except CatalogError as problem:
            cases = [problem]
        for index, case in enumerate(cases):
            title = f"case {index}" if isinstance(case, CatalogError) else case.name
            yield f"{name}::{title}", path, case


@pytest.fixture(scope="module")
def mapping_of():
    opened = {}

    def of(path):
        if path not in opened:
            opened[path] = open_mapping(FOLDER, path.parent.name, path.name.removesuffix(".test.yaml"))
        return opened[path]

    return of


COLLECTED = list(_collected())


@each(
    ("path", "case"),
    [(path, case) for _, path, case in COLLECTED],
    ids=[name for name, _, _ in COLLECTED],
    by=lambda case: case[0].parent.name,
)
def test_golden(path, case, mapping_of):
    if isinstance(case, CatalogError):
        pytest.fail(str(case), pytrace=False)
    problem = run_case(mapping_of(path), case)
    if problem is not None:
        pytest.fail(problem, pytrace=False)
