"""The claims of the pages are proved: each row names a test, and every test that any page names exists."""

from pathlib import Path

import pytest

from tests.cases import each
from tests.docs.claims import NAMED, PAGES, all_tests, cited_tests, claims, is_test_of, named_tests, proofs_of
from tests.docs.pages import ROOT, pages

TESTS = [pytest.param(name, file, id=f"{page}->{name}") for page in PAGES for name, file in sorted(set(named_tests(page)))]


def shown(page: Path) -> str:
    return str(page.relative_to(ROOT))


@each(("name", "file"), TESTS)
def test_a_claim_names_an_existing_test(name: str, file: Path) -> None:
    assert is_test_of(name, file)


@pytest.mark.parametrize("page", PAGES)
def test_claims_are_found_and_each_has_a_test(page: str) -> None:
    rows = claims(page)
    assert len(rows) > 25
    assert [row for row in rows if len(NAMED.findall(row)) != 1] == []


@pytest.mark.parametrize("page", [page for page in pages() if page.name != "CHANGELOG.md"], ids=shown)
def test_every_test_that_a_page_names_exists_in_the_file_that_it_links(page: Path) -> None:
    linked = {name: file for row in page.read_text("utf-8").splitlines() for name, file in proofs_of(row, page.parent)}
    assert [name for name in cited_tests(page) if name not in all_tests()] == []
    assert [name for name, file in linked.items() if file not in all_tests().get(name, ())] == []


def test_an_unwritten_test_is_noticed_on_any_page(tmp_path: Path) -> None:
    assert not is_test_of("test_never_written", ROOT / "tests/docs/test_claims.py")
    page = tmp_path / "page.md"
    page.write_text("`test_never_written`, and `test_*` or `tests/docs`", encoding="utf-8")
    assert cited_tests(page) == {"test_never_written"}
    assert "test_never_written" not in all_tests()
    assert all_tests()["test_an_unwritten_test_is_noticed_on_any_page"] == {Path(__file__)}
