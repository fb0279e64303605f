"""What the pages claim is proved: each row names a test, and the test is there."""

from pathlib import Path

import pytest

from tests.cases import each
from tests.docs.claims import NAMED, PAGES, claims, is_test_of, named_tests
from tests.docs.pages import ROOT

TESTS = [pytest.param(name, file, id=f"{page}->{name}") for page in PAGES for name, file in sorted(set(named_tests(page)))]


@each(("name", "file"), TESTS)
def test_a_claim_names_a_test_that_is_there(name: str, file: Path) -> None:
    assert is_test_of(name, file)


@pytest.mark.parametrize("page", PAGES)
def test_claims_are_found_and_each_has_a_test(page: str) -> None:
    rows = claims(page)
    assert len(rows) > 25
    assert [row for row in rows if len(NAMED.findall(row)) != 1] == []


def test_a_test_that_is_not_there_would_be_missed() -> None:
    assert not is_test_of("test_that_nobody_wrote", ROOT / "tests/docs/test_claims.py")
