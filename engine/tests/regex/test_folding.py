"""Which characters are the same when case is ignored; the reference is JavaScript's RegExp with the flag i."""

import pytest

from unified_jsonata.runtime.regex.parsing.folding import close

CLASSES = [
    ("k", "Kk"),
    ("ſ", "ſ"),
    ("\u212a", "\u212a"),
    ("µ", "µΜμ"),
    ("ß", "ß"),
    ("ẞ", "ẞ"),
    ("ÿ", "ÿŸ"),
    ("ι", "\u0345Ιι\u1fbe"),
    ("Σ", "Σςσ"),
    ("İ", "İ"),
    ("ı", "ı"),
    ("\u2126", "\u2126"),
    ("ǆ", "Ǆǅǆ"),
    ("\U00010400", "\U00010400"),
]


@pytest.mark.parametrize(("letter", "expected"), CLASSES)
def test_one_character(letter, expected):
    closed = close(((ord(letter), ord(letter)),))
    assert "".join(chr(code) for low, high in closed for code in range(low, high + 1)) == "".join(sorted(expected))


def test_ranges():
    assert close(((0x58, 0x63),)) == ((0x41, 0x43), (0x58, 0x63), (0x78, 0x7A))
