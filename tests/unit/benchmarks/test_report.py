"""The figures that the documentation shows are those of the published run."""

import pytest

from benchmarks import results
from benchmarks.report import filled, rendered


def test_a_marked_place_is_filled_again() -> None:
    page = "a\n<!-- measured: paths -->\nold\nlines\n<!-- /measured -->\nb\n"
    assert filled(page, {"paths": "new"}) == "a\n<!-- measured: paths -->\nnew\n<!-- /measured -->\nb\n"


def test_an_unknown_place_is_refused() -> None:
    with pytest.raises(KeyError, match="pathz"):
        filled("<!-- measured: pathz -->\n<!-- /measured -->", {})


@pytest.mark.parametrize(
    ("path", "text"),
    [pytest.param(path, text, id=path.name) for path, text in rendered(results.read(results.PUBLISHED)).items()],
)
def test_pages_and_pictures_show_the_published_run(path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "`python -m benchmarks.report` writes it again"
