"""Finds phrases that a technical writer would not publish: the list is docs/style/phrases.txt, and codespell has the single words.

`python -m tests.docs.phrases README.md docs unified` prints each with its place and what to write instead, and exits with 1 if
there are any; `make prose` runs it.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from tests.docs.pages import ROOT

LIST = ROOT / "docs/style/phrases.txt"
ENDINGS = {".md", ".py", ".yaml", ".yml", ".ts", ".html", ".json", ""}
GAP = r"(?:\s|(?<=\n)[ ]*#)+"
"""What one space of the list matches: a sentence goes on in the next line, also in a comment."""
TEST_NAME = re.compile(r"\btest_\w+")


class Phrase(NamedTuple):
    """One line of the list."""

    pattern: re.Pattern[str]
    advice: str


class Found(NamedTuple):
    """One place where a phrase is used."""

    line: int
    text: str
    advice: str


def read_phrases(listed: str) -> list[Phrase]:
    """Compile the lines of a list; a line without an arrow is refused with its number."""
    phrases = []
    for number, line in enumerate(listed.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        pattern, arrow, advice = line.partition(" -> ")
        if not arrow or not advice.strip():
            raise ValueError(f"phrases.txt:{number}: expected `expression -> what to write instead`, got `{line}`")
        phrases.append(Phrase(_compiled(pattern), advice.strip()))
    return phrases


def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile an expression of the list; spaces in look-behinds and repeated ones stay, as those have one width."""
    spaced = re.sub(r"(?<![\[\]]) (?![*+?)])", lambda _: GAP, pattern)
    return re.compile(spaced, re.IGNORECASE | re.MULTILINE)


def find_phrases(text: str, phrases: list[Phrase]) -> Iterator[Found]:
    """Yield each use of a phrase in a text, in the order of the list; names of tests are read as sentences."""
    text = TEST_NAME.sub(lambda name: name[0].replace("_", " "), text)
    for pattern, advice in phrases:
        for found in pattern.finditer(text):
            used = " ".join(found[0].replace("#", " ").split())
            start = found.end() - len(found[0].lstrip())
            yield Found(text.count("\n", 0, start) + 1, used, advice)


def files_of(names: list[str], skipped: list[str]) -> Iterator[Path]:
    """Yield the files of the arguments and of folders among them, without those that the settings of codespell skip."""
    for name in names:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            shown = str(file.relative_to(ROOT))
            if file.is_file() and file.suffix in ENDINGS and not any(fnmatch(shown, f"{one}*") for one in skipped):
                yield file


def skipped_files() -> list[str]:
    """Return the patterns of files that no list of words is about."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return str(settings["tool"]["codespell"]["skip"]).split(",")


def main(names: list[str]) -> int:
    """Print every phrase in these files; the number of them decides the exit code."""
    phrases = read_phrases(LIST.read_text("utf-8"))
    count = 0
    for file in files_of(names, skipped_files()):
        for line, text, advice in find_phrases(file.read_text("utf-8"), phrases):
            print(f"{file.relative_to(ROOT)}:{line}: `{text}`: {advice}")
            count += 1
    return min(count, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
