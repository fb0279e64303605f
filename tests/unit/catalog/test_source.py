"""Data files are read with positions: every complaint names the line and column an editor would show."""

import pytest

from unified.catalog.files.source import parse_source, read_source
from unified.errors.configuration import CatalogError

PLAIN = """\
text: yes
on: on
day: 2026-01-31
octal: 0o17
old_octal: 017
grouped: 1_000
exponent: 1e5
infinite: .inf
merge: <<
whole: 42
negative: -7
real: 1.5
small: 1.5e-3
true: true
False: False
tilde: ~
word: null
nothing:
quoted: "null"
empty: ''
"""


def test_plain_scalars_are_those_of_yaml_1_2() -> None:
    assert parse_source(PLAIN, name="x.yaml").content == {
        "text": "yes",
        "on": "on",
        "day": "2026-01-31",
        "octal": "0o17",
        "old_octal": "017",
        "grouped": "1_000",
        "exponent": "1e5",
        "infinite": ".inf",
        "merge": "<<",
        "whole": 42,
        "negative": -7,
        "real": 1.5,
        "small": 0.0015,
        "true": True,
        "False": False,
        "tilde": None,
        "word": None,
        "nothing": None,
        "quoted": "null",
        "empty": "",
    }


BROKEN = [
    ("a: b: c\n", "x.yaml:1:5: not valid YAML: mapping values are not allowed in this context"),
    ("a: 1\n---\nb: 2\n", "x.yaml:2:1: not valid YAML: but found another document"),
    ("\ta: 1\n", "x.yaml:1:1: not valid YAML: found character that cannot start any token"),
    ("a: 'x\n", "x.yaml:2:1: not valid YAML: found unexpected end of stream"),
    ("a: \x00\n", "x.yaml:1:1: not valid YAML: control characters are not allowed (U+0000)"),
    ("a: " + "[" * 100_000, "x.yaml:1:1003: not valid YAML: exceeded maximum nesting depth"),
    ("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n", "x.yaml:5:3: duplicate key `c`, first given on line 3; keep one"),
    ("a: 1\n'a': 2\n", "x.yaml:2:2: duplicate key `a`, first given on line 1; keep one"),
    ("a:\n  ? [1]\n  : 2\n", "x.yaml:2:3: expected a plain key, got a list or mapping as key"),
    ("a: !!int abc\n", "x.yaml:1:4: `tag:yaml.org,2002:int` is not a valid tag for this value; write the value without a tag"),
    ("a: !env HOME\n", "x.yaml:1:4: `!env` is not a valid tag for this value; write the value without a tag"),
    ("a: &x [*x]\n", "x.yaml:1:4: too large: expected at most 64 levels and 100000 values, repetitions by aliases included"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_yaml_beyond_plain_values_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        parse_source(text, name="x.yaml")
    assert str(caught.value) == message


def test_aliases_cannot_multiply_without_end() -> None:
    row = "[{}]".format(", ".join(["*{0}"] * 10))
    lines = ["a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]"]
    lines += [f"{name}: &{name} {row.format(before)}" for before, name in zip("abcdef", "bcdefg", strict=True)]
    with pytest.raises(CatalogError, match="too large: expected at most 64 levels and 100000 values"):
        parse_source("\n".join(lines), name="x.yaml")


def test_a_file_that_is_not_utf_8_is_refused(tmp_path) -> None:
    (tmp_path / "x.yaml").write_bytes("a: ü".encode("latin-1"))
    with pytest.raises(CatalogError) as caught:
        read_source(tmp_path / "x.yaml")
    assert str(caught.value) == "x.yaml:1:1: not valid YAML: expected text in UTF-8"


def test_an_alias_repeats_its_value() -> None:
    assert parse_source("a: &x {b: 1}\nc: *x\n", name="x").content == {"a": {"b": 1}, "c": {"b": 1}}


POSITIONS = [
    # text, place, offset of the word in the scalar's text, line and column of the same word in the file
    ("record: one.two\n", ("record",), 4, (1, 13)),
    ("record: 'one.two'\n", ("record",), 4, (1, 14)),
    ("record: 'it''s two'\n", ("record",), 5, (1, 16)),
    ('record: "one.two"\n', ("record",), 4, (1, 14)),
    ('record: "{\\"a\\": two}"\n', ("record",), 6, (1, 18)),
    ('record: "\\u0041\\x41 two"\n', ("record",), 3, (1, 21)),
    ("record: |\n  one\n   two\n", ("record",), 5, (3, 4)),
    ("record: |\n  two\n", ("record",), 0, (2, 3)),
    ("record: | # jsonata\n\n  one\n  two\n", ("record",), 5, (4, 3)),
    ("record: |-\n      two", ("record",), 0, (2, 7)),
    ("list:\n  - when: x\n    query: |\n      a\n      bc two\n", ("list", 0, "query"), 5, (5, 10)),
]


@pytest.mark.parametrize(("text", "place", "offset", "expected"), POSITIONS)
def test_an_offset_in_a_scalar_is_shown_where_an_editor_shows_it(text, place, offset, expected) -> None:
    source = parse_source(text, name="x")
    value = source.content
    for step in place:
        value = value[step]
    line, column = source.position(place, offset=offset)
    assert (line, column) == expected
    marked = text.split("\n")[line - 1][column - 1 :]
    assert marked.startswith(value[offset])


def test_a_place_without_a_position_of_its_own_is_shown_at_the_nearest_one() -> None:
    source = parse_source("a:\n  b: 1\n", name="x")
    assert source.position(("a", "b", "missing"), offset=7) == (2, 6)
    assert source.position(("a", "b"), key=True) == (2, 3)
    assert source.position(("other",)) == (1, 1)
