"""Sanitizing of provider text for models: it removes everything that a person reading the same text would not see.

Anyone who can write into a customer's CRM can write to the agent that reads it. Removed is what can hide such a message or
display it differently from how it reads: control characters, terminal escapes, characters that Unicode defines as invisible
(Default_Ignorable_Code_Point: tags, bidirectional controls, zero-width characters …), lone surrogates, and piles of combining
marks. Zero-width joiners are removed too, although emoji families and some scripts use them: between any two letters they can
carry hidden bits, and the text stays readable without them.

The meaning of the text is not checked. The envelope of the result marks it as untrusted data.
"""

import re
import unicodedata
from functools import lru_cache

import regex

MAX_MARKS = 8
"""Combining marks in a row; no script needs more."""
_CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f]")
_LINE_END = re.compile("\r\n?|[\x85\u2028\u2029]")
_ESCAPE = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI, ECMA-48 5.4
    "|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)"  # OSC and other strings, 5.6
    "|\x1b[ -/]*[0-~]"  # two characters, 5.5
)
_INVISIBLE = regex.compile(
    "[[\\p{Cc}--[\t\n]]\\p{Cs}\ufff9-\ufffb[\\p{Default_Ignorable_Code_Point}--\\p{Variation_Selector}]]", regex.V1
)
_SELECTORS = regex.compile("([\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_LONE_SELECTOR = regex.compile("(?:^|(?<=[\0-\\x22\\x24-\\x29\\x2b-\\x2f\\x3a-\\x7f]))[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""A variation selector without a base: at the start, or after ASCII other than the `#`, `*` and digits of keycaps."""
_MONGOLIAN = regex.compile("[\u180b-\u180d\u180f]")
_ESCAPED = re.compile(rb"\\[^nt\"\\]")
"""A JSON escape other than newline, tab, quote and backslash."""
_ASCII = bytes(range(128))
_SUSPECT = regex.compile("[[\\p{Cc}--[\t\n]]\\p{Cs}\\p{M}\u2028\u2029\ufff9-\ufffb\\p{Default_Ignorable_Code_Point}]", regex.V1)
_MARKS = regex.compile(f"(\\p{{M}}{{{MAX_MARKS}}})\\p{{M}}+")


def sanitize(text: str) -> tuple[str, int]:
    """Return the text without invisible characters, in NFC, and the number of characters removed.

    Line ends of all kinds become a newline; neither they nor NFC count as removed.
    """
    if _CONTROL.search(text) is None and _is_plain(text):
        return text, 0
    lines = _LINE_END.sub("\n", text)
    shown = _MONGOLIAN.sub("", _INVISIBLE.sub("", _ESCAPE.sub("", lines)))
    shown = _MARKS.sub(r"\1", _LONE_SELECTOR.sub("", _SELECTORS.sub(r"\1", shown)))
    # NFC is quadratic in the length of a run of marks, so it comes after the cut; it can also make a run longer.
    return _MARKS.sub(r"\1", unicodedata.normalize("NFC", shown)), len(lines) - len(shown)


def is_clean(encoded: bytes) -> bool:
    """Return whether no text in this JSON needs sanitizing, by a quick check: True is certain, False is not."""
    if b"\x7f" in encoded or (b"\\" in encoded and _ESCAPED.search(encoded) is not None):
        return False
    return encoded.isascii() or not any(map(_is_suspect, set(encoded.translate(None, _ASCII).decode())))


def _is_plain(text: str) -> bool:
    """Return whether no character beyond ASCII needs sanitizing, without regard to its neighbours."""
    return text.isascii() or not any(_is_suspect(one) for one in set(text) if one > "\x7f")


@lru_cache(maxsize=4_096)
def _is_suspect(one: str) -> bool:
    """Return whether a character is invisible, a mark, or may combine with its neighbour (NFC_Quick_Check is not Yes)."""
    return _SUSPECT.match(one) is not None or not unicodedata.is_normalized("NFC", one)
