"""The reader of the pages: what counts as the same, what as different."""

import pytest

from tests.docs.pages import Block, blocks, commands, matches


@pytest.mark.parametrize(
    ("shown", "came", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\nb\n", "a\nc\n", False),
        ("a\n", "a\nb\n", False),
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a\n…\nd\n", "a\nd\n", True),
        ("a\n…\nd\n", "a\nb\n", False),
        ("id acc_…\n", "id acc_17\n", True),
        ("id acc_…!\n", "id acc_17\nmore!\n", False),
        ("", "", True),
        ("", "an error\n", False),
    ],
)
def test_a_page_shows_what_came(shown: str, came: str, same: bool) -> None:
    assert matches(shown, came) is same


def test_commands_and_what_they_print() -> None:
    first, second = commands(Block("console", "", "$ one --x\nprinted\n$ two\n", "page.md:1"))
    assert (first.line, first.prints, second.line, second.prints) == ("one --x", "printed\n", "two", "")


def test_marks_are_read(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tests.docs.pages.ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("Text\n\n<!-- file: a.yaml -->\n```yaml\nx: 1\n```\n\n```bash\ny\n```\n", encoding="utf-8")
    marked, plain = blocks(page)
    assert (marked.file, marked.text, marked.where) == ("a.yaml", "x: 1\n", "page.md:4")
    assert (plain.mark, plain.kind) == ("", "bash")
