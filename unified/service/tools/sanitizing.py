"""Text from a provider, made safe to show to a model: nothing in it that a person beside the model would not see.

Whoever can write into a customer's CRM can write to the agent that reads it. What is removed is what hides such a message
or draws it otherwise than it reads: control characters, terminal escapes, characters that Unicode itself says are drawn
as nothing (Default_Ignorable_Code_Point: tags, bidirectional controls, zero-width characters …), lone surrogates, and
piles of combining marks. Zero-width joiners go as well, although emoji families and some scripts use them: between any
two letters they carry a bit that nobody sees, and what is left without them can still be read.

What the text says is not judged. It is data, whatever it says, and stands in the envelope that tells so.
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
_UNSEEN = regex.compile(
    "[[\\p{Cc}--[\t\n]]\\p{Cs}\ufff9-\ufffb[\\p{Default_Ignorable_Code_Point}--\\p{Variation_Selector}]]", regex.V1
)
_SELECTORS = regex.compile("([\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_LONE_SELECTOR = regex.compile("(?:^|(?<=[\0-\\x22\\x24-\\x29\\x2b-\\x2f\\x3a-\\x7f]))[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""A selector with nothing to select from: at the start, or after ASCII other than the keycaps' `#`, `*` and digits."""
_MONGOLIAN = regex.compile("[\u180b-\u180d\u180f]")
_ESCAPED = re.compile(r"\\[^nt\"\\]|\x7f")
"""An escape of JSON other than those of a newline, a tab, a quote and a backslash; also the one control that has none."""
_DOUBTFUL = regex.compile(
    "[[\\p{Cc}--[\t\n]]\\p{Cs}\\p{M}\u2028\u2029\ufff9-\ufffb\\p{Default_Ignorable_Code_Point}]", regex.V1
)
_MARKS = regex.compile(f"(\\p{{M}}{{{MAX_MARKS}}})\\p{{M}}+")


def cleaned(text: str) -> tuple[str, int]:
    """The text without what is hidden, composed (NFC), and how many characters were removed.

    Line ends of all kinds become one newline and do not count, nor does composing.
    """
    if _CONTROL.search(text) is None and _is_plain(text):
        return text, 0
    lines = _LINE_END.sub("\n", text)
    shown = _MONGOLIAN.sub("", _UNSEEN.sub("", _ESCAPE.sub("", lines)))
    shown = _MARKS.sub(r"\1", _LONE_SELECTOR.sub("", _SELECTORS.sub(r"\1", shown)))
    # Composing is quadratic in the length of a run of marks, so it comes after the cut; it can also make a run longer.
    return _MARKS.sub(r"\1", unicodedata.normalize("NFC", shown)), len(lines) - len(shown)


def is_clean(encoded: str) -> bool:
    """Whether no text within this JSON needs cleaning, judged at a glance: True is sure, False is not."""
    escapes = "\\" in encoded and _ESCAPED.search(encoded) is not None
    return not escapes and "\x7f" not in encoded and _is_plain(encoded)


def _is_plain(text: str) -> bool:
    """Whether nothing beyond ASCII needs cleaning, judged character by character, whatever stands beside it."""
    return text.isascii() or not any(_is_doubtful(one) for one in set(text) if one > "\x7f")


@lru_cache(maxsize=4_096)
def _is_doubtful(one: str) -> bool:
    """Whether a character is hidden, a mark, or may be composed with its neighbour (NFC_Quick_Check is not Yes)."""
    return _DOUBTFUL.match(one) is not None or not unicodedata.is_normalized("NFC", one)
