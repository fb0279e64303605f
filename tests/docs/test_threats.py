"""docs/threats.md is whole: every row of the catalogue of hostile inputs stands there once, with tests that are there."""

import re
from pathlib import Path

import pytest

from tests.cases import each
from tests.docs.claims import claims, is_test_of, proofs_of
from tests.docs.pages import ROOT

PAGE = "docs/threats.md"
SECTIONS = {"B": 20, "C": 22, "D": 31, "E": 11, "F": 13, "G": 16, "H": 11, "I": 12, "J": 12, "K": 13}
"""Sections of the catalogue, and how many rows each has."""
CATALOGUE = [f"{section}{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)]


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("| ").split(" | ")]


def test_every_row_exists_once_and_in_order() -> None:
    assert [cells(row)[0] for row in claims(PAGE)] == CATALOGUE


@pytest.mark.parametrize("section", SECTIONS)
def test_rows_stand_in_their_section(section: str) -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8").partition(f"\n## {section}. ")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| ([A-Z]\d+) \|", text, re.MULTILINE)) == {one for one in CATALOGUE if one[0] == section}


@each("row", claims(PAGE), ids=lambda row: cells(row)[0])
def test_a_row_has_an_input_an_outcome_and_existing_tests(row: str) -> None:
    _, given, expected, tests = cells(row)
    assert given
    assert expected
    found = proofs_of(tests)
    assert len(found) == len(set(found)) == len(re.findall(r"`test_\w+`", tests)) > 0, "a name without a link, or twice"
    assert [name for name, file in found if not (_is_in_tests(file) and is_test_of(name, file))] == []


def _is_in_tests(file: Path) -> bool:
    return any(file.is_relative_to(ROOT / folder) for folder in ("tests", "engine/tests"))


def test_a_missing_test_would_be_found() -> None:
    ((name, file),) = proofs_of("`test_never_written` in [test_threats.py](../tests/docs/test_threats.py)")
    assert not is_test_of(name, file)
    ((name, file), (_, same)) = proofs_of(
        f"`{test_rows_stand_in_their_section.__name__}`, `test_b` in [test_threats.py](../tests/docs/test_threats.py)"
    )
    assert is_test_of(name, file)
    assert same == file
