"""The prose linter reads our word list: words, parts of identifiers and phrases are refused, product terms pass."""

import subprocess
import sys

from tests.docs.pages import ROOT

WORDS = (ROOT / "docs/style/words.txt").read_text(encoding="utf-8").splitlines()


def refused(text: str) -> list[str]:
    """Return the words of a text that the linter refuses, with the settings of pyproject.toml."""
    line = [
        sys.executable,
        "-c",
        "from codespell_lib import _script_main as m; raise SystemExit(m())",
        "--stdin-single-line",
        "-",
    ]
    ended = subprocess.run(line, cwd=ROOT, input=text + "\n", capture_output=True, text=True, encoding="utf-8", check=False)
    assert not ended.stderr, ended.stderr
    return [report.split(": ")[1].partition(" ==> ")[0].lower() for report in ended.stdout.splitlines()]


def test_a_sentence_with_such_words_is_refused() -> None:
    assert refused("Nobody is told whose account it is.") == ["nobody", "told"]
    assert refused("def what_was_told(): ...; class ToldApart: ...") == ["told", "told"]


def test_plain_sentences_and_product_terms_pass() -> None:
    assert refused("The stand-in reports an error. A stand_in is started; a cursor is sealed again.") == []


def test_every_entry_of_the_list_is_refused() -> None:
    listed = [line.partition("->")[0] for line in WORDS]
    assert refused("\n".join(f"It is {word} here." for word in listed)) == listed, (
        "repeat phrases in `regex` of [tool.codespell]"
    )
