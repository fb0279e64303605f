"""The list of phrases: each is refused with the advice and the place, and plain sentences pass, also those that look alike."""

import re

import pytest

from tests.cases import each
from tests.docs.phrases import LIST, files_of, find_phrases, main, read_phrases

PHRASES = read_phrases(LIST.read_text("utf-8"))

REFUSED = [
    ('"""What the scope hides."""', '"""What'),
    ("a provider of which the files are not valid", "of which"),
    ("an employee of whom little is known", "of whom"),
    ("a text that is no URL", "is no"),
    ("Tags are no fields.", "are no"),
    ("a name that is none is refused", "is none"),
    ("Without a call that names none, it is JSON.", "names none"),
    ("the text beside it", "beside"),
    ("It has a window of its own.", "of its own"),
    ("Records have calls of their own.", "of their own"),
    ("as far as the caller sees it", "as far as"),
    ("The list goes on at the cursor.", "goes on"),
    ("A declaration lies in the options.", "lies in"),
    ("It is sent all the same.", "all the same"),
    ("Whoever opens the link learns it.", "Whoever"),
    ("once the answer is there, it is read", "is there"),
    ("The ids are kept; likewise.", "likewise."),
    ("| a claim | `test_what_is_hidden_is_removed` |", "test what"),
    ("| a claim | `test_a_text_that_is_no_url_is_refused` |", "is no"),
    ("Ours are the pool and the bounds.", "Ours are"),
]
PLAIN = [
    "800 lines, of which httptools reads most; two calls, one of which is optional",
    "There is no limit. It is no longer used, and is no more than a text; it is no part of the API.",
    "None if there is none.",
    "Its own window, libraries instead of our own code.",
    "What remains is a translator. ## What it does",
    "It lies outside the boundary. Given to whoever asks first.",
    "Is there a limit? Are there any?",
    "await self.beside(size); beside = {1}; approval.beside",
    "{% if value is none %}",
]


def found(text: str) -> list[str]:
    return [one.text for one in find_phrases(text, PHRASES)]


@each(("text", "phrase"), REFUSED, ids=lambda row: row[1])
def test_the_phrase_is_refused(text: str, phrase: str) -> None:
    assert found(text) == [phrase]


def test_every_line_of_the_list_refuses_one_of_the_examples() -> None:
    used = {one.advice for text, _ in REFUSED for one in find_phrases(text, PHRASES)}
    assert [one.pattern.pattern for one in PHRASES if one.advice not in used] == []


@pytest.mark.parametrize("text", PLAIN)
def test_plain_sentences_pass(text: str) -> None:
    assert found(text) == []


def test_a_phrase_may_go_over_the_end_of_a_line_of_text_or_of_a_comment() -> None:
    assert found("a provider of\nwhich the files") == found("    # a provider of\n    # which the files") == ["of which"]


def test_a_line_of_the_list_without_advice_is_refused() -> None:
    with pytest.raises(
        ValueError, match=re.escape("phrases.txt:2: expected `expression -> what to write instead`, got `beside`")
    ):
        read_phrases("# a comment\nbeside\n")


def test_the_report_names_file_line_phrase_and_advice(tmp_path, monkeypatch, capsys) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n\nThe text beside it.\n", encoding="utf-8")
    monkeypatch.setattr("tests.docs.phrases.ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.codespell]\nskip = "old.md"\n', encoding="utf-8")
    (tmp_path / "old.md").write_text("beside\n", encoding="utf-8")
    assert main(["page.md", "old.md"]) == 1
    assert capsys.readouterr().out == "page.md:3: `beside`: next to, with, in addition to\n"
    page.write_text("The text next to it.\n", encoding="utf-8")
    assert main(["."]) == 0


def test_folders_are_read_and_skipped_files_are_not(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tests.docs.phrases.ROOT", tmp_path)
    for name in ("a.md", "b.png", "c.py"):
        (tmp_path / name).touch()
    assert [file.name for file in files_of(["."], ["c.*"])] == ["a.md"]
